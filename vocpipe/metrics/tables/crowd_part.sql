-- Additive parts by segment and customer, of the events in `crowd_event` and of the metrics and types of segment that
-- `wanted` names. One row per series, period and such customer.
with
    events as (select * from crowd_event)

select
    s.series_no,  -- The series.
    e.period_no,  -- The period.
    e.customer_no,  -- The customer.
    count(case when e.denominator <> 0 then 1 end) as n,  -- Events counted.
    sum(e.denominator) as w,  -- Sum of weights.
    sum(e.numerator) as ws,  -- Sum of values.
from events as e
join wanted_series as s on s.profile_no = e.profile_no
group by 1, 2, 3
