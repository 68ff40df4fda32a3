-- Of things that came more than once: which version is in force and which rows are copies. Most things came once and
-- are not here, for this is costly. One row per raw row of such a thing.
with several as (

    select hash(source, kind, record_key) as thing
    from staging.record_versions
    group by hash(source, kind, record_key)
    having count(*) > 1

),

visible as (

    select
        *,
        set_aside is null
            and first_known_at < getvariable('as_of')
            and coalesce(occurred_at, first_known_at) < getvariable('as_of') as is_visible,
        known_at < getvariable('as_of') as is_state_known,
    from staging.record_versions
    where hash(source, kind, record_key) in (select thing from several)

),

-- The same content twice is a duplicate; the newest content that was known is the one in force. A thing of which
-- only a later state is held (a ticket changed after the as-of time) shows with its oldest state.
ranked as (

    select
        *,
        row_number() over (
            partition by source, kind, record_key, body_hash, is_visible
            order by known_at, loaded_at, file, line_no, item_no
        ) as copy_no,
        row_number() over (
            partition by source, kind, record_key, is_visible
            order by
                is_state_known desc,
                case when is_state_known then vendor_at end desc nulls last,
                case when not is_state_known then vendor_at end asc nulls last,
                case when is_state_known then loaded_at end desc nulls last,
                body_hash desc, known_at, file, line_no, item_no
        ) as version_no,
    from visible

)

select
    row_id,  -- The raw row.
    copy_no,  -- 1 for the first row of this content.
    version_no,  -- 1 for the version in force.
    max(case when is_removal and is_state_known then known_at end)
        over (partition by source, kind, record_key) as removed_at,  -- When it was known that the vendor removed the thing (UTC).
    lag(known_at) over (partition by source, kind, record_key, is_visible order by version_no)
        as next_known_at,  -- When the next newer version became known (UTC).
from ranked
