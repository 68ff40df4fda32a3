-- Why two records that share an identifier were kept apart, without any personal value.
-- One row per pair of records, identifier type and reason.
with

nodes as (

    select * from record_nodes

),

found as (

    select * from found_contradictions

)

select
    found.identifier_type as identifier_type,  -- Type of the identifier that both records lead to.
    found.reason as reason,  -- What speaks against one person, in plain words.
    a.source as source_a,  -- Source of the first record.
    a.record_id as record_id_a,  -- Id of the first record.
    b.source as source_b,  -- Source of the second record.
    b.record_id as record_id_b,  -- Id of the second record.
from found
inner join nodes as a on found.node_a = a.node
inner join nodes as b on found.node_b = b.node
