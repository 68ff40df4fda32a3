-- Median calendar minutes from opening to the last solving. One row per ticket that is solved or closed.
-- Belongs to the time of solving.
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
        where status in ('solved', 'closed') and solved_at is not null and resolution_minutes is not null
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
    resolution_minutes as numerator,  -- Minutes to the solution.
    1 as denominator,  -- One ticket.
    solved_at as event_at,  -- When it was solved (UTC).
from conversations
