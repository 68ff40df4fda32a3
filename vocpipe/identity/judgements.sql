-- What is judged of the records that this run looks at: what joins two, what keeps them apart, what persons said.
-- One row per pair, verdict, rule and evidence; source_a and record_id_a come first in order.
with

nodes as (

    select * from record_nodes

),

found as (

    select node_a, node_b, 'same' as verdict, rule, score, said from found_pairs where rule <> 'person'
    union all
    select node_a, node_b, 'different', identifier_type, 1.0, reason from found_contradictions

),

told as (

    select
        a.source as source_a,
        a.record_id as record_id_a,
        b.source as source_b,
        b.record_id as record_id_b,
        found.verdict,
        found.rule,
        'rule' as decided_by,
        coalesce(likely.match_probability, found.score) as score,
        coalesce(likely.evidence, found.said) as evidence,
    from found
    inner join nodes as a on found.node_a = a.node
    inner join nodes as b on found.node_b = b.node
    left join fresh_candidates as likely
        on found.rule = 'fuzzy' and a.source = likely.source_a and a.record_id = likely.record_id_a
        and b.source = likely.source_b and b.record_id = likely.record_id_b
    union all
    select source_a, record_id_a, source_b, record_id_b, 'unsure', 'fuzzy', 'rule', match_probability, evidence
    from fresh_candidates
    where verdict = 'unsure'
    union all
    select
        source_a, record_id_a, source_b, record_id_b, verdict, 'person', decided_by, 1.0,
        concat('decision ', decision_id),
    from fresh_decisions
    where status = 'applied'

),

-- One order of the two, so that a pair is one pair.
ordered as (

    select
        *,
        source_a < source_b or (source_a = source_b and record_id_a <= record_id_b) as is_ordered,
    from told

),

pairs as (

    select
        case when is_ordered then source_a else source_b end as source_a,
        case when is_ordered then record_id_a else record_id_b end as record_id_a,
        case when is_ordered then source_b else source_a end as source_b,
        case when is_ordered then record_id_b else record_id_a end as record_id_b,
        verdict,
        rule,
        decided_by,
        score,
        evidence,
    from ordered

)

select
    source_a as source_a,  -- Source of the first record.
    record_id_a as record_id_a,  -- Id of the first record.
    source_b as source_b,  -- Source of the second record.
    record_id_b as record_id_b,  -- Id of the second record.
    verdict as verdict,  -- same, different or unsure.
    rule as rule,  -- The rule, or person.
    decided_by as decided_by,  -- rule, or who judged.
    max(score) as score,  -- Strength, 0 to 1.
    evidence as evidence,  -- In a few words, without personal values.
from pairs
where exists (select 1 from nodes where nodes.source = pairs.source_a and nodes.record_id = pairs.record_id_a)
group by all
