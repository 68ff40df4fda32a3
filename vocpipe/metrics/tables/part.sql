-- Additive parts by customer, so that the spread can be taken between customers. One row per base, period, known
-- customer and time between changes of the customer's attributes.
with
    events as (select * from placed where customer_no is not null)

select
    base_no,  -- Events of which metric, unit and never-pooled cut.
    period_no,  -- The period.
    customer_no,  -- The customer.
    spell_no,  -- The time between changes of the customer's attributes; 0: they never did.
    count(*) as count_events,  -- Events.
    count(case when denominator <> 0 then 1 end) as n,  -- Events counted.
    sum(denominator) as w,  -- Sum of weights.
    sum(numerator) as ws,  -- Sum of values.
    sum(denominator * denominator) as w2,  -- Sum of squared weights.
    sum(squared) as ws2,  -- Sum of weight times squared value.
from events
group by 1, 2, 3, 4
