-- What counts as an attribute of each customer, and when it did; which of several records counts is decided in
-- facts.surviving_values. One row per customer, attribute and time in which one value counted.
with links as (

    select source, record_id, customer_id from identity.links where person_kind = 'customer_record'

),

several as (

    select customer_id from links group by customer_id having count(*) > 1

),

changes as (

    select *, lag(value) over (partition by customer_id, attribute order by starts_at) as value_before
    from facts.surviving_values

),

spells as (

    select *, lead(starts_at) over (partition by customer_id, attribute order by starts_at) as ends_at
    from changes
    where value is distinct from value_before

)

select
    customer_id,  -- The person.
    attribute,  -- A declared segment, has_marketing_consent or signed_up_on.
    value,  -- The value that counted.
    nullif(starts_at, timestamp '0001-01-01') as valid_from,  -- From when (UTC); null: from the beginning.
    ends_at as valid_to,  -- Until when (UTC); null: it counts now.
from spells
where value is not null
union all
select links.customer_id, versions.attribute, versions.value, versions.valid_from, versions.valid_to
from staging.person_versions as versions
inner join links on versions.source = links.source and versions.record_id = links.record_id
left join several on links.customer_id = several.customer_id
where several.customer_id is null
