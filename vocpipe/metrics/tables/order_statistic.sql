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

    counted_up as (select * from value_count),

    bounded as (
        select c.*, c.last_rank - c.count_events + 1 as first_rank, r.median, r.design_effect, r.rank_low, r.rank_high
        from counted_up as c
        join ranks as r on r.series_no = c.series_no and r.period_no = c.period_no
    )

select
    s.metric,  -- The metric.
    b.period_no,  -- The period.
    s.unit,  -- The event's own unit.
    s.segment_type,  -- By what is cut.
    s.within,  -- Cut that is never pooled.
    s.segment,  -- The segment.
    max(b.median) as median,  -- Middle value, or the mean of the two middle ones.
    max(b.design_effect) as design_effect,  -- Of the median.
    cast(
        max(case when b.rank_low between b.first_rank and b.last_rank then b.value end) as double
    ) as median_low,  -- Lower bound.
    cast(
        max(case when b.rank_high between b.first_rank and b.last_rank then b.value end) as double
    ) as median_high,  -- Upper bound.
from bounded as b
join series as s on s.series_no = b.series_no
group by all
