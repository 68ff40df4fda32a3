-- What each version of a customer record says of the declared segments, and when that held; of consent and sign-up
-- the newest version alone. What a record tells first counts from the beginning: no earlier value is known. A record
-- that its vendor removed has no versions any more. One row per source, record, attribute and version that tells it.
with seen as (

    -- Of versions of one time that came in one load, the one in force counts: they have no order of their own.
    select
        r.source,
        p.record_id,
        p.signed_up_on,
        p.has_marketing_consent,
        p.attributes,
        r.vendor_at,
        r.known_at,
        r.loaded_at,
        row_number() over (
            partition by r.source, p.record_id, r.vendor_at, r.loaded_at order by r.body_hash desc
        ) as place,
    from conformed.persons as p
    inner join staging.records as r on p.row_id = r.row_id
    where r.is_version and p.record_id is not null and p.person_kind = 'customer_record'

),

-- A version holds from when the vendor says that it was recorded; where the vendor's time did not move, since the load.
times as (

    select
        *,
        case
            when vendor_at > lag(vendor_at, 1, timestamp '0001-01-01') over (
                partition by source, record_id order by vendor_at, loaded_at
            ) then least(vendor_at, loaded_at)
            else known_at
        end as recorded_at,
    from seen
    where place = 1

),

versions as (

    select
        *,
        min(recorded_at) over (
            partition by source, record_id
            order by vendor_at, loaded_at rows between 1 following and unbounded following
        ) as replaced_at,
    from times

),

told as (

    select
        v.*,
        s.attribute,
        json_extract_string(v.attributes, concat('$."', s.attribute, '"')) as value,
    from versions as v
    cross join staging.declared_segments as s
    union all
    select *, 'has_marketing_consent', cast(has_marketing_consent as varchar) from versions where replaced_at is null
    union all
    select *, 'signed_up_on', cast(signed_up_on as varchar) from versions where replaced_at is null

),

ordered as (

    select
        *,
        row_number() over (partition by source, record_id, attribute order by vendor_at, loaded_at) as version_no,
    from told
    where value <> ''

)

select
    source,  -- Source in the settings.
    record_id,  -- Id of the record in that source.
    attribute,  -- A declared segment, has_marketing_consent or signed_up_on.
    value,  -- What the version says.
    recorded_at,  -- When the version was recorded (UTC).
    case when version_no > 1 then recorded_at end as valid_from,  -- From when it held (UTC); null: from the beginning.
    replaced_at as valid_to,  -- Until the next version was recorded (UTC); null: the newest.
from ordered
where version_no = 1 or replaced_at is null or recorded_at < replaced_at
