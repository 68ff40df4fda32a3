-- Identifiers that were set aside because they cannot tell anybody apart; the values themselves are not repeated here.
-- One row per source, record, identifier type and reason.
with

spellings as (

    select * from fresh_spellings where reason is not null

)

select
    source as source,  -- The source that the record came from.
    record_id as record_id,  -- The source's own id of the person's record.
    identifier_type as identifier_type,  -- The type as the source names it.
    reason as reason,  -- Why it cannot be used, in plain words.
from spellings
