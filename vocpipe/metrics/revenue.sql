-- Paid amounts, refunds taken off, a series per currency (see unit). One row per order with a paid amount.
-- unit: currency
-- direction: up
-- grain: order
-- method: none
-- timing: flow
-- version: 1
with
    orders as (
        select *
        from marts.orders
        where paid_amount <> 0
    )

select
    order_id as event_id,  -- The order counted.
    customer_id,  -- Who bought; null when unknown.
    currency as unit,  -- Currencies are never added up.
    paid_amount as numerator,  -- What was paid and not given back.
    1 as denominator,  -- One order.
    ordered_at as event_at,  -- When it was ordered (UTC).
from orders
