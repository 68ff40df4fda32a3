-- Identifiers of persons as written, and for customer records one that is put together of birth date, name and
-- home town. One row per source, record and identifier.
select distinct
    r.source,  -- Source in the settings.
    i.record_id,  -- Record that carries it.
    i.identifier_type,  -- account_id, email, phone, handle or birth.
    i.identifier,  -- As written.
from conformed.identifiers as i
inner join staging.records as r on i.row_id = r.row_id
where r.reason is null and i.identifier is not null and i.record_id is not null
union all
select
    source,
    record_id,
    'birth',
    identifier,
from staging.birth_records
