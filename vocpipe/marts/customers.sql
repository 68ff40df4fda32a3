-- The customer as one recognised person over all channels: record, voice and purchases.
-- One row per resolved person; beside these columns one for each declared segment.
with records as (

    select
        links.customer_id,
        min(persons.signed_up_on) as signed_up_on,
        min(case when persons.has_marketing_consent then 1 when not persons.has_marketing_consent then 0 end)
            as least_consent,
        count(*) as count_records,
    from staging.persons as persons
    inner join identity.links as links on persons.source = links.source and persons.record_id = links.record_id
    where persons.person_kind = 'customer_record'
    group by links.customer_id

),

answers as (

    select
        customer_id,
        metric,
        score,
        row_number() over (
            partition by customer_id, metric order by occurred_at desc, loaded_at desc, response_id desc
        ) as place,
    from facts.responses
    where customer_id is not null and superseded_at is null

),

latest as (

    select
        customer_id,
        max(case when metric = 'nps' then score end) as nps_latest,
        max(case when metric = 'csat' then score end) as csat_latest,
        max(case when metric = 'ces' then score end) as ces_latest,
    from answers
    where place = 1
    group by customer_id

),

voice as (

    select
        customer_id,
        count(*) as count_interactions,
        sum(case when channel = 'survey' then 1 else 0 end) as count_surveys,
        sum(case when channel = 'tweet' then 1 else 0 end) as count_tweets,
        sum(case when channel = 'ticket' then 1 else 0 end) as count_tickets,
        avg(case when occurred_at >= getvariable('as_of') - interval 30 day then sentiment_score end) as sentiment_30d,
        avg(case when occurred_at >= getvariable('as_of') - interval 90 day then sentiment_score end) as sentiment_90d,
    from facts.interactions
    where customer_id is not null
    group by customer_id

),

channels as (

    select
        customer_id,
        channel,
        row_number() over (
            partition by customer_id order by count(*) desc, max(occurred_at) desc, channel
        ) as place,
    from facts.interactions
    where customer_id is not null
    group by customer_id, channel

),

purchases as (

    select
        customer_id,
        count(*) as orders,
        count(distinct cast(ordered_at as date)) as purchase_days,
        case when count(distinct currency) = 1 then sum(paid_amount) end as revenue,
        min(ordered_at) as first_order_at,
        max(ordered_at) as last_order_at,
    from facts.orders
    where customer_id is not null and not is_cancelled
    group by customer_id

)

select
    records.customer_id,  -- The person; a pseudonym keyed by a secret of this project.
    case records.least_consent when 1 then true when 0 then false end as has_marketing_consent,  -- Marketing may write: no, where any of the records says no; null: not said.
    records.count_records,  -- Records of the customer record that belong to this person.
    latest.nps_latest,  -- Latest likelihood to recommend, 0 to 10.
    latest.csat_latest,  -- Latest satisfaction.
    latest.ces_latest,  -- Latest ease, 1 to 7, high is good.
    voice.sentiment_30d,  -- Mean sentiment score of the last 30 days before the as-of time.
    voice.sentiment_90d,  -- The same over 90 days.
    coalesce(voice.count_interactions, 0) as count_interactions,  -- Turns on all channels.
    coalesce(voice.count_surveys, 0) as count_surveys,  -- Turns in surveys.
    coalesce(voice.count_tweets, 0) as count_tweets,  -- Tweets.
    coalesce(voice.count_tickets, 0) as count_tickets,  -- Turns in tickets.
    channels.channel as preferred_channel,  -- Channel of most turns; of equals the one used last.
    coalesce(purchases.orders, 0) as orders,  -- Orders that were not cancelled.
    purchases.revenue,  -- Amount paid and kept; null where there are several currencies.
    cast(getvariable('as_of') as date) - cast(purchases.last_order_at as date) as recency_days,  -- Days from the last purchase to the as-of time.
    purchases.purchase_days - 1 as frequency,  -- Repeat purchases: days with a purchase after the first.
    cast(getvariable('as_of') as date) - cast(purchases.first_order_at as date) as tenure_days,  -- Days from the first purchase to the as-of time (T).
    purchases.purchase_days >= 2 as is_repeat,  -- Bought on two days or more; null: never bought.
    cast(getvariable('as_of') as date) - cast(purchases.last_order_at as date) >= getvariable('churn_days') as is_churned,  -- No purchase for as many days as the settings say; null: never bought.
    records.signed_up_on,  -- When the first of the records signed up.
    purchases.first_order_at,  -- First purchase (UTC).
    purchases.last_order_at,  -- Last purchase (UTC).
from records
left join latest on records.customer_id = latest.customer_id
left join voice on records.customer_id = voice.customer_id
left join channels on records.customer_id = channels.customer_id and channels.place = 1
left join purchases on records.customer_id = purchases.customer_id
