-- The customer as one recognised person over all channels: record, voice and purchases.
-- One row per resolved person; beside these columns one for each declared segment.
with records as (

    select customer_id, count(*) as count_records
    from identity.links
    where person_kind = 'customer_record'
    group by customer_id

),

-- Which of several records counts is decided there.
attributes as (

    select
        customer_id,
        max(case when attribute = 'has_marketing_consent' then value end) as has_marketing_consent,
        max(case when attribute = 'signed_up_on' then value end) as signed_up_on,
    from facts.customer_attributes
    where valid_to is null and attribute in ('has_marketing_consent', 'signed_up_on')
    group by customer_id

),

answers as (

    select * from facts.customer_answers

),

voices as (

    select * from facts.customer_voices

),

purchases as (

    select * from facts.customer_purchases

)

select
    records.customer_id,  -- The person; a pseudonym keyed by a secret of this project.
    cast(attributes.has_marketing_consent as boolean) as has_marketing_consent,  -- Marketing may write: no, where any of the records says no (or as the settings say); null: not said.
    records.count_records,  -- Records of the customer record that belong to this person.
    answers.nps_latest,  -- Latest likelihood to recommend, 0 to 10.
    answers.csat_latest,  -- Latest satisfaction.
    answers.ces_latest,  -- Latest ease, 1 to 7, high is good.
    voices.sentiment_30d,  -- Mean sentiment score of the last 30 days before the as-of time.
    voices.sentiment_90d,  -- The same over 90 days.
    coalesce(voices.count_interactions, 0) as count_interactions,  -- Turns on all channels.
    coalesce(voices.count_surveys, 0) as count_surveys,  -- Turns in surveys.
    coalesce(voices.count_tweets, 0) as count_tweets,  -- Tweets.
    coalesce(voices.count_tickets, 0) as count_tickets,  -- Turns in tickets.
    voices.preferred_channel,  -- Channel of most turns; of equals the one used last.
    coalesce(purchases.orders, 0) as orders,  -- Orders that were not cancelled.
    purchases.revenue,  -- Amount paid and kept; null where there are several currencies.
    cast(getvariable('as_of') as date) - cast(purchases.last_order_at as date) as recency_days,  -- Days from the last purchase to the as-of time.
    purchases.purchase_days - 1 as frequency,  -- Repeat purchases: days with a purchase after the first.
    cast(getvariable('as_of') as date) - cast(purchases.first_order_at as date) as tenure_days,  -- Days from the first purchase to the as-of time (T).
    purchases.purchase_days >= 2 as is_repeat,  -- Bought on two days or more; null: never bought.
    cast(getvariable('as_of') as date) - cast(purchases.last_order_at as date) >= getvariable('churn_days') as is_churned,  -- No purchase for as many days as the settings say; null: never bought.
    cast(attributes.signed_up_on as date) as signed_up_on,  -- When the first of the records signed up (or as the settings say).
    purchases.first_order_at,  -- First purchase (UTC).
    purchases.last_order_at,  -- Last purchase (UTC).
from records
left join attributes on records.customer_id = attributes.customer_id
left join answers on records.customer_id = answers.customer_id
left join voices on records.customer_id = voices.customer_id
left join purchases on records.customer_id = purchases.customer_id
