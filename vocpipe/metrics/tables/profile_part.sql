-- Additive parts by profile. One row per profile, period and whether the customer is known. Here and in all
-- steps that follow sums are exact: the order of the rows does not matter.
with
    events as (select * from placed)

select
    base_no,  -- Events of which metric, unit and never-pooled cut.
    profile_no,  -- The profile.
    period_no,  -- The period.
    customer_no is not null as is_linked,  -- The customer is known.
    count(*) as count_events,  -- Events.
    count(case when denominator <> 0 then 1 end) as n,  -- Of these counted.
    sum(denominator) as w,  -- Sum of weights.
    sum(numerator) as ws,  -- Sum of values.
    sum(denominator * denominator) as w2,  -- Sum of squared weights.
    sum(squared) as ws2,  -- Sum of weight times squared value.
    sum(denominator * numerator) as wws,  -- Sum of weight times value.
    sum(numerator * numerator) as s2,  -- Sum of squared values.
from events
group by 1, 2, 3, 4
