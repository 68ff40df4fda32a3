-- Whom campaign systems leave alone for now, by every id of the customer record. One row per customer record.
with paused as (

    select
        customer_id,
        string_agg(reason, '; ' order by starts_at desc, reason) as reason,
        min(starts_at) as starts_at,
        max(coalesce(expires_at, timestamp '9999-12-31')) as expires_at,
    from actions.suppressions
    group by customer_id

),

records as (

    select source, record_id, customer_id from identity.links where person_kind = 'customer_record'

),

accounts as (

    select source, record_id, min(identifier) as account_id
    from identity.identifiers
    where identifier_type = 'account_id'
    group by source, record_id

)

select
    paused.customer_id,  -- The customer in the published file.
    records.source,  -- The customer record's source.
    records.record_id,  -- Its id of the customer.
    coalesce(accounts.account_id, records.record_id) as account_id,  -- The account, by which orders and surveys name the customer.
    paused.reason,  -- Why, in plain words.
    paused.starts_at,  -- From when (UTC).
    nullif(paused.expires_at, timestamp '9999-12-31') as expires_at,  -- Until when (UTC); empty: until the ticket is solved.
from paused
inner join records on paused.customer_id = records.customer_id
left join accounts on records.source = accounts.source and records.record_id = accounts.record_id
