-- Share of customers who bought on a second day within repeat_days (180) of their first purchase, of those whose
-- repeat_days are over, so that all have had equal time. One row per such customer, in the period of the first purchase.
-- Orders of any status but cancelled; orders of one day (business time zone) are one purchase.
-- unit: share
-- direction: up
-- grain: customer
-- method: wilson
-- timing: flow
-- version: 1
with
    orders as (
        select
            *,
            cast((ordered_at at time zone 'UTC') at time zone getvariable('time_zone') as date) as purchased_on,
            cast((getvariable('as_of') at time zone 'UTC') at time zone getvariable('time_zone') as date) as as_of_on,
        from marts.orders
        where not coalesce(is_cancelled, false) and customer_id is not null
    ),

    firsts as (
        select
            *,
            min(purchased_on) over (partition by customer_id) as first_on,
        from orders
    ),

    customers as (
        select
            customer_id,
            cast(as_of_on as date) - cast(first_on as date) as exposure_days,
            min(
                case when purchased_on > first_on then cast(purchased_on as date) - cast(first_on as date) end
            ) as second_after_days,
            min(ordered_at) as first_at,
        from firsts
        group by customer_id, first_on, as_of_on
    )

select
    customer_id as event_id,  -- The customer counted.
    customer_id,  -- The customer.
    case when second_after_days <= getvariable('repeat_days') then 1 else 0 end as numerator,  -- 1 when bought again.
    1 as denominator,  -- One customer.
    first_at as event_at,  -- The first purchase (UTC).
from customers
where exposure_days > getvariable('repeat_days')
