-- Records of persons as each source keeps them. One row per source and record.
with ranked as (

    select
        r.source,
        p.*,
        r.first_known_at as known_at,
        -- What the first load of a source brings was not here before it, however old it is.
        greatest(r.first_known_at, f.loaded_at) as arrived_at,
        r.loaded_at,
        row_number() over (
            partition by r.source, p.record_id
            order by r.vendor_at desc nulls last, r.loaded_at desc, r.body_hash desc
        ) as version_no,
    from conformed.persons as p
    inner join staging.records as r on p.row_id = r.row_id
    left join raw.first_loads as f on r.source = f.source
    where r.reason is null and p.record_id is not null

)

select
    source,  -- Source in the settings.
    record_id,  -- Id of the record in that source.
    person_kind,  -- customer_record, ticket_user, social_user or respondent.
    given_name,  -- First name.
    family_name,  -- Last name.
    birth_on,  -- Date of birth.
    town,  -- Home town.
    postcode,  -- Postcode of the home.
    street,  -- Street and number of the home, as written.
    signed_up_on,  -- When the person became a customer.
    has_marketing_consent,  -- Whether marketing may write; null: not said.
    attributes,  -- The whole record as a JSON object.
    arrived_at,  -- From when it was known here: the first load of its source at the earliest (UTC).
    known_at,  -- From when the company could know the record (UTC).
    loaded_at,  -- When it was loaded (UTC).
from ranked
where version_no = 1
