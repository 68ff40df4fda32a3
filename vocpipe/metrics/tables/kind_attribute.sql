-- Values of the attributes of each kind of customer. One row per kind and attribute of which a value is recorded.
with
    kinds as (
        select kind_no, min(customer_no) as customer_no
        from customer_kind
        group by kind_no
    )

select
    k.kind_no,  -- The kind.
    a.attribute_no,  -- The attribute.
    a.value_no,  -- Its value.
from kinds as k
join customer_attribute as a on a.customer_no = k.customer_no
