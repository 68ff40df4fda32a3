-- Whose each record was at the time of the run before; empty without such a run. One row per record that was linked.
select distinct
    source,  -- Source in the settings.
    record_id,  -- Id of the record in that source.
    customer_id,  -- The person then.
from identity.link_history
where linked_at <= getvariable('before_at') and (unlinked_at is null or unlinked_at > getvariable('before_at'))
