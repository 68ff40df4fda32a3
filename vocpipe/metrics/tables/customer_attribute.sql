-- Declared attributes of customers, by the customer's number. One row per customer, time between changes and attribute.
-- An attribute that bears the name of a dimension of the events gets customer_ before it.
with
    attributes as (select * from marts.customer_attributes),

    customers as (select * from customer),

    spells as (select * from spell)

select
    c.customer_no,  -- The customer.
    coalesce(s.spell_no, 0) as spell_no,  -- The time; 0 where nothing of the customer ever changed.
    case
        when a.attribute in (
            'all', 'channel', 'topic', 'journey_stage', 'experience', 'need', 'language'
        )
            then concat('customer_', a.attribute)
        else a.attribute
    end as attribute,  -- The attribute.
    a.value,  -- Its value then.
from attributes as a
join customers as c on c.customer_id = a.customer_id
left join spells as s
    on s.customer_no = c.customer_no
    and s.starts_at < coalesce(a.valid_to, timestamp '9999-12-31')
    and s.ends_at > coalesce(a.valid_from, timestamp '0001-01-01')
where a.value is not null
