-- The company's own record of ease: share of solved tickets that took the customer one turn and no reopening. One row
-- per solved ticket. Not every vendor says whether a ticket was opened again; what is not known does not count against.
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
        where status in ('solved', 'closed') and count_turns is not null
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
    case when count_turns = 1 and coalesce(count_reopens, 0) = 0 then 1 else 0 end as numerator,  -- 1 when it was.
    1 as denominator,  -- One ticket.
    coalesce(solved_at, created_at) as event_at,  -- When it was solved (UTC).
from conversations
