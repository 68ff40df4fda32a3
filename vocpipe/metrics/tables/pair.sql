-- Customers who count in a period and in the one before, for metrics whose change is tested with them. One row per
-- base, period and such customer.
with
    periods as (
        select
            c.period_no,
            b.period_no as period_before,
        from calendar as c
        join calendar as b on b.period = c.period and b.period_end = c.period_start
    ),

    bases as (
        select distinct p.base_no
        from profile as p
        join definition as d on d.metric = p.metric
        where d.is_paired
    ),

    parts as (
        select c.*
        from customer_part as c
        join bases as b on b.base_no = c.base_no
        where c.period_no in (select period_no from periods union all select period_before from periods)
    )

select
    v.base_no,  -- Events of which metric, unit and never-pooled cut.
    v.period_no,  -- The later period.
    p.period_before,  -- The earlier one.
    v.customer_no,  -- The customer.
    v.is_changing,  -- The customer's attributes ever changed.
    v.n as n_after,  -- Events in the later period.
    b.n as n_before,  -- In the earlier one.
    b.w * v.w as both_ww,  -- Weights before times weights after.
    b.w * v.ws as both_wws,  -- Weights before times values after.
    b.ws * v.w as both_wsw,  -- Values before times weights after.
    b.ws * v.ws as both_ws2,  -- Values before times values after.
from parts as v
join periods as p on p.period_no = v.period_no
join parts as b on b.base_no = v.base_no and b.customer_no = v.customer_no and b.period_no = p.period_before
