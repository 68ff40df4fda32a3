-- Median of one metric by one type of segment, and the order statistics that bound it. One row per period and segment.
-- Ranks n/2 - z sqrt(n d)/2 and 1 + n/2 + z sqrt(n d)/2, to the nearest whole number (Campbell and Gardner 1988), with
-- d the design effect; none below 1.
with
    events as (select * from segmented),

    medians as (select * from median),

    counted as (
        select period_no, segment, numerator as value, count(*) as count_events
        from events
        group by 1, 2, 3
    ),

    ranks as (
        select
            *,
            floor(n / 2 - cast(getvariable('z') as double) * sqrt(n * design_effect) / 2 + 0.5) as rank_low,
            floor(1 + n / 2 + cast(getvariable('z') as double) * sqrt(n * design_effect) / 2 + 0.5) as rank_high,
        from medians
    ),

    counted_up as (
        select
            *,
            cast(sum(count_events) over (
                partition by period_no, segment order by value rows between unbounded preceding and current row
            ) as double) as last_rank,
        from counted
    ),

    bounded as (
        select c.*, c.last_rank - c.count_events + 1 as first_rank, r.median, r.design_effect, r.rank_low, r.rank_high
        from counted_up as c
        join ranks as r on r.period_no = c.period_no and r.segment = c.segment
    )

select
    getvariable('metric') as metric,  -- The metric.
    period_no,  -- The period.
    getvariable('segment_type') as segment_type,  -- By what is cut.
    segment,  -- The segment.
    max(median) as median,  -- Middle value, or the mean of the two middle ones.
    max(design_effect) as design_effect,  -- Of the median.
    cast(
        max(case when rank_low between first_rank and last_rank then value end) as double
    ) as median_low,  -- Lower bound.
    cast(
        max(case when rank_high between first_rank and last_rank then value end) as double
    ) as median_high,  -- Upper bound.
from bounded
group by period_no, segment
