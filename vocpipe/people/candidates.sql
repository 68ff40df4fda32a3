-- Pairs of records that resemble each other, with the weight of the evidence.
-- One row per pair of records.
select
    source_a,  -- Source of the first record.
    record_id_a,  -- Id of the first record.
    source_b,  -- Source of the second record.
    record_id_b,  -- Id of the second record.
    match_weight,  -- Weight of the evidence for one person (logarithm to base 2 of the odds).
    match_probability,  -- The same as a probability, 0 to 1.
    verdict,  -- same: linked; unsure: a person should look.
    evidence,  -- What agrees and what differs, in one sentence without values.
from identity.candidates
