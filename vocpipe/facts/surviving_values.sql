-- Customers with several customer records: whose value of an attribute counts, at every time at which that may change.
-- The record is the one that [survivorship] of the settings names, of equals the one signed up first.
-- One row per such customer, attribute and time.
with links as (

    select source, record_id, customer_id from identity.links where person_kind = 'customer_record'

),

several as (

    select customer_id from links group by customer_id having count(*) > 1

),

told as (

    select links.customer_id, versions.*, persons.signed_up_on
    from several
    inner join links on several.customer_id = links.customer_id
    inner join staging.person_versions as versions
        on links.source = versions.source and links.record_id = versions.record_id
    inner join staging.persons as persons on links.source = persons.source and links.record_id = persons.record_id

),

moments as (

    select customer_id, attribute, coalesce(valid_from, timestamp '0001-01-01') as starts_at from told
    union
    select customer_id, attribute, valid_to from told where valid_to is not null

),

candidates as (

    select
        moments.*,
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

)

select
    customer_id,  -- The person.
    attribute,  -- A declared segment, has_marketing_consent or signed_up_on.
    starts_at,  -- From when it counts (UTC).
    value,  -- The value that counts then; null: no record tells any.
from ranked
where place = 1
