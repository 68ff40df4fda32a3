-- Share of contracts that have ended at the period's end, of all that had been signed by then. One row per customer of
-- whom the customer record tells it (contract_ended of the settings) and period. Before its first load the record is
-- taken to have said what it said then.
-- unit: share
-- direction: down
-- grain: customer
-- method: wilson
-- timing: stock
-- version: 1
with
    contracts as (
        select
            *,
            contains(
                concat(',', getvariable('ended_values'), ','), concat(',', lower(trim(value)), ',')
            ) as is_ended,
        from marts.customer_attributes
        where attribute = getvariable('contract_ended')
    ),

    customers as (select * from marts.customers)

select
    k.customer_id as event_id,  -- The contract counted.
    k.customer_id,  -- The customer.
    case when k.is_ended then 1 else 0 end as numerator,  -- 1 when it has ended.
    1 as denominator,  -- One contract.
    c.period_no,  -- The period at whose end this holds.
from contracts as k
join calendar as c
    on coalesce(k.valid_from, timestamp '0001-01-01') < c.ends_at
    and coalesce(k.valid_to, timestamp '9999-12-31') >= c.ends_at
left join customers as u on u.customer_id = k.customer_id
where coalesce(u.signed_up_on, date '0001-01-01') < c.stock_on
