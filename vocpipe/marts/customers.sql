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
    relationships.relationship_stage,  -- new, active, loyal, lapsing or lost (docs/loyalty.md); null: never bought and no contract.
    coalesce(purchases.orders, 0) as orders,  -- Orders that were not cancelled.
    purchases.currency,  -- Currency of the amounts; null where there are several.
    purchases.revenue,  -- Amount paid and kept; null where there are several currencies.
    purchases.recency_days,  -- Days from the last purchase to the as-of time.
    purchases.frequency,  -- Repeat purchases: days with a purchase after the first.
    purchases.tenure_days,  -- Days from the first purchase to the as-of time (T).
    purchases.monetary_value,  -- Mean amount of the repeat purchases; null: there is none, or several currencies.
    rfm.rfm_recency,  -- 1 to 5: how recently the customer bought; equal values share a score.
    rfm.rfm_frequency,  -- 1 to 5: on how many days.
    rfm.rfm_monetary,  -- 1 to 5: for how much; null where there are several currencies.
    rfm.rfm,  -- The three scores side by side, such as 545.
    purchases.purchase_days >= 2 as is_repeat,  -- Bought on two days or more; null: never bought.
    purchases.recency_days >= getvariable('churn_days') as is_churned,  -- No purchase for as many days as the settings say; null: never bought.
    contracts.is_ended as is_contract_ended,  -- The customer record says that the contract has ended; null: it does not tell.
    chances.p_alive,  -- Probability that the customer still buys (BG/NBD); null: never bought, or the model is refused.
    chances.is_p_alive_by_construction,  -- p_alive is 1 because the customer bought once only, which says nothing.
    chances.expected_orders,  -- Days with a purchase expected within horizon_days (90).
    chances.expected_value,  -- Amount expected within horizon_days, in the customer's currency (Gamma-Gamma).
    chances.refused_because as value_refused_because,  -- Why orders or amounts have no expectation; null: they have.
    cast(attributes.signed_up_on as date) as signed_up_on,  -- When the first of the records signed up (or as the settings say).
    purchases.first_order_at,  -- First purchase (UTC).
    purchases.last_order_at,  -- Last purchase (UTC).
from records
left join attributes on records.customer_id = attributes.customer_id
left join facts.customer_answers as answers on records.customer_id = answers.customer_id
left join facts.customer_voices as voices on records.customer_id = voices.customer_id
left join facts.customer_purchases as purchases on records.customer_id = purchases.customer_id
left join facts.customer_rfm as rfm on records.customer_id = rfm.customer_id
left join facts.customer_contracts as contracts on records.customer_id = contracts.customer_id
left join facts.customer_relationships as relationships on records.customer_id = relationships.customer_id
left join scores.customer_value as chances on records.customer_id = chances.customer_id
