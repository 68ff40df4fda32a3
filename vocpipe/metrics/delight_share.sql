-- Wow moments: share of interactions whose text is strongly positive (score >= 0.7). One row per interaction
-- with a text. Always by channel: people who were asked and people who were not are never pooled.
-- unit: share
-- direction: up
-- grain: interaction
-- method: wilson
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
    language,  -- Language of the text.
    case when sentiment_score >= 0.7 then 1 else 0 end as numerator,  -- 1 when it is.
    1 as denominator,  -- One interaction.
    occurred_at as event_at,  -- When it was said (UTC).
from interactions
