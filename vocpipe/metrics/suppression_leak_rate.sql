-- Share of marketing messages to known customers that reached one in distress, whom marketing should have left alone.
-- One row per message that was delivered to a known customer. Distress is what was known when the message was sent.
-- unit: share
-- direction: down
-- grain: send
-- method: wilson
-- timing: flow
-- version: 1
with
    sends as (
        select *
        from marts.sends
        where is_delivered and customer_id is not null
    )

select
    concat(source, ':', send_id) as event_id,  -- The message.
    customer_id,  -- Whom it reached.
    case when is_paused then 1 else 0 end as numerator,  -- 1 when the customer was in distress.
    1 as denominator,  -- One message.
    sent_at as event_at,  -- When it was sent (UTC).
from sends
