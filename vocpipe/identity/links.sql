-- Which customer each person's record belongs to, by which rule and how sure; records of nobody we know have no row.
-- One row per record that belongs to a customer.
with

nodes as (

    select * from record_nodes

),

found as (

    select * from found_links

),

history as (

    select source, record_id, customer_id, link_rule, linked_at from held_links

)

select
    nodes.source as source,  -- The source that the record came from.
    nodes.record_id as record_id,  -- The source's own id of the person's record.
    nodes.person_kind as person_kind,  -- customer_record, ticket_user, social_user or respondent.
    found.customer_id as customer_id,  -- Pseudonym of the person; keyed by a secret, never by row order.
    found.link_rule as link_rule,  -- The strongest rule that ties this record to a customer record of the person.
    found.link_score as link_score,  -- Strength of that rule, 0 to 1; falls with each step of a transitive link.
    case
        when met.node is null then found.said
        when found.link_rule = 'transitive'
            then concat(found.said, ', with a ', replace(met.person_kind, '_', ' '), ' of ', met.source, ' that belongs to the person')
        else concat(found.said, ', with a ', replace(met.person_kind, '_', ' '), ' of ', met.source)
    end as evidence,  -- Why, in one sentence without personal values.
    coalesce(history.linked_at, cast(getvariable('linked_at') as timestamp)) as linked_at,  -- Since when the record belongs to the person by this rule (UTC).
from found
inner join nodes on found.node = nodes.node
left join nodes as met on found.via = met.node
left join history
    on nodes.source = history.source and nodes.record_id = history.record_id
    and found.customer_id = history.customer_id and found.link_rule = history.link_rule
