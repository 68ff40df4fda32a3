-- First-contact resolution: share of solved tickets that were not opened again, in which the customer said no more than
-- thanks after the first reply, and whose customer opened no other ticket on the topic from then until 7 days after the
-- solving. One row per solved ticket. Belongs to the time of the last solving. Where the desk tells of no reply, every
-- turn after the opening counts; a ticket of somebody unknown, or on no known topic, cannot be seen to come again.
-- unit: share
-- direction: up
-- grain: conversation
-- method: wilson
-- timing: flow
-- version: 1
with
    conversations as (select * from marts.conversations),

    turns as (
        select *
        from marts.interactions
        where channel = 'ticket' and coalesce(actionability, '') not in ('praise', 'not_meaningful')
    ),

    solved as (
        select
            *,
            created_at + coalesce(first_reply_minutes, 0) * interval 1 minute as replied_at,
        from conversations
        where status in ('solved', 'closed') and solved_at is not null
    ),

    asked_more as (
        select distinct s.source, s.conversation_id
        from solved as s
        join turns as t on t.source = s.source and t.conversation_id = s.conversation_id
        where t.occurred_at > s.replied_at
    ),

    came_again as (
        select distinct s.source, s.conversation_id
        from solved as s
        join conversations as c on c.customer_id = s.customer_id and c.topic = s.topic
        where c.topic <> 'unknown'
            and (c.source <> s.source or c.conversation_id <> s.conversation_id)
            and c.created_at > s.created_at
            and c.created_at <= s.solved_at + interval 7 day
    )

select
    s.conversation_id as event_id,  -- The ticket counted.
    s.customer_id,  -- Who opened it; null when unknown.
    'ticket' as channel,  -- Where it was opened.
    s.topic,  -- Main topic of its opening.
    s.journey_stage,  -- Stage of the journey that the topic belongs to.
    s.experience,  -- product, transaction or interaction.
    s.need,  -- meaning, value or accommodation, by the topic.
    s.segments,  -- The team that owns the ticket.
    case
        when coalesce(s.count_reopens, 0) > 0 or m.conversation_id is not null or a.conversation_id is not null then 0
        else 1
    end as numerator,  -- 1 when the first contact solved it.
    1 as denominator,  -- One ticket.
    s.solved_at as event_at,  -- When it was solved (UTC).
from solved as s
left join asked_more as m on m.source = s.source and m.conversation_id = s.conversation_id
left join came_again as a on a.source = s.source and a.conversation_id = s.conversation_id
