-- What persons judged of two records, and whether it could be applied.
-- One row per standing decision.
with

decided as (

    select * from decided

),

nodes as (

    select source, record_id from staging.persons

)

select
    decided.decision_id as decision_id,  -- Id of the decision in work/decisions.jsonl.
    decided.verdict as verdict,  -- same or different.
    decided.source_a as source_a,  -- Source of the first record.
    decided.record_id_a as record_id_a,  -- Id of the first record.
    decided.source_b as source_b,  -- Source of the second record.
    decided.record_id_b as record_id_b,  -- Id of the second record.
    decided.decided_by as decided_by,  -- Who judged.
    decided.why as why,  -- Why, in the words of who judged.
    decided.decided_at as decided_at,  -- When (UTC).
    case
        when decided.conflict is not null then decided.conflict
        when a.record_id is null or b.record_id is null then 'no record of that source and id is known'
        else 'applied'
    end as status,  -- applied, or in plain words why not.
from decided
left join nodes as a on decided.source_a = a.source and decided.record_id_a = a.record_id
left join nodes as b on decided.source_b = b.source and decided.record_id_b = b.record_id
