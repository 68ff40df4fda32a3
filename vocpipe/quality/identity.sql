-- How well people are recognised, and what changed since the run before: linked share by channel and rule, pairs kept
-- apart, open candidates, human judgements, size of customers, links made, ended and moved.
-- One row per measure, segment, rule and reason. A run that saw and found the same as the last one is compared with the
-- run before that.
with figures as (

    select * from facts.identity_figures

),

before as (

    select * from identity.run_figures where run_id = getvariable('before_run_id')

),

compared as (

    select
        coalesce(f.measure, b.measure) as measure,
        coalesce(f.segment_type, b.segment_type) as segment_type,
        coalesce(f.segment, b.segment) as segment,
        coalesce(f.rule, b.rule) as rule,
        coalesce(f.reason, b.reason) as reason,
        f.n,
        f.value,
        b.value as value_before,
        -- What is not listed has been counted and found nought, but for a channel or kind that is not there at all.
        coalesce(f.rule, b.rule) is not null or coalesce(f.measure, b.measure) = 'unsure_candidates' as is_count,
    from figures as f
    full outer join before as b
        on f.measure = b.measure and f.segment_type = b.segment_type and f.segment = b.segment
        and f.rule is not distinct from b.rule and f.reason is not distinct from b.reason

),

filled as (

    select
        * exclude (value, value_before, is_count),
        case when is_count then coalesce(value, 0) else value end as value,
        case
            when is_count and getvariable('before_run_id') is not null then coalesce(value_before, 0)
            else value_before
        end as value_before,
    from compared

)

select
    measure,  -- linked_share, linked_share_new, linked_records, contradictions, unsure_candidates, human_judgements, records_per_customer_max or _p99, records_linked, _unlinked or _moved, customers_merged or _split.
    segment_type,  -- channel, source, sources (a pair), person_kind or all.
    segment,  -- The segment.
    rule,  -- Link rule, type of the identifier that both share, or verdict; null: all together.
    reason,  -- Why records are kept apart, in plain words.
    n,  -- Interactions, records or customers that the value is taken of; null: it is a plain count.
    value,  -- Share 0 to 1, or a count.
    value_before,  -- The same at the run before; null: there was none, or it is a change by itself.
    value - value_before as change,  -- Difference between the two.
from filled
union all
select measure, segment_type, segment, null, null, n, value, null, null from facts.identity_changes
