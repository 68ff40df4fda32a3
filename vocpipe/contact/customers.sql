-- How to reach the customers, by the ids of the published file: for teams who may, and for them alone.
-- One row per record of a customer and identifier.
with links as (

    select source, record_id, person_kind, customer_id from identity.links where person_kind <> 'respondent'

),

persons as (

    select source, record_id, given_name, family_name, has_marketing_consent from staging.persons

),

identifiers as (

    select source, record_id, identifier_type, identifier, is_role
    from identity.identifiers
    where identifier_type in ('account_id', 'email', 'phone', 'handle')

)

select
    links.customer_id,  -- The person, as in marts.customers.
    links.source,  -- Source in the settings.
    links.record_id,  -- Id of the record in that source.
    links.person_kind,  -- customer_record, ticket_user or social_user.
    persons.given_name,  -- First name.
    persons.family_name,  -- Last name.
    persons.has_marketing_consent,  -- Whether marketing may write, as this record says; null: not said.
    identifiers.identifier_type,  -- account_id, email, phone or handle; null: the record holds none.
    identifiers.identifier,  -- The identifier in its normal form.
    identifiers.is_role,  -- True for a mailbox of a role, a team or a family.
from links
left join persons on links.source = persons.source and links.record_id = persons.record_id
left join identifiers on links.source = identifiers.source and links.record_id = identifiers.record_id
