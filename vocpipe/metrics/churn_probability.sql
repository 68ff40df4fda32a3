-- Share of customers who are expected to have stopped buying: the mean of 1 - p_alive (BG/NBD) over the customers who
-- bought on two days or more; one day says nothing of it. One row per customer, in the periods that end with as_of.
-- unit: share
-- direction: down
-- grain: customer
-- method: t
-- timing: stock
-- version: 1
with
    customers as (
        select *
        from marts.customers
        where p_alive is not null and not is_p_alive_by_construction
    )

select
    u.customer_id as event_id,  -- The customer counted.
    u.customer_id,  -- The customer.
    0 as scale_low,  -- Lowest value possible.
    1 as scale_high,  -- Highest value possible.
    1 - u.p_alive as numerator,  -- Probability that the customer has stopped.
    1 as denominator,  -- One customer.
    c.period_no,  -- The period.
from customers as u
cross join calendar as c
where c.ends_at = getvariable('as_of')
