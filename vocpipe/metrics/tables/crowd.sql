-- Customers whose events have to be added up within every segment: they have several in the period, or some in the
-- period before or after too. Only of bases that are cut by what events are about. One row or more per base, period and
-- such customer.
with
    bases as (select base_no from series where value_no is null),

    parts as (select * from customer_part where base_no in (select base_no from bases)),

    pairs as (select * from pair where base_no in (select base_no from bases))

select
    base_no,  -- Events of which metric, unit and never-pooled cut.
    period_no,  -- The period.
    customer_no,  -- The customer.
from parts
where count_events > 1
union all
select base_no, period_no, customer_no
from pairs
union all
select base_no, period_before, customer_no
from pairs
