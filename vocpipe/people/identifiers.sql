-- The usable identifiers of persons' records in their normal form.
-- One row per source, record, identifier type and identifier.
select
    source,  -- Source in the settings.
    record_id,  -- Record that carries it.
    identifier_type,  -- account_id, email, phone, handle or birth.
    identifier,  -- The normal form.
    is_role,  -- True for a mailbox of a role, a team or a family: it links nobody by itself.
from identity.identifiers
