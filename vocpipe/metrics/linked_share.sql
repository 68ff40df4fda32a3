-- Share of interactions that are linked to a known customer. One row per interaction (the brand's own are none).
-- Not cut by attributes of the customer, which only linked interactions have.
-- unit: share
-- direction: up
-- grain: interaction
-- method: wilson
-- timing: flow
-- attributes: no
-- version: 1
with
    interactions as (
        select *
        from marts.interactions
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
    case when customer_id is not null then 1 else 0 end as numerator,  -- 1 when the customer is known.
    1 as denominator,  -- One interaction.
    occurred_at as event_at,  -- When it was said (UTC).
from interactions
