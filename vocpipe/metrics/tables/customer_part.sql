-- Additive parts by customer, whatever the attributes. One row per base, period and known customer.
with
    parts as (select * from part)

select
    base_no,  -- Events of which metric, unit and never-pooled cut.
    period_no,  -- The period.
    customer_no,  -- The customer.
    false as is_changing,  -- The customer's attributes ever changed.
    count_events,  -- Events.
    n,  -- Events counted.
    w,  -- Sum of weights.
    ws,  -- Sum of values.
from parts
where spell_no = 0
union all
select base_no, period_no, customer_no, true, sum(count_events), sum(n), sum(w), sum(ws)
from parts
where spell_no > 0
group by base_no, period_no, customer_no
