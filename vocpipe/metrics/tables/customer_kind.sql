-- Customers of one kind have the same value of every attribute, so that they can be added up before they are cut by
-- each. One row per customer of whom something is recorded and whose attributes never changed.
with
    attributes as (select * from customer_attribute where spell_no = 0),

    combined as (
        select customer_no, string_agg(cast(value_no as varchar), ' ' order by value_no) as value_nos
        from attributes
        group by customer_no
    )

select
    customer_no,  -- The customer.
    cast(dense_rank() over (order by value_nos) as integer) as kind_no,  -- Number of the kind.
from combined
