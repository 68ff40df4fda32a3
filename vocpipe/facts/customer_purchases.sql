-- What each customer bought, cancelled orders left out. One row per customer who bought.
-- Amounts are added as decimals: such a sum is the same in whatever order the rows come.
select
    customer_id,  -- The person.
    count(*) as orders,  -- Orders.
    count(distinct cast(ordered_at as date)) as purchase_days,  -- Days with a purchase.
    case when count(distinct currency) = 1 then cast(sum(cast(paid_amount as decimal(18, 4))) as double) end
        as revenue,  -- Amount paid and kept; null where there are several currencies.
    min(ordered_at) as first_order_at,  -- First purchase (UTC).
    max(ordered_at) as last_order_at,  -- Last purchase (UTC).
from facts.orders
where customer_id is not null and not is_cancelled
group by customer_id
