-- Declared attributes of customers, by numbers. One row per customer, time between changes and attribute.
with
    recorded as (select * from marts.customer_attributes),

    attributes as (select * from attribute),

    customers as (select * from customer),

    spells as (select * from spell)

select
    c.customer_no,  -- The customer.
    coalesce(s.spell_no, 0) as spell_no,  -- The time; 0 where nothing of the customer ever changed.
    a.attribute_no,  -- The attribute.
    a.value_no,  -- Its value then.
from recorded as r
join attributes as a on a.recorded_as = r.attribute and a.value = r.value
join customers as c on c.customer_id = r.customer_id
left join spells as s
    on s.customer_no = c.customer_no
    and s.starts_at < coalesce(r.valid_to, timestamp '9999-12-31')
    and s.ends_at > coalesce(r.valid_from, timestamp '0001-01-01')
