-- Events of customers who have several in the period, or some in the period before or after too, so that their events
-- have to be added up within every segment. One row per event and period.
with
    events as (select * from placed),

    crowds as (select * from crowd)

select
    e.profile_no,  -- What the event is about.
    e.period_no,  -- The period.
    e.customer_no,  -- The customer.
    e.numerator,  -- What is counted or averaged.
    e.denominator,  -- Its weight.
from events as e
where exists (
    select 1
    from crowds as c
    where c.base_no = e.base_no and c.period_no = e.period_no and c.customer_no = e.customer_no
)
