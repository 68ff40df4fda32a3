-- Human judgements as the last run read them. One row per decision that stood then.
select
    decision_id,  -- Id of the decision in work/decisions.jsonl.
    verdict,  -- same or different.
    source_a,  -- Source of the first record.
    record_id_a,  -- Id of the first record.
    source_b,  -- Source of the second record.
    record_id_b,  -- Id of the second record.
    decided_by,  -- Who judged.
    why,  -- For what reason.
    decided_at,  -- When (UTC).
    status,  -- applied, or in plain words why not.
from identity.decisions
