-- At which stage the company's relationship with each customer is. One row per customer who bought or has a contract.
-- The first rule that holds counts. lost: the contract has ended, or no purchase for churn_days. lapsing: none for
-- lapse_days. new: the first purchase less than new_days ago. loyal: loyal_purchases days with a purchase within
-- loyal_within_days. active: all others. (The days are settings: docs/loyalty.md.)
with purchases as (

    select * from facts.customer_purchases

),

contracts as (

    select * from facts.customer_contracts

),

known as (

    select
        coalesce(purchases.customer_id, contracts.customer_id) as customer_id,
        coalesce(contracts.is_ended, false) as is_ended,
        purchases.recency_days,
        purchases.tenure_days,
        purchases.recent_purchases,
    from purchases
    full join contracts on purchases.customer_id = contracts.customer_id

)

select
    customer_id,  -- The person.
    case
        when is_ended or recency_days >= getvariable('churn_days') then 'lost'
        when recency_days >= getvariable('lapse_days') then 'lapsing'
        when tenure_days < getvariable('new_days') then 'new'
        when recent_purchases >= getvariable('loyal_purchases') then 'loyal'
        else 'active'
    end as relationship_stage,  -- new, active, loyal, lapsing or lost.
from known
