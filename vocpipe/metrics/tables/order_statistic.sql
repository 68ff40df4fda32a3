-- Median of every series, and the order statistics that bound it. One row per series and period.
-- Ranks n/2 - z sqrt(n d)/2 and 1 + n/2 + z sqrt(n d)/2, to the nearest whole number (Campbell and Gardner 1988), with
-- d the design effect; none below 1.
with
    medians as (select * from median),

    ranks as (
        select
            *,
            floor(n / 2 - cast(getvariable('z') as double) * sqrt(n * design_effect) / 2 + 0.5) as rank_low,
            floor(1 + n / 2 + cast(getvariable('z') as double) * sqrt(n * design_effect) / 2 + 0.5) as rank_high,
        from medians
    ),

    bounds as (
        select
            r.series_no,
            r.period_no,
            r.median,
            r.design_effect,
            max(case when v.value_rank = r.rank_low then v.value end) as median_low,
            max(case when v.value_rank = r.rank_high then v.value end) as median_high,
        from ranks as r
        left join ranked as v
            on v.series_no = r.series_no and v.period_no = r.period_no and v.value_rank in (r.rank_low, r.rank_high)
        group by 1, 2, 3, 4
    )

select
    s.metric,  -- The metric.
    b.period_no,  -- The period.
    s.unit,  -- The event's own unit.
    s.segment_type,  -- By what is cut.
    s.within,  -- Cut that is never pooled.
    s.segment,  -- The segment.
    b.median,  -- Middle value, or the mean of the two middle ones.
    b.design_effect,  -- Of the median.
    b.median_low,  -- Lower bound.
    b.median_high,  -- Upper bound.
from bounds as b
join series as s on s.series_no = b.series_no
