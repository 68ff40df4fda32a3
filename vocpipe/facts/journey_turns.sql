-- What each known customer said, in order, by journey: a journey ends where journey_days (30) go by without a word.
-- One row per turn of a known customer.
with turns as (

    select
        interaction_id,
        customer_id,
        channel,
        journey_stage,
        sentiment_score,
        occurred_at,
        lag(occurred_at) over (partition by customer_id order by occurred_at, interaction_id) as before_at,
    from facts.interactions
    where customer_id is not null

),

starts as (

    select
        *,
        case
            when before_at is null or occurred_at > before_at + getvariable('journey_days') * interval 1 day then 1
            else 0
        end as is_start,
    from turns

)

select
    interaction_id,  -- The turn in marts.interactions.
    customer_id,  -- The person.
    cast(
        sum(is_start) over (
            partition by customer_id
            order by occurred_at, interaction_id
            rows between unbounded preceding and current row
        ) as integer
    ) as journey_no,  -- Number of the journey among those of the customer, from 1.
    channel,  -- Where it was said.
    journey_stage,  -- Stage of the journey; null: the topic has none.
    sentiment_score,  -- −1 to 1; null: nothing that can be scored.
    occurred_at,  -- When it was said (UTC).
from starts
