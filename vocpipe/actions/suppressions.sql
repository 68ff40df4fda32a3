-- Customers in distress whom marketing should leave alone for now, and why. Who has not agreed to marketing at all is not
-- on the list: he is not to be written to anyway, in distress or not. One row per customer and reason.
with signals as (

    select *
    from marts.distress
    where starts_at < getvariable('as_of') and (expires_at is null or expires_at > getvariable('as_of'))

),

customers as (

    select customer_id from marts.customers where has_marketing_consent is distinct from false

),

latest as (

    select
        *,
        row_number() over (partition by customer_id, reason order by starts_at desc, interaction_id) as place,
        min(starts_at) over (partition by customer_id, reason) as paused_from,
        max(coalesce(expires_at, timestamp '9999-12-31')) over (partition by customer_id, reason) as paused_to,
    from signals

)

select
    latest.customer_id,  -- Whom to leave alone.
    latest.reason,  -- Why, in plain words.
    latest.interaction_id as evidence,  -- The latest interaction that says so.
    latest.paused_from as starts_at,  -- From when on the company could know it (UTC).
    nullif(latest.paused_to, timestamp '9999-12-31') as expires_at,  -- Until when (UTC); null: until the ticket is solved.
from latest
inner join customers on latest.customer_id = customers.customer_id
where latest.place = 1
