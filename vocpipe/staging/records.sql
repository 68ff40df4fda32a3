-- What became of every raw row: the version of each thing that counts, why others are set aside. One row per raw row.
with versions as (

    select
        *,
        coalesce(recorded_at, occurred_at, least(known_from, loaded_at)) as vendor_at,
        coalesce(first_recorded_at, recorded_at, occurred_at, least(known_from, loaded_at)) as first_vendor_at,
    from staging.record_versions

),

-- The company knew a row from the vendor's own time where the load was the source's first (or a backfill),
-- else from the load on.
known as (

    select
        *,
        case when vendor_at >= known_from then vendor_at else loaded_at end as known_at,
        case when first_vendor_at >= known_from then first_vendor_at else loaded_at end as first_known_at,
    from versions

),

visible as (

    select
        *,
        set_aside is null
            and first_known_at < getvariable('as_of')
            and coalesce(occurred_at, first_known_at) < getvariable('as_of') as is_visible,
        known_at < getvariable('as_of') as is_state_known,
        max(case when is_removal and known_at < getvariable('as_of') then known_at end)
            over (partition by source, kind, record_key) as removed_at,
    from known

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
    load_id,  -- The load that brought it.
    source,  -- Source in the settings.
    kind,  -- What the row is about.
    record_key,  -- The vendor's id of the thing.
    body_hash,  -- Hash of the row's content.
    file,  -- File below the project folder.
    line_no,  -- Line on which the row begins.
    item_no,  -- Place within the line.
    known_at,  -- From when the company could know this version (UTC).
    first_known_at,  -- From when it could know the thing at all (UTC).
    vendor_at,  -- The vendor's own time of this version (UTC).
    loaded_at,  -- When it was loaded (UTC).
    is_state_known,  -- False: only its existence was known at the as-of time, not this state.
    set_aside is null and is_visible and removed_at is null and (is_state_known or version_no = 1) as is_version,  -- In force, or was.
    set_aside_column,  -- Column at fault.
    case
        when set_aside is not null then set_aside
        when not is_visible then 'not yet known at the as-of time'
        when removed_at is not null then 'removed by the vendor later'
        when version_no > 1 and copy_no > 1 then 'the same row was exported more than once'
        when version_no > 1 then 'an older version of the same thing'
    end as reason,  -- Why the row is set aside; null: it is used.
    case
        when set_aside is null and is_visible and removed_at is null and version_no > 1 and copy_no = 1
            and is_state_known
            then lag(known_at) over (partition by source, kind, record_key, is_visible order by version_no)
    end as superseded_at,  -- When a newer version of the thing became known (UTC); null: in force or not used.
from ranked
