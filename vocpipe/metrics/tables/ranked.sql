-- Events of every series in the order of their values. One row per event, period and series.
with
    events as (select * from segmented)

select
    series_no,  -- The series.
    period_no,  -- The period.
    cast(numerator as double) as value,  -- The value.
    row_number() over (partition by series_no, period_no order by numerator) as value_rank,  -- Its place, from 1.
from events
