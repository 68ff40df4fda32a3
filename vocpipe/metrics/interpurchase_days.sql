-- Median days from one purchase to the next (Kaplan-Meier). One row per purchase, in the period of that purchase; a
-- purchase that has had no next one counts with the days until as_of, as at least so long. n counts the gaps that were
-- closed. Null where less than half of the gaps is seen to close.
-- Orders of any status but cancelled; orders of one day (business time zone) are one purchase.
-- unit: days
-- direction: down
-- grain: purchase
-- method: kaplan_meier
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

    purchase_days as (
        select
            customer_id,
            purchased_on,
            as_of_on,
            min(ordered_at) as purchased_at,
        from orders
        group by customer_id, purchased_on, as_of_on
    ),

    gaps as (
        select
            *,
            lead(purchased_on) over (partition by customer_id order by purchased_on) as next_on,
        from purchase_days
    )

select
    concat(customer_id, ' ', purchased_on) as event_id,  -- The purchase.
    customer_id,  -- The customer.
    cast(coalesce(next_on, as_of_on) as date) - cast(purchased_on as date) as numerator,  -- Days until the next purchase, or until as_of.
    case when next_on is not null then 1 else 0 end as denominator,  -- 1: there was a next one; 0: not yet.
    purchased_at as event_at,  -- The purchase (UTC).
from gaps
