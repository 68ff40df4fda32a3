-- Orders in force. One row per order.
select
    r.source,  -- Source in the settings.
    o.order_id,  -- The vendor's id.
    o.account_id,  -- Customer in the customer record.
    o.ordered_at,  -- When it was ordered (UTC).
    r.known_at,  -- From when the company could know it (UTC).
    r.loaded_at,  -- When it was loaded (UTC).
    o.amount,  -- Amount of the order in its currency.
    o.currency,  -- Currency code.
    o.status,  -- paid, refunded, cancelled and so on.
from conformed.orders as o
inner join staging.records as r on o.row_id = r.row_id
where r.reason is null
