-- Why records that share an identifier were kept apart.
-- One row per pair of records, identifier type and reason.
select
    identifier_type,  -- Type of the identifier that both records lead to.
    reason,  -- What speaks against one person, in plain words.
    source_a,  -- Source of the first record.
    record_id_a,  -- Id of the first record.
    source_b,  -- Source of the second record.
    record_id_b,  -- Id of the second record.
from identity.contradictions
