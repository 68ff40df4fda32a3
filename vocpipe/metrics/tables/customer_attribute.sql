-- Declared attributes of customers, by the customer's number. One row per customer and attribute.
-- An attribute that bears the name of a dimension of the events gets customer_ before it.
with
    attributes as (select * from marts.customer_attributes),

    customers as (select * from customer)

select
    c.customer_no,  -- The customer.
    case
        when a.attribute in ('all', 'channel', 'topic', 'journey_stage', 'experience')
            then concat('customer_', a.attribute)
        else a.attribute
    end as attribute,  -- The attribute.
    a.value,  -- Its value.
from attributes as a
join customers as c on c.customer_id = a.customer_id
where a.value is not null
