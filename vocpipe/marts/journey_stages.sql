-- The stages of each journey of a customer, as told on all channels (see marts.journeys).
-- One row per journey and stage.
with turns as (

    select
        *,
        row_number() over (
            partition by customer_id, journey_no, journey_stage
            order by
                case when sentiment_score is null then 1 else 0 end,
                abs(sentiment_score) desc, sentiment_score, occurred_at desc, interaction_id desc
        ) as from_extreme,
        row_number() over (
            partition by customer_id, journey_no, journey_stage
            order by case when sentiment_score is null then 1 else 0 end, occurred_at desc, interaction_id desc
        ) as from_last,
    from facts.journey_turns
    where journey_stage is not null

),

stages as (

    select
        customer_id,
        journey_no,
        journey_stage,
        count(*) as count_interactions,
        cast(sum(cast(sentiment_score as decimal(9, 6))) as double) / count(sentiment_score) as stage_score,
        max(case when from_extreme = 1 then sentiment_score end) as most_extreme_score,
        max(case when from_last = 1 then sentiment_score end) as last_score,
        min(occurred_at) as first_at,
        max(occurred_at) as last_at,
    from turns
    group by customer_id, journey_no, journey_stage

)

select
    concat(customer_id, ' ', journey_no) as journey_id,  -- The journey in marts.journeys.
    customer_id,  -- The person.
    journey_no,  -- Number of the journey among those of the customer, from 1.
    journey_stage,  -- The stage.
    count_interactions,  -- Turns about it.
    stage_score,  -- Mean sentiment score of these turns, −1 to 1; null: nothing that can be scored.
    most_extreme_score,  -- Score farthest from neutral; of equals the negative one.
    last_score,  -- Latest score.
    (most_extreme_score + last_score) / 2 as peak_end,  -- Peak and end: mean of most extreme and last.
    first_at,  -- First turn about it (UTC).
    last_at,  -- Last turn about it (UTC).
from stages
