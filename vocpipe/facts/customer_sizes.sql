-- How many records make up a customer: the largest, and the size that 99 of 100 customers do not exceed.
-- One row per kind of record, and one for all kinds.
with counted as (

    select customer_id, person_kind, count(*) as count_records
    from identity.links
    group by customer_id, person_kind
    union all
    select customer_id, 'all', count(*)
    from identity.links
    group by customer_id

),

sizes as (

    select person_kind, count_records, count(*) as count_customers
    from counted
    group by person_kind, count_records

),

ranked as (

    select
        *,
        sum(count_customers) over (
            partition by person_kind order by count_records rows between unbounded preceding and current row
        ) as count_up_to,
        sum(count_customers) over (partition by person_kind) as count_all,
    from sizes

)

select
    person_kind,  -- customer_record, ticket_user, social_user, respondent or all.
    cast(max(count_all) as bigint) as count_customers,  -- Customers with such a record.
    max(count_records) as max_records,  -- Records of the customer that has most.
    min(case when count_up_to >= 0.99 * count_all then count_records end) as p99_records,  -- 99 of 100 have no more.
from ranked
group by person_kind
