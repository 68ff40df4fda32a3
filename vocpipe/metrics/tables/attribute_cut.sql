-- Attributes of customers by which events are cut: `all`, and those declared unless the metric says no. One row per
-- base and attribute.
with
    bases as (select distinct base_no, metric from profile),

    definitions as (select * from definition),

    attributes as (select * from attribute where is_default)

select
    b.base_no,  -- Events of which metric, unit and never-pooled cut.
    a.attribute_no,  -- The attribute.
    a.attribute,  -- Its name.
    a.value_no as default_no,  -- Value of everybody of whom nothing is recorded.
from bases as b
join definitions as d on d.metric = b.metric
join attributes as a on a.attribute = 'all' or d.has_attributes
