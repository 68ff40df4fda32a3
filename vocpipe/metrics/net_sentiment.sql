-- Mean sentiment, probability of positive minus probability of negative, -1 to 1. One row per interaction with a text.
-- Always by channel: people who were asked and people who were not are never pooled.
-- unit: mean
-- direction: up
-- grain: interaction
-- method: t
-- timing: flow
-- within: channel
-- version: 1
with
    interactions as (
        select *
        from marts.interactions
        where sentiment_score is not null
    )

select
    interaction_id as event_id,  -- The interaction counted.
    customer_id,  -- Who spoke; null when unknown.
    channel,  -- Where.
    topic,  -- Main topic of what was said.
    journey_stage,  -- Stage of the journey that the topic belongs to.
    experience,  -- product, transaction or interaction.
    need,  -- meaning, value or accommodation, by the topic.
    language,  -- Language of what was said.
    sentiment_score as numerator,  -- Probability of positive minus probability of negative.
    1 as denominator,  -- One interaction.
    -1 as scale_low,  -- Surely negative.
    1 as scale_high,  -- Surely positive.
    occurred_at as event_at,  -- When it was said (UTC).
from interactions
