-- Ids under which records were customers of their own before they were found to be one person with an older one.
-- One row per customer record that is not the canonical one.
with

nodes as (

    select * from record_nodes

),

found as (

    select * from found_links

)

select
    found.own_id as former_customer_id,  -- The pseudonym that this record gives when it stands alone.
    found.customer_id as customer_id,  -- The person it belongs to now.
    nodes.source as source,  -- Source of the record.
    nodes.record_id as record_id,  -- Id of the record.
from found
inner join nodes on found.node = nodes.node
where nodes.person_kind = 'customer_record' and found.node <> found.canonical
