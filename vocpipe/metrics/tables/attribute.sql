-- Segments that customers make: the values of their declared attributes. One row per attribute and value, with
-- (unknown), and one for `all`, in which everybody is. An attribute that bears the name of a dimension of the events
-- gets customer_ before it.
with
    recorded as (
        select distinct attribute as recorded_as, value
        from marts.customer_attributes
        where value is not null
    ),

    named as (
        select
            recorded_as,
            case
                when recorded_as in ('all', 'channel', 'topic', 'journey_stage', 'experience', 'need', 'language')
                    then concat('customer_', recorded_as)
                else recorded_as
            end as attribute,
            value,
        from recorded
    ),

    complete as (
        select recorded_as, attribute, value from named
        union
        select recorded_as, attribute, '(unknown)' from named
        union all
        select null, 'all', 'all'
    )

select
    cast(row_number() over (order by attribute, value) as integer) as value_no,  -- Number of the value in this run.
    cast(dense_rank() over (order by attribute) as integer) as attribute_no,  -- Number of the attribute.
    recorded_as,  -- As the customer record calls the attribute.
    attribute,  -- As figures are cut by it.
    value,  -- The value.
    value = '(unknown)' or attribute = 'all' as is_default,  -- Of everybody of whom nothing is recorded.
from complete
