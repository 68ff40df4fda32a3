-- Customer turns in tickets per active customer. One row per turn (numerator) and per active customer and period
-- (denominator). Active is who ordered or spoke in the 365 days before the period's end. Turns of people who are not
-- linked to a customer count too; coverage says how many of the turns are linked.
-- unit: turns per customer
-- direction: down
-- grain: customer
-- method: poisson_byar
-- timing: stock
-- version: 1
with
    interactions as (select * from marts.interactions),

    orders as (select * from marts.orders),

    turns as (
        select
            i.interaction_id as event_id,
            i.customer_id,
            c.period_no,
            i.occurred_at as event_at,
        from interactions as i
        join calendar as c on i.occurred_at >= c.starts_at and i.occurred_at < c.ends_at
        where i.channel = 'ticket'
    ),

    activity as (
        select customer_id, occurred_at as active_at from interactions where customer_id is not null
        union
        select customer_id, ordered_at as active_at from orders where customer_id is not null
    ),

    spells as (
        select
            customer_id,
            active_at,
            lead(active_at, 1, timestamp '9999-12-31') over (partition by customer_id order by active_at) as next_at,
        from activity
    ),

    active_customers as (
        select
            s.customer_id,
            c.period_no,
        from spells as s
        join calendar as c on s.active_at < c.ends_at and s.next_at >= c.ends_at
        where s.active_at >= c.ends_at - interval 365 day
    ),

    counted as (
        select event_id, customer_id, 1 as numerator, 0 as denominator, period_no, event_at from turns
        union all
        select customer_id, customer_id, 0, 1, period_no, null from active_customers
    )

select
    event_id,  -- The turn, or the active customer.
    customer_id,  -- The customer; null for a turn of somebody unknown.
    numerator,  -- 1 for a turn.
    denominator,  -- 1 for an active customer.
    period_no,  -- The period.
    event_at,  -- When the turn was (UTC): the customer's attributes of then count; null: those of the period's end.
from counted
