-- The declared segments of each customer, long form, with what counted earlier: the value at a time t is the one with
-- valid_from <= t (or null) and valid_to > t (or null). The settings say which of several records counts.
-- One row per customer, attribute and time in which one value counted.
select
    attributes.customer_id,  -- The person.
    attributes.attribute,  -- Column of the customer record, declared as a segment.
    attributes.value,  -- Its value.
    attributes.valid_from,  -- From when it counted (UTC); null: from the beginning, no earlier value is known.
    attributes.valid_to,  -- Until when it counted (UTC); null: it counts now.
from facts.customer_attributes as attributes
inner join staging.declared_segments as segments on attributes.attribute = segments.attribute
