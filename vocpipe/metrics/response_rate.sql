-- Response rate: share of delivered survey invitations that were answered with a finished response (AAPOR RR1). One row
-- per invitation to a known customer; who is not known cannot be seen to answer. Belongs to the time of sending. An
-- invitation is a message whose campaign has one of the words of metrics.invitations in its name (an s behind it or not); it is
-- answered by a response of the customer within 30 days and before the next invitation.
-- unit: share
-- direction: up
-- grain: invitation
-- method: wilson
-- timing: flow
-- version: 1
with
    invitations as (
        select
            *,
            lead(sent_at, 1, timestamp '9999-12-31') over (
                partition by customer_id order by sent_at, source, send_id
            ) as next_at,
        from marts.sends
        where is_delivered and customer_id is not null
            and regexp_matches(lower(campaign), concat('(^|[^a-z])(', getvariable('invitations'), ')s?([^a-z]|$)'))
    ),

    responses as (
        select customer_id, occurred_at from marts.responses
        union
        select customer_id, occurred_at from marts.interactions where channel = 'survey'
    ),

    answered as (
        select distinct i.source, i.send_id
        from invitations as i
        join responses as r on r.customer_id = i.customer_id
        where r.occurred_at >= i.sent_at
            and r.occurred_at < i.next_at
            and r.occurred_at < i.sent_at + interval 30 day
    )

select
    i.send_id as event_id,  -- The invitation counted.
    i.customer_id,  -- Who was invited.
    i.channel,  -- How: email, sms and so on.
    case when a.send_id is not null then 1 else 0 end as numerator,  -- 1 when it was answered.
    1 as denominator,  -- One invitation.
    i.sent_at as event_at,  -- When it was sent (UTC).
from invitations as i
left join answered as a on a.source = i.source and a.send_id = i.send_id
