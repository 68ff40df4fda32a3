-- Customers in distress whom marketing should leave alone for now: a fresh detractor, a negative ticket that is not
-- solved, a fresh negative text elsewhere. Only customers whom marketing may write to at all.
-- One row per customer and reason.
with customers as (

    select * from marts.customers where has_marketing_consent is distinct from false

),

detractors as (

    select
        customer_id,
        'detractor' as reason,
        interaction_id as evidence,
        occurred_at as starts_at,
        occurred_at + to_days(cast(getvariable('detractor_days') as integer)) as expires_at,
    from marts.responses
    where metric = 'nps' and score <= 6 and superseded_at is null

),

-- A ticket is released when it is solved; until then there is no end.
tickets as (

    select
        conversations.customer_id,
        'unsolved negative ticket' as reason,
        conversations.interaction_id as evidence,
        conversations.created_at as starts_at,
        cast(null as timestamp) as expires_at,
    from marts.conversations as conversations
    inner join marts.interactions as interactions on conversations.interaction_id = interactions.interaction_id
    where interactions.sentiment = 'negative' and conversations.status in ('new', 'open', 'pending', 'hold')

),

texts as (

    select
        customer_id,
        'fresh negative text' as reason,
        interaction_id as evidence,
        occurred_at as starts_at,
        occurred_at + to_days(cast(getvariable('negative_days') as integer)) as expires_at,
    from marts.interactions
    where not is_solicited and channel <> 'ticket' and sentiment = 'negative'

),

signals as (

    select * from detractors
    union all
    select * from tickets
    union all
    select * from texts

),

latest as (

    select
        *,
        row_number() over (partition by customer_id, reason order by starts_at desc, evidence) as place,
    from signals
    where expires_at is null or expires_at > getvariable('as_of')

)

select
    latest.customer_id,  -- Whom to leave alone.
    latest.reason,  -- Why, in plain words.
    latest.evidence,  -- The latest interaction that says so.
    latest.starts_at,  -- From when on (UTC).
    latest.expires_at,  -- Until when (UTC); null: until the ticket is solved.
from latest
inner join customers on latest.customer_id = customers.customer_id
where latest.place = 1
