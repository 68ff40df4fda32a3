-- The declared segments of each customer, long form; of several records the one signed up first wins.
-- One row per customer and attribute.
with records as (

    select
        links.customer_id,
        segments.attribute,
        json_extract_string(persons.attributes, concat('$."', segments.attribute, '"')) as value,
        row_number() over (
            partition by links.customer_id, segments.attribute
            order by
                case when json_extract_string(persons.attributes, concat('$."', segments.attribute, '"')) <> ''
                    then 0 else 1 end,
                persons.signed_up_on asc nulls last, persons.source, persons.record_id
        ) as place,
    from staging.persons as persons
    inner join identity.links as links on persons.source = links.source and persons.record_id = links.record_id
    cross join staging.declared_segments as segments
    where persons.person_kind = 'customer_record'

)

select
    customer_id,  -- The person.
    attribute,  -- Column of the customer record, declared as a segment.
    value,  -- Its value.
from records
where place = 1 and value <> ''
