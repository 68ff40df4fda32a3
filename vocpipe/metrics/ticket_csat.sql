-- Share of tickets rated good, of those rated good or bad (offered and not offered are no answers). One row per rated
-- ticket. Belongs to the time of solving; a ticket that was rated and is open again belongs to the time of opening.
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
        where rating in ('good', 'bad')
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
    case when rating = 'good' then 1 else 0 end as numerator,  -- 1 when rated good.
    1 as denominator,  -- One ticket.
    coalesce(solved_at, created_at) as event_at,  -- When it was solved (UTC).
from conversations
