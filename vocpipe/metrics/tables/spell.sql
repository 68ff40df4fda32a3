-- Times between changes of a customer's attributes. One row per customer whose attributes ever changed and time.
with
    attributes as (select * from marts.customer_attributes),

    customers as (select * from customer),

    bounds as (
        select c.customer_no, a.valid_from as starts_at
        from attributes as a
        join customers as c on c.customer_id = a.customer_id
        where a.valid_from is not null
        union
        select c.customer_no, a.valid_to
        from attributes as a
        join customers as c on c.customer_id = a.customer_id
        where a.valid_to is not null
        union
        select c.customer_no, timestamp '0001-01-01'
        from attributes as a
        join customers as c on c.customer_id = a.customer_id
        where a.valid_from is not null or a.valid_to is not null
    )

select
    customer_no,  -- The customer.
    cast(row_number() over (partition by customer_no order by starts_at) as integer) as spell_no,  -- From 1.
    starts_at,  -- From when (UTC).
    lead(starts_at, 1, timestamp '9999-12-31') over (
        partition by customer_no order by starts_at
    ) as ends_at,  -- Until when (UTC); itself outside the time.
from bounds
