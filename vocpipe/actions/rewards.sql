-- Loyal customers to thank, and loyal ones who are about to be lost, by the rules of the settings. Nobody who does not
-- agree to marketing, and nobody in distress: such a one gets an answer first. One row per customer and reason.
with customers as (

    select *
    from marts.customers
    where has_marketing_consent is distinct from false
        and customer_id not in (select customer_id from actions.suppressions)

),

found as (

    select
        customer_id,
        'loyal promoter' as reason,
        concat('score ', nps_latest, ' of 10, ', frequency + 1, ' purchases') as evidence,
        revenue,
    from customers
    where nps_latest >= 9 and frequency + 1 >= getvariable('loyal_purchases') and not is_churned
    union all
    select customer_id, 'repeat buyer', concat(frequency + 1, ' purchases'), revenue
    from customers
    where frequency + 1 >= getvariable('frequent_purchases') and not is_churned
    union all
    select
        customer_id,
        'loyal, at risk',
        concat(frequency + 1, ' purchases, the last one ', recency_days, ' days ago'),
        revenue,
    from customers
    where frequency + 1 >= getvariable('loyal_purchases') and recency_days >= getvariable('at_risk_days')
        and not is_churned

)

select
    customer_id,  -- Whom to thank, or to win back.
    reason,  -- loyal promoter, repeat buyer, or loyal, at risk.
    evidence,  -- What says so, in words.
    revenue,  -- Amount paid and kept; null where there are several currencies.
    getvariable('as_of') as as_of,  -- At what time this held (UTC).
from found
