-- What counts as an attribute of each customer and when: of several records the one that [survivorship] of the settings
-- names, of equals the one signed up first. One row per customer, attribute and time in which one value counted.
with told as (

    select links.customer_id, versions.*, persons.signed_up_on
    from staging.person_versions as versions
    inner join staging.persons as persons
        on versions.source = persons.source and versions.record_id = persons.record_id
    inner join identity.links as links on versions.source = links.source and versions.record_id = links.record_id

),

-- Times at which what counts may change.
moments as (

    select customer_id, attribute, coalesce(valid_from, timestamp '0001-01-01') as starts_at from told
    union
    select customer_id, attribute, valid_to from told where valid_to is not null

),

candidates as (

    select
        moments.customer_id,
        moments.attribute,
        moments.starts_at,
        told.source,
        told.record_id,
        told.value,
        told.recorded_at,
        told.signed_up_on,
        rules.rule,
        trusted.place as trust,
        count(*) over (
            partition by moments.customer_id, moments.attribute, moments.starts_at, told.value
        ) as count_alike,
    from moments
    inner join staging.survivorship as rules on moments.attribute = rules.attribute
    left join told
        on moments.customer_id = told.customer_id and moments.attribute = told.attribute
        and moments.starts_at >= coalesce(told.valid_from, timestamp '0001-01-01')
        and moments.starts_at < coalesce(told.valid_to, timestamp '9999-12-31')
    left join staging.trusted_sources as trusted
        on told.attribute = trusted.attribute and told.source = trusted.source

),

ranked as (

    select
        *,
        row_number() over (
            partition by customer_id, attribute, starts_at
            order by
                case when rule = 'most_restrictive' and value <> 'false' then 1 else 0 end,
                case when rule = 'most_common' then count_alike end desc nulls last,
                trust asc nulls last,
                case when rule = 'latest' then recorded_at end desc nulls last,
                signed_up_on asc nulls last, source, record_id
        ) as place,
    from candidates

),

changes as (

    select *, lag(value) over (partition by customer_id, attribute order by starts_at) as value_before
    from ranked
    where place = 1

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
