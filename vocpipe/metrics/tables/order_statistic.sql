-- Median of one metric by one type of segment, and the order statistics that bound it. One row per period and segment.
-- Ranks n/2 - z sqrt(n)/2 and 1 + n/2 + z sqrt(n)/2, to the nearest whole number (Campbell and Gardner 1988); none
-- below 1.
with
    events as (select * from segmented),

    counted as (
        select period_no, segment, numerator as value, count(*) as count_events
        from events
        group by 1, 2, 3
    ),

    totals as (
        select period_no, segment, cast(sum(count_events) as double) as n
        from counted
        group by 1, 2
    ),

    ranks as (
        select
            *,
            floor((n + 1) / 2) as middle_low,
            floor((n + 2) / 2) as middle_high,
            floor(n / 2 - cast(getvariable('z') as double) * sqrt(n) / 2 + 0.5) as rank_low,
            floor(1 + n / 2 + cast(getvariable('z') as double) * sqrt(n) / 2 + 0.5) as rank_high,
        from totals
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
        select c.*, c.last_rank - c.count_events + 1 as first_rank, r.middle_low, r.middle_high, r.rank_low, r.rank_high
        from counted_up as c
        join ranks as r on r.period_no = c.period_no and r.segment = c.segment
    )

select
    getvariable('metric') as metric,  -- The metric.
    period_no,  -- The period.
    getvariable('segment_type') as segment_type,  -- By what is cut.
    segment,  -- The segment.
    cast((
        max(case when middle_low between first_rank and last_rank then value end)
        + max(case when middle_high between first_rank and last_rank then value end)
    ) as double) / 2 as median,  -- Middle value, or the mean of the two middle ones.
    cast(
        max(case when rank_low between first_rank and last_rank then value end) as double
    ) as median_low,  -- Lower bound.
    cast(
        max(case when rank_high between first_rank and last_rank then value end) as double
    ) as median_high,  -- Upper bound.
from bounded
group by period_no, segment
