-- The persons that the sources tell of: clusters of records with at least one customer record.
-- One row per customer.
with

nodes as (

    select * from record_nodes

),

found as (

    select * from found_links

),

counted as (

    select customer_id, count(*) as count_records from found group by customer_id

)

select
    found.customer_id as customer_id,  -- Pseudonym of the person.
    nodes.source as source,  -- Source of the canonical record: the customer record that was known first.
    nodes.record_id as record_id,  -- Id of the canonical record.
    counted.count_records as count_records,  -- Number of records, of all sources, that belong to the person.
from found
inner join nodes on found.node = nodes.node
inner join counted on found.customer_id = counted.customer_id
where found.link_rule = 'record'
