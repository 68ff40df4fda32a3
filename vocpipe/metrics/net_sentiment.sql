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
    ),

    conversations as (
        select *
        from marts.conversations
        where segments is not null
    )

select
    i.interaction_id as event_id,  -- The interaction counted.
    i.customer_id,  -- Who spoke; null when unknown.
    i.channel,  -- Where.
    i.topic,  -- Main topic of what was said.
    i.journey_stage,  -- Stage of the journey that the topic belongs to.
    i.experience,  -- product, transaction or interaction.
    i.need,  -- meaning, value or accommodation, by the topic.
    i.language,  -- Language of what was said.
    c.segments,  -- The team that owns the ticket.
    i.sentiment_score as numerator,  -- Probability of positive minus probability of negative.
    1 as denominator,  -- One interaction.
    -1 as scale_low,  -- Surely negative.
    1 as scale_high,  -- Surely positive.
    i.occurred_at as event_at,  -- When it was said (UTC).
from interactions as i
left join conversations as c
    on i.channel = 'ticket' and c.source = i.source and c.conversation_id = i.conversation_id
