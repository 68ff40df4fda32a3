-- Identifiers of persons as written. One row per source, record and identifier.
select distinct
    r.source,  -- Source in the settings.
    i.record_id,  -- Record that carries it.
    i.identifier_type,  -- account_id, email, phone or handle.
    i.identifier,  -- As written.
from staging.identifier_versions as i
inner join staging.records as r on i.row_id = r.row_id
where r.reason is null and i.identifier is not null and i.record_id is not null
