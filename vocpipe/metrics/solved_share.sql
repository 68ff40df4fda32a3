-- The company's own record of its tickets: share that it marked solved or closed. One row per ticket with a known
-- state. Belongs to the time of solving, a ticket that is not solved to the time of opening, as in ticket_csat.
-- unit: share
-- direction: up
-- grain: conversation
-- method: wilson
-- timing: flow
-- version: 1
with
    conversations as (
        select *
        from marts.conversations
        where status is not null
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
    case when status in ('solved', 'closed') then 1 else 0 end as numerator,  -- 1 when marked solved.
    1 as denominator,  -- One ticket.
    coalesce(solved_at, created_at) as event_at,  -- When it was solved (UTC).
from conversations
