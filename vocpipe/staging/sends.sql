-- Messages of marketing to single customers, as the campaign tool tells of them; one that was never sent is none.
-- One row per message and customer.
select
    r.source,  -- Source in the settings.
    s.send_id,  -- The vendor's id of the message.
    s.campaign,  -- What it was sent for.
    s.channel,  -- email, sms and so on; null: not said.
    s.account_id,  -- Customer in the customer record; null: named by the address only.
    s.email,  -- Address that it was sent to.
    s.phone,  -- Number that it was sent to.
    s.status,  -- The last that is known of it: sent, delivered, opened, clicked, bounced and so on.
    s.status <> 'bounced' as is_delivered,  -- It did not come back: response rates count these.
    s.sent_at,  -- When it was sent (UTC).
    r.known_at,  -- From when the company could know of it (UTC).
    r.loaded_at,  -- When it was loaded (UTC).
from conformed.sends as s
inner join staging.records as r on s.row_id = r.row_id
where r.reason is null
