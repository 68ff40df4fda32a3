-- What customer records told of the declared segments, and when; of consent and sign-up what the newest version says.
-- What a record tells first counts from the beginning: no earlier value is known.
-- One row per source, record, attribute and time in which the record told one value.
with told as (

    select
        t.source,
        t.record_id,
        s.attribute,
        nullif(json_extract_string(p.attributes, concat('$."', s.attribute, '"')), '') as value,
        t.recorded_at,
        t.version_no,
        t.version_no = 1 and t.replaced_at is null as is_only,
    from staging.person_times as t
    inner join conformed.persons as p on t.row_id = p.row_id
    cross join staging.declared_segments as s

),

changes as (

    select
        *,
        lag(value) over (partition by source, record_id, attribute order by version_no) as value_before,
    from told
    where not is_only

),

spells as (

    select
        *,
        min(case when value is not null then version_no end) over (partition by source, record_id, attribute)
            as first_version_no,
        lead(recorded_at) over (partition by source, record_id, attribute order by version_no) as ended_at,
    from changes
    where value is distinct from value_before

)

select
    source,  -- Source in the settings.
    record_id,  -- Id of the record in that source.
    attribute,  -- A declared segment, has_marketing_consent or signed_up_on.
    value,  -- What the record told.
    recorded_at,  -- When the version that told it first was recorded (UTC).
    case when version_no > first_version_no then recorded_at end as valid_from,  -- From when (UTC); null: from the beginning.
    ended_at as valid_to,  -- Until when (UTC); null: it tells so still.
from spells
where value is not null
union all
select source, record_id, attribute, value, recorded_at, null, null
from told
where is_only and value is not null
union all
select t.source, t.record_id, 'has_marketing_consent', cast(p.has_marketing_consent as varchar), t.recorded_at, null, null
from staging.person_times as t
inner join conformed.persons as p on t.row_id = p.row_id
where t.replaced_at is null and p.has_marketing_consent is not null
union all
select t.source, t.record_id, 'signed_up_on', cast(p.signed_up_on as varchar), t.recorded_at, null, null
from staging.person_times as t
inner join conformed.persons as p on t.row_id = p.row_id
where t.replaced_at is null and p.signed_up_on is not null
