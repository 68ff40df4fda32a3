-- Whom to thank or to win back, by every id of the customer record. One row per customer record and reason.
with records as (

    select source, record_id, customer_id from identity.links where person_kind = 'customer_record'

)

select
    rewards.customer_id,  -- The customer in the published file.
    records.source,  -- The customer record's source.
    records.record_id,  -- Its id of the customer.
    rewards.reason,  -- loyal promoter, repeat buyer, or loyal, at risk.
    rewards.evidence,  -- What says so, in words.
from actions.rewards as rewards
inner join records on rewards.customer_id = records.customer_id
