-- Which record of which system belongs to which customer, and why; links that ended keep their row.
-- One row per record and time in which it was linked to one customer by one rule.
with spells as (

    select * from identity.link_history

),

-- A run that looks back to an earlier time adds nothing to the history: of what it sees, all links hold.
looked_back as (

    select links.*, cast(null as timestamp) as unlinked_at
    from identity.links as links
    inner join identity.resolved_with as last on last.seen_until > getvariable('as_of')

),

links as (

    select
        source, record_id, person_kind, customer_id, link_rule, link_score, evidence, linked_at, unlinked_at,
    from spells
    where person_kind <> 'respondent' and not exists (select 1 from looked_back)
    union all
    select
        source, record_id, person_kind, customer_id, link_rule, link_score, evidence, linked_at, unlinked_at,
    from looked_back
    where person_kind <> 'respondent'

)

select
    links.source,  -- Source in the settings.
    case
        when coalesce(getvariable('pseudonymise_record_ids'), 0) = 1 or regexp_matches(links.record_id, '^[0-9a-f]{32}$')
            then md5(concat(getvariable('pseudonym_salt'), links.record_id))
        else links.record_id
    end as record_id,  -- Id of the record in that source; a pseudonym where it stands for an e-mail address, or where the settings say so.
    links.person_kind,  -- customer_record, ticket_user or social_user.
    links.customer_id,  -- The person.
    links.link_rule,  -- By which rule the record was linked.
    links.link_score,  -- Strength of that rule, 0 to 1.
    links.evidence,  -- Why, in one sentence without personal values.
    links.linked_at,  -- When the link was made (UTC); audit only.
    links.unlinked_at,  -- When the link was ended (UTC); null: it holds. Join on rows that hold only.
from links
