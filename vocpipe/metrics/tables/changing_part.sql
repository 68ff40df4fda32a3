-- Additive parts of customers whose attributes ever changed, by the value that held at the event. One row per base,
-- period, customer, attribute and value.
with
    parts as (select * from part where spell_no > 0),

    attributes as (select * from customer_attribute)

select
    p.base_no,  -- Events of which metric, unit and never-pooled cut.
    p.period_no,  -- The period.
    p.customer_no,  -- The customer.
    coalesce(a.value_no, k.default_no) as value_no,  -- The value.
    sum(p.n) as n,  -- Events counted.
    sum(p.w) as w,  -- Sum of weights.
    sum(p.ws) as ws,  -- Sum of values.
    sum(p.w2) as w2,  -- Sum of squared weights.
    sum(p.ws2) as ws2,  -- Sum of weight times squared value.
from parts as p
join attribute_cut as k on k.base_no = p.base_no
left join attributes as a
    on a.customer_no = p.customer_no and a.spell_no = p.spell_no and a.attribute_no = k.attribute_no
group by 1, 2, 3, 4
