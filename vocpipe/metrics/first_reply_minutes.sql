-- Median calendar minutes from opening to the first reply of the team. One row per ticket that was replied to.
-- Belongs to the time of opening.
-- unit: minutes
-- direction: down
-- grain: conversation
-- method: order_statistics
-- timing: flow
-- version: 1
with
    conversations as (
        select *
        from marts.conversations
        where first_reply_minutes is not null
    )

select
    conversation_id as event_id,  -- The ticket counted.
    customer_id,  -- Who opened it; null when unknown.
    'ticket' as channel,  -- Where it was opened.
    topic,  -- Main topic of its opening.
    journey_stage,  -- Stage of the journey that the topic belongs to.
    experience,  -- product, transaction or interaction.
    need,  -- meaning, value or accommodation, by the topic.
    segments,  -- The team that owns the ticket.
    first_reply_minutes as numerator,  -- Minutes to the first reply.
    1 as denominator,  -- One ticket.
    created_at as event_at,  -- When it was opened (UTC).
from conversations
