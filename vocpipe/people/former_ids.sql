-- Ids under which customers were known before they were joined with another one.
-- One row per former id.
select
    former_customer_id,  -- The id as it was.
    customer_id,  -- The customer that it belongs to now.
from identity.former_ids
