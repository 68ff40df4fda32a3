-- What became of every raw row: the version of each thing that counts, why others are set aside. One row per raw row.
with placed as (

    select
        v.*,
        v.set_aside is null
            and v.first_known_at < getvariable('as_of')
            and coalesce(v.occurred_at, v.first_known_at) < getvariable('as_of') as is_visible,
        v.known_at < getvariable('as_of') as is_state_known,
        coalesce(p.copy_no, 1) as copy_no,
        coalesce(p.version_no, 1) as version_no,
        coalesce(p.removed_at, case when v.is_removal and v.known_at < getvariable('as_of') then v.known_at end)
            as removed_at,
        p.next_known_at,
    from staging.record_versions as v
    left join staging.version_places as p on v.row_id = p.row_id

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
            then next_known_at
    end as superseded_at,  -- When a newer version of the thing became known (UTC); null: in force or not used.
from placed
