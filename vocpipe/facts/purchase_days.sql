-- Days with a purchase, in the business time zone: orders of one day are one purchase, cancelled ones none.
-- One row per customer who bought and day.
-- Amounts are added as decimals: such a sum is the same in whatever order the rows come.
with orders as (

    select
        *,
        cast((ordered_at at time zone 'UTC') at time zone getvariable('time_zone') as date) as purchased_on,
    from facts.orders
    where customer_id is not null and not coalesce(is_cancelled, false)

)

select
    customer_id,  -- The person.
    purchased_on,  -- The local day.
    row_number() over (partition by customer_id order by purchased_on) as purchase_no,  -- 1 is the first purchase.
    count(*) as orders,  -- Orders of that day.
    sum(cast(coalesce(paid_amount, 0) as decimal(18, 4))) as paid_amount,  -- Amount paid and kept, whatever the currency.
    min(currency) as currency,  -- The currency, and of several one.
    max(currency) as other_currency,  -- The same one, where there is only one.
    min(ordered_at) as first_order_at,  -- First order of the day (UTC).
    max(ordered_at) as last_order_at,  -- Last order of the day (UTC).
from orders
group by customer_id, purchased_on
