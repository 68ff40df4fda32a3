-- Which customer each person's record belongs to, by which rule and how sure; records of nobody we know have no row.
-- One row per record that belongs to a customer.
with

nodes as (

    select * from record_nodes

),

found as (

    select * from found_links

)

select
    nodes.source as source,  -- The source that the record came from.
    nodes.record_id as record_id,  -- The source's own id of the person's record.
    nodes.person_kind as person_kind,  -- customer_record, ticket_user, social_user or respondent.
    found.customer_id as customer_id,  -- Pseudonym of the person; keyed by a secret, never by row order.
    found.link_rule as link_rule,  -- The strongest rule that ties this record to a customer record of the person.
    found.link_score as link_score,  -- Strength of that rule, 0 to 1; falls with each step of a transitive link.
    cast(getvariable('linked_at') as timestamp) as linked_at,  -- When this run made the link (UTC).
from found
inner join nodes on found.node = nodes.node
