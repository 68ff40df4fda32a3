-- What each customer bought, cancelled orders left out: totals, and what models of buying ask for. A purchase is a day
-- with an order. One row per customer who bought.
with purchases as (

    select
        *,
        cast((getvariable('as_of') at time zone 'UTC') at time zone getvariable('time_zone') as date) as as_of_on,
    from facts.purchase_days

),

counted as (

    select
        customer_id,
        cast(sum(orders) as bigint) as orders,
        count(*) as purchase_days,
        count(case
            when purchased_on > cast(as_of_on as date) - cast(getvariable('loyal_within_days') as integer) then 1
        end) as recent_purchases,
        case when min(currency) = max(other_currency) then min(currency) end as currency,
        sum(paid_amount) as paid_amount,
        sum(case when purchase_no > 1 then paid_amount end) as repeat_amount,
        cast(as_of_on as date) - cast(max(purchased_on) as date) as recency_days,
        cast(as_of_on as date) - cast(min(purchased_on) as date) as tenure_days,
        min(first_order_at) as first_order_at,
        max(last_order_at) as last_order_at,
    from purchases
    group by customer_id, as_of_on

)

select
    customer_id,  -- The person.
    orders,  -- Orders.
    purchase_days,  -- Days with a purchase.
    purchase_days - 1 as frequency,  -- Repeat purchases: days with a purchase after the first (x of the models).
    recent_purchases,  -- Days with a purchase within loyal_within_days before the as-of time.
    recency_days,  -- Days from the last purchase to the as-of time; the models' t_x is tenure_days - recency_days.
    tenure_days,  -- Days from the first purchase to the as-of time (T of the models).
    currency,  -- The currency; null where there are several.
    case when currency is not null then cast(paid_amount as double) end
        as revenue,  -- Amount paid and kept; null where there are several currencies.
    case when currency is not null then cast(repeat_amount as double) / (purchase_days - 1) end
        as monetary_value,  -- Mean amount of the repeat purchases; null: there is none, or several currencies.
    first_order_at,  -- First purchase (UTC).
    last_order_at,  -- Last purchase (UTC).
from counted
