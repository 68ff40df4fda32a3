-- warn: fewer customers than privacy.k share one combination of all their segments, so it may tell who they are
with combinations as (

    select
        attributes.customer_id,
        string_agg(concat(attributes.attribute, '=', attributes.value), ', ' order by attributes.attribute) as segments,
    from marts.customer_attributes as attributes
    inner join staging.declared_segments as declared on attributes.attribute = declared.attribute
    where attributes.valid_to is null
    group by attributes.customer_id

)

select segments, count(*) as count_customers
from combinations
group by segments
having count(*) < getvariable('k')
