-- When each version of a customer record held. A version holds from when the vendor says that it was recorded; where
-- the vendor's time did not move, from its load on. What the vendor removed has no versions any more.
-- One row per version of a customer record that ever held.
with seen as (

    select r.row_id, r.source, p.record_id, r.vendor_at, r.known_at, r.loaded_at, r.body_hash
    from conformed.persons as p
    inner join staging.records as r on p.row_id = r.row_id
    where r.is_version and p.record_id is not null and p.person_kind = 'customer_record'

),

-- Most records came once: what follows is costly and for the others only.
several as (

    select source, record_id from seen group by source, record_id having count(*) > 1

),

-- Of versions of one time that came in one load, the one in force counts: they have no order of their own.
ordered as (

    select
        seen.*,
        row_number() over (
            partition by seen.source, seen.record_id, seen.vendor_at, seen.loaded_at order by seen.body_hash desc
        ) as place,
    from seen
    inner join several on seen.source = several.source and seen.record_id = several.record_id

),

times as (

    select
        *,
        row_number() over (partition by source, record_id order by vendor_at, loaded_at) as version_no,
        case
            when vendor_at > lag(vendor_at, 1, timestamp '0001-01-01') over (
                partition by source, record_id order by vendor_at, loaded_at
            ) then least(vendor_at, loaded_at)
            else known_at
        end as recorded_at,
    from ordered
    where place = 1

),

versions as (

    select
        *,
        min(recorded_at) over (
            partition by source, record_id order by version_no rows between 1 following and unbounded following
        ) as replaced_at,
    from times

)

select
    row_id,  -- The raw row.
    source,  -- Source in the settings.
    record_id,  -- Id of the record in that source.
    version_no,  -- 1 for the first version.
    recorded_at,  -- When the vendor recorded it, or when it was loaded (UTC).
    replaced_at,  -- When the next version was recorded (UTC); null: the newest.
from versions
where version_no = 1 or replaced_at is null or recorded_at < replaced_at
union all
select seen.row_id, seen.source, seen.record_id, 1, least(seen.vendor_at, seen.loaded_at), null
from seen
left join several on seen.source = several.source and seen.record_id = several.record_id
where several.record_id is null
