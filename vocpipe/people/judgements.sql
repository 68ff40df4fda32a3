-- What rules and people said of two records, those judgements included that were ended.
-- One row per judgement.
select
    judgement_id,  -- Number of the judgement.
    source_a,  -- Source of the first record.
    record_id_a,  -- Id of the first record.
    source_b,  -- Source of the second record.
    record_id_b,  -- Id of the second record.
    verdict,  -- same, different or unsure.
    rule,  -- Type of the identifier, fuzzy, person or contradiction.
    decided_by,  -- rule, or the name of the person who judged.
    score,  -- Strength, 0 to 1, where there is one.
    evidence,  -- Why, in one sentence.
    made_at,  -- Since when (UTC).
    ended_at,  -- Until when (UTC); null: it stands.
from identity.judgements
