-- Share of customers with two purchase days or more, of those with one or more, at the period's end. One row per
-- customer and period. Orders of any status but cancelled; orders of one day (business time zone) are one purchase. The
-- whole history up to the period's end counts, so customers have had unequal time.
-- unit: share
-- direction: up
-- grain: customer
-- method: wilson
-- timing: stock
-- version: 1
with
    orders as (
        select *
        from marts.orders
        where not coalesce(is_cancelled, false) and customer_id is not null
    ),

    purchase_days as (
        select
            customer_id,
            cast((ordered_at at time zone 'UTC') at time zone getvariable('time_zone') as date) as purchased_on,
            min(ordered_at) as purchased_at,
        from orders
        group by 1, 2
    ),

    numbered as (
        select
            customer_id,
            purchased_at,
            row_number() over (partition by customer_id order by purchased_at) as purchase_no,
        from purchase_days
    ),

    customers as (
        select
            customer_id,
            min(case when purchase_no = 1 then purchased_at end) as first_at,
            min(case when purchase_no = 2 then purchased_at end) as second_at,
        from numbered
        where purchase_no <= 2
        group by 1
    )

select
    u.customer_id as event_id,  -- The customer counted.
    u.customer_id,  -- The customer.
    case when u.second_at < c.ends_at then 1 else 0 end as numerator,  -- 1 when bought on a second day.
    1 as denominator,  -- One customer.
    c.period_no,  -- The period at whose end this holds.
from customers as u
join calendar as c on u.first_at < c.ends_at
