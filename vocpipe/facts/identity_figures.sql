-- The identity graph in numbers, as this run found it. One row per measure, segment, rule and reason.
with turns as (

    select channel, link_rule, count(*) as n, count(customer_id) as count_linked
    from facts.interactions
    group by channel, link_rule

),

channels as (

    select channel, cast(sum(n) as bigint) as n, sum(count_linked) as count_linked from turns group by channel

),

records as (

    select source, count(*) as n from staging.persons group by source

),

apart as (

    select
        concat(least(source_a, source_b), '+', greatest(source_a, source_b)) as sources,
        identifier_type,
        reason,
        count(*) as count_pairs,
    from identity.contradictions
    group by 1, 2, 3

),

judged as (

    select * from identity.judgements where decided_by <> 'rule' and ended_at is null

),

-- A pair may be judged either way round.
settled as (

    select source_a, record_id_a, source_b, record_id_b from judged
    union
    select source_b, record_id_b, source_a, record_id_a from judged

),

unsettled as (

    select concat(least(c.source_a, c.source_b), '+', greatest(c.source_a, c.source_b)) as sources
    from identity.candidates as c
    left join settled as s
        on c.source_a = s.source_a and c.record_id_a = s.record_id_a
        and c.source_b = s.source_b and c.record_id_b = s.record_id_b
    where c.verdict = 'unsure' and s.source_a is null

)

select
    'linked_share' as measure,  -- What is measured.
    'channel' as segment_type,  -- channel, source, sources (a pair), person_kind or all.
    channel as segment,  -- The segment.
    cast(null as varchar) as rule,  -- Link rule, type of identifier or verdict by which it is cut; null: all.
    cast(null as varchar) as reason,  -- Why records are kept apart.
    n,  -- What the value is taken of.
    cast(count_linked as double) / n as value,  -- The figure.
from channels
union all
select 'linked_share', 'channel', r.channel, r.link_rule, null, c.n, cast(r.count_linked as double) / c.n
from turns as r
inner join channels as c on r.channel = c.channel
where r.link_rule is not null
union all
select 'linked_records', 'source', l.source, l.link_rule, null, max(r.n), count(*)
from identity.links as l
inner join records as r on l.source = r.source
group by l.source, l.link_rule
union all
select 'contradictions', 'sources', sources, identifier_type, reason, null, count_pairs from apart
union all
select 'unsure_candidates', 'sources', sources, null, null, null, count(*) from unsettled group by sources
union all
select 'human_judgements', 'all', 'all', verdict, null, null, count(*) from judged group by verdict
union all
select 'records_per_customer_max', 'person_kind', person_kind, null, null, count_customers, max_records
from facts.customer_sizes
union all
select 'records_per_customer_p99', 'person_kind', person_kind, null, null, count_customers, p99_records
from facts.customer_sizes
