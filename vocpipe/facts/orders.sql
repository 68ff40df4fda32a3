-- Orders with their customer. One row per order.
with orders as (

    select * from staging.orders

),

-- An order names its customer by the customer record's own id.
accounts as (

    select
        identifiers.identifier as account_id,
        min(links.customer_id) as customer_id,
    from staging.identifiers as identifiers
    inner join identity.links as links
        on identifiers.source = links.source and identifiers.record_id = links.record_id
    where identifiers.identifier_type = 'account_id' and links.person_kind = 'customer_record'
    group by identifiers.identifier

)

select
    orders.order_id,  -- The vendor's id.
    orders.source,  -- Source in the settings.
    accounts.customer_id,  -- The recognised person; null: not resolved.
    orders.currency,  -- Currency code.
    orders.status,  -- paid, refunded, cancelled and so on.
    orders.status in ('cancelled', 'canceled', 'voided', 'failed') as is_cancelled,  -- It never came to be.
    orders.status = 'refunded' as is_refunded,  -- The money went back.
    orders.amount,  -- Amount as ordered.
    case
        when orders.status in ('cancelled', 'canceled', 'voided', 'failed', 'refunded', 'pending', 'unpaid', 'expired') then 0
        else orders.amount
    end as paid_amount,  -- Amount that was paid and kept.
    orders.ordered_at,  -- When it was ordered (UTC).
    orders.known_at,  -- From when the company could know it (UTC).
    orders.loaded_at,  -- When it was loaded (UTC); audit only.
from orders
left join accounts on orders.account_id = accounts.account_id
