-- Messages of marketing with the customer whom they reached, by account, else by address. One row per message.
with sends as (

    select
        *,
        regexp_replace(lower(trim(email)), '[+][^@]*@', '@', 'g') as folded_email,
    from staging.sends

),

held as (

    select identifiers.identifier_type, identifiers.identifier, links.customer_id
    from identity.identifiers as identifiers
    inner join identity.links as links
        on identifiers.source = links.source and identifiers.record_id = links.record_id
    where identifiers.identifier_type in ('account_id', 'email', 'phone') and not coalesce(identifiers.is_role, false)

),

-- An address that several customers share tells nobody.
owned as (

    select identifier_type, identifier, min(customer_id) as customer_id
    from held
    group by identifier_type, identifier
    having count(distinct customer_id) = 1

)

select
    sends.source,  -- Source in the settings.
    sends.send_id,  -- The vendor's id of the message.
    sends.campaign,  -- What it was sent for.
    sends.channel,  -- email, sms and so on; null: not said.
    coalesce(accounts.customer_id, emails.customer_id, phones.customer_id) as customer_id,  -- Whom it was sent to; null: not resolved.
    sends.status,  -- The last that is known of it.
    sends.is_delivered,  -- It did not come back.
    sends.sent_at,  -- When it was sent (UTC).
    sends.known_at,  -- From when the company could know of it (UTC).
from sends
left join owned as accounts on accounts.identifier_type = 'account_id' and sends.account_id = accounts.identifier
left join owned as emails on emails.identifier_type = 'email' and sends.folded_email = emails.identifier
left join owned as phones on phones.identifier_type = 'phone' and sends.phone = phones.identifier
