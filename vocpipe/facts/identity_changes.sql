-- What became of links since the run before, and how well its new interactions were linked; empty without such a run.
-- One row per measure and segment.
with touched as (

    select distinct source, record_id
    from identity.link_history
    where linked_at > getvariable('before_at') or unlinked_at > getvariable('before_at')

),

records as (

    select touched.source, b.customer_id as customer_before, l.customer_id as customer_now
    from touched
    left join facts.links_before as b on touched.source = b.source and touched.record_id = b.record_id
    left join identity.links as l on touched.source = l.source and touched.record_id = l.record_id

),

moves as (

    select distinct customer_before, customer_now
    from records
    where customer_now <> customer_before

),

-- Merged is who is gone, with records at customers who were there before; split is who is two customers or more now.
departed as (

    select
        moves.customer_before,
        count(now.customer_id) as is_still_there,
        count(distinct moves.customer_now) as count_heirs,
        count(distinct b.customer_id) as count_known_heirs,
    from moves
    left join identity.customers as now on moves.customer_before = now.customer_id
    left join facts.links_before as b on moves.customer_now = b.customer_id
    group by moves.customer_before

),

changes as (

    select
        source,
        sum(case when customer_before is null and customer_now is not null then 1 else 0 end) as count_linked,
        sum(case when customer_before is not null and customer_now is null then 1 else 0 end) as count_unlinked,
        sum(case when customer_before <> customer_now then 1 else 0 end) as count_moved,
    from records
    group by source

),

sources as (

    select s.source, c.* exclude (source)
    from staging.declared_sources as s
    left join changes as c on s.source = c.source
    where getvariable('before_at') is not null

)

select
    'linked_share_new' as measure,  -- What is measured.
    'channel' as segment_type,  -- channel, source or all.
    channel as segment,  -- The segment.
    count(*) as n,  -- What the value is taken of.
    cast(count(customer_id) as double) / count(*) as value,  -- The figure.
from facts.interactions
where loaded_at > getvariable('before_at')
group by channel
union all
select 'records_linked', 'source', source, null, coalesce(count_linked, 0) from sources
union all
select 'records_unlinked', 'source', source, null, coalesce(count_unlinked, 0) from sources
union all
select 'records_moved', 'source', source, null, coalesce(count_moved, 0) from sources
union all
select 'customers_merged', 'all', 'all', null, count(case when is_still_there = 0 and count_known_heirs > 0 then 1 end)
from departed
having getvariable('before_at') is not null
union all
select 'customers_split', 'all', 'all', null, count(case when is_still_there > 0 or count_heirs > 1 then 1 end)
from departed
having getvariable('before_at') is not null
