-- The records of persons as the last run knew them, with the customer that each belongs to and why.
-- One row per source and record.
with persons as (

    select * from staging.persons

),

links as (

    select * from identity.links

)

select
    persons.source,  -- Source in the settings.
    persons.record_id,  -- Id of the record in that source.
    persons.person_kind,  -- customer_record, ticket_user, social_user or respondent.
    links.customer_id,  -- The person; null: not resolved.
    persons.given_name,  -- First name.
    persons.family_name,  -- Last name.
    persons.birth_on,  -- Date of birth.
    persons.town,  -- Home town or postcode.
    persons.signed_up_on,  -- When the person became a customer.
    persons.has_marketing_consent,  -- Whether marketing may write, as this record says; null: not said.
    links.link_rule,  -- The strongest rule that ties the record to the customer.
    links.link_score,  -- Strength of that rule, 0 to 1.
    links.evidence,  -- Why it was linked, in one sentence.
    links.linked_at,  -- Since when (UTC).
from persons
left join links on persons.source = links.source and persons.record_id = links.record_id
