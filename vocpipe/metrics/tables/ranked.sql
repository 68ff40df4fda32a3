-- How often each value occurs, in order. One row per series, period and value.
with
    events as (select * from segmented),

    counted as (
        select series_no, period_no, numerator as value, count(*) as count_events
        from events
        group by 1, 2, 3
    )

select
    series_no,  -- The series.
    period_no,  -- The period.
    value,  -- The value.
    count_events,  -- How often.
    sum(count_events) over (partition by series_no, period_no) as n,  -- All events.
    cast(sum(count_events) over (
        partition by series_no, period_no order by value rows between unbounded preceding and current row
    ) as double) as last_rank,  -- How many are of this value or less.
from counted
