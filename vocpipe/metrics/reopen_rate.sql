-- Share of solved tickets that were opened again, of those whose desk tells of it. One row per solved ticket.
-- Belongs to the time of the last solving.
-- unit: share
-- direction: down
-- grain: conversation
-- method: wilson
-- timing: flow
-- version: 1
with
    conversations as (
        select *
        from marts.conversations
        where status in ('solved', 'closed') and solved_at is not null and count_reopens is not null
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
    case when count_reopens > 0 then 1 else 0 end as numerator,  -- 1 when it was opened again.
    1 as denominator,  -- One ticket.
    solved_at as event_at,  -- When it was solved (UTC).
from conversations
