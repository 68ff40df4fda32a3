-- Contracts, as the attribute of the customer record tells that contract_ended of the settings names.
-- One row per customer of whom it is told.
with attributes as (

    select
        *,
        contains(
            concat(',', getvariable('ended_values'), ','), concat(',', lower(trim(value)), ',')
        ) as says_ended,
    from facts.customer_attributes
    where attribute = getvariable('contract_ended')

)

select
    customer_id,  -- The person.
    bool_or(says_ended and valid_to is null) as is_ended,  -- The contract has ended.
    max(case when says_ended and valid_to is null then valid_from end)
        as ended_at,  -- Since when the record has said so (UTC); null: it goes on, or always said so.
from attributes
group by customer_id
having bool_or(valid_to is null)
