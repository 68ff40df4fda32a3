-- Share of customers whose last purchase date lies churn_days (180) or more before the period's end, of those with a
-- purchase. One row per customer and period. Orders of any status but cancelled; for a period that still runs, and for
-- all, the end is as_of.
-- unit: share
-- direction: down
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

    -- A purchase is a customer's last one from its own time until the next.
    spells as (
        select
            customer_id,
            purchased_on,
            purchased_at,
            lead(purchased_at, 1, timestamp '9999-12-31') over (
                partition by customer_id order by purchased_at
            ) as next_at,
        from purchase_days
    )

select
    s.customer_id as event_id,  -- The customer counted.
    s.customer_id,  -- The customer.
    case
        when s.purchased_on + getvariable('churn_days') * interval 1 day <= c.stock_on then 1 else 0
    end as numerator,  -- 1 when churned.
    1 as denominator,  -- One customer.
    c.period_no,  -- The period at whose end this holds.
from spells as s
join calendar as c on s.purchased_at < c.ends_at and s.next_at >= c.ends_at
