-- Contracts, as the attributes of the customer record tell that contract_ended and contract_length of the settings name.
-- One row per customer of whom it is told whether the contract has ended.
with attributes as (

    select * from facts.customer_attributes where valid_to is null

),

lengths as (

    select customer_id, try_cast(value as integer) as contract_length
    from attributes
    where attribute = getvariable('contract_length')

)

select
    attributes.customer_id,  -- The person.
    contains(
        concat(',', getvariable('ended_values'), ','), concat(',', lower(trim(attributes.value)), ',')
    ) as is_ended,  -- The contract has ended.
    lengths.contract_length,  -- Periods that it has lasted, as the record counts them; null: not told.
from attributes
left join lengths on attributes.customer_id = lengths.customer_id
where attributes.attribute = getvariable('contract_ended')
