-- Journeys of customers over all channels: what one said until journey_days (30) went by without a word. How it was as
-- a whole is told by its peak and its end. One row per journey of a known customer.
with turns as (

    select
        *,
        row_number() over (
            partition by customer_id, journey_no
            order by
                case when sentiment_score is null then 1 else 0 end,
                abs(sentiment_score) desc, sentiment_score, occurred_at desc, interaction_id desc
        ) as from_extreme,
        row_number() over (
            partition by customer_id, journey_no
            order by case when sentiment_score is null then 1 else 0 end, occurred_at desc, interaction_id desc
        ) as from_last,
        row_number() over (
            partition by customer_id, journey_no
            order by case when journey_stage is null then 1 else 0 end, occurred_at, interaction_id
        ) as from_first_stage,
        row_number() over (
            partition by customer_id, journey_no
            order by case when journey_stage is null then 1 else 0 end, occurred_at desc, interaction_id desc
        ) as from_last_stage,
    from facts.journey_turns

),

journeys as (

    select
        customer_id,
        journey_no,
        count(*) as count_interactions,
        count(distinct channel) as count_channels,
        count(distinct journey_stage) as count_stages,
        max(case when from_first_stage = 1 then journey_stage end) as first_stage,
        max(case when from_last_stage = 1 then journey_stage end) as last_stage,
        cast(sum(cast(sentiment_score as decimal(9, 6))) as double) / count(sentiment_score) as mean_score,
        max(case when from_extreme = 1 then sentiment_score end) as most_extreme_score,
        max(case when from_last = 1 then sentiment_score end) as last_score,
        min(occurred_at) as started_at,
        max(occurred_at) as ended_at,
    from turns
    group by customer_id, journey_no

)

select
    concat(customer_id, ' ', journey_no) as journey_id,  -- The journey.
    customer_id,  -- The person.
    journey_no,  -- Number of the journey among those of the customer, from 1.
    count_interactions,  -- Turns.
    count_channels,  -- Different channels.
    count_stages,  -- Different stages.
    first_stage,  -- Stage that was spoken of first; null: no topic had one.
    last_stage,  -- Stage that was spoken of last.
    mean_score,  -- Mean sentiment score, −1 to 1; null: nothing that can be scored.
    most_extreme_score,  -- Score farthest from neutral; of equals the negative one.
    last_score,  -- Latest score.
    (most_extreme_score + last_score) / 2 as peak_end,  -- Peak and end: mean of most extreme and last.
    ended_at + getvariable('journey_days') * interval 1 day >= getvariable('as_of') as is_open,  -- May still go on.
    started_at,  -- First turn (UTC).
    ended_at,  -- Last turn (UTC).
from journeys
