-- A short number for each customer that a figure may count. One row per customer.
with
    seen as (
        select customer_id from marts.interactions
        union
        select customer_id from marts.responses
        union
        select customer_id from marts.conversations
        union
        select customer_id from marts.orders
        union
        select customer_id from marts.sends
        union
        select customer_id from marts.customer_attributes
        union
        select customer_id from marts.customers
    )

select
    customer_id,  -- The customer.
    cast(row_number() over (order by customer_id) as integer) as customer_no,  -- Number of the customer in this run.
from seen
where customer_id is not null
