-- Share of the customers of a cohort who bought in the k-th calendar month after that of their first purchase, k = 1 to
-- 12; unit tells k. The period is that of the first purchase, so a month is a cohort; all is all cohorts old enough.
-- Null, not 0, as long as that month is not over. One row per customer and month that has begun.
-- unit: share
-- direction: up
-- grain: customer
-- method: wilson
-- timing: flow
-- version: 1
with
    orders as (
        select
            customer_id,
            ordered_at,
            cast(date_trunc(
                'month', (ordered_at at time zone 'UTC') at time zone getvariable('time_zone')
            ) as date) as month_on,
        from marts.orders
        where not coalesce(is_cancelled, false) and customer_id is not null
    ),

    customers as (
        select
            customer_id,
            min(month_on) as cohort_on,
            min(ordered_at) as first_at,
            cast((getvariable('as_of') at time zone 'UTC') at time zone getvariable('time_zone') as date) as as_of_on,
        from orders
        group by customer_id
    ),

    ages as (
        select unnest(generate_series(1, 12)) as age
    ),

    months as (
        select
            c.*,
            a.age,
            cast(c.cohort_on + a.age * interval 1 month as date) as month_on,
            cast(c.cohort_on + (a.age + 1) * interval 1 month as date) <= c.as_of_on as is_over,
        from customers as c
        cross join ages as a
    ),

    active as (
        select distinct customer_id, month_on from orders
    )

select
    concat(m.customer_id, ' ', m.age) as event_id,  -- The customer and the month counted.
    m.customer_id,  -- The customer.
    concat('share, month ', m.age) as unit,  -- How many months after the first purchase.
    case when m.is_over and b.customer_id is not null then 1 else 0 end as numerator,  -- 1 when bought in that month.
    case when m.is_over then 1 else 0 end as denominator,  -- One customer; none before the month is over.
    m.first_at as event_at,  -- The first purchase (UTC).
from months as m
left join active as b on b.customer_id = m.customer_id and b.month_on = m.month_on
where m.month_on <= m.as_of_on
