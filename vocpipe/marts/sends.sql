-- Messages of marketing to single customers, and whether the customer was in distress just then. One row per message.
with sends as (

    select * from facts.sends

),

pauses as (

    select
        sends.source,
        sends.send_id,
        min(distress.reason) as reason,
    from sends
    inner join marts.distress as distress
        on sends.customer_id = distress.customer_id
        and sends.sent_at >= distress.starts_at
        and (distress.expires_at is null or sends.sent_at < distress.expires_at)
    group by sends.source, sends.send_id

)

select
    sends.source,  -- Source in the settings.
    sends.send_id,  -- The vendor's id of the message.
    sends.campaign,  -- What it was sent for.
    sends.channel,  -- email, sms and so on; null: not said.
    sends.customer_id,  -- Whom it was sent to; null: not resolved.
    sends.status,  -- The last that is known of it.
    sends.is_delivered,  -- It did not come back.
    pauses.reason is not null as is_paused,  -- The customer was in distress when it was sent, as was known then.
    pauses.reason,  -- Why marketing should have paused; of several reasons the first by name.
    sends.sent_at,  -- When it was sent (UTC).
    sends.known_at,  -- From when the company could know of it (UTC).
from sends
left join pauses on sends.source = pauses.source and sends.send_id = pauses.send_id
