-- Every identifier of a person's record in its normal form, or the reason why it cannot be used.
-- One row per source, record, identifier type and normal form (or reason).
with

written as (

    select
        source,
        record_id,
        identifier_type,
        identifier as raw,
        trim(identifier, chr(9) || chr(10) || chr(13) || chr(32) || chr(160)) as trimmed,
    from written_identifiers

),

parted as (

    select
        written.*,
        lower(trimmed) as folded,
        split_part(split_part(lower(trimmed), '@', 1), '+', 1) as box,
        split_part(lower(trimmed), '@', 2) as domain,
        -- Domains under which a provider delivers to the same mailboxes, and what it ignores in their names.
        case
            when domain = 'googlemail.com' then 'gmail.com' when domain in ('me.com', 'mac.com') then 'icloud.com'
            when domain in ('protonmail.com', 'protonmail.ch', 'pm.me') then 'proton.me'
            when domain in ('ya.ru', 'yandex.com', 'yandex.by', 'yandex.kz', 'yandex.ua') then 'yandex.ru'
            else domain
        end as provider,
        case provider
            when 'gmail.com' then replace(box, '.', '')
            when 'proton.me' then regexp_replace(box, '[._-]', '', 'g')
            when 'yandex.ru' then replace(box, '.', '-')
            else box
        end as mailbox,
        lower(trimmed) in ('n/a', 'na', 'none', 'null', 'nil', 'nan', 'unknown', 'anonymous', '-', '--', '.', '?', '0')
            as is_placeholder,
    from written
    where trimmed <> ''

),

formed as (

    -- The tag after a plus sign is the owner's own label.
    select
        parted.*,
        case
            when identifier_type in ('account_id', 'birth') then trimmed
            when identifier_type = 'phone' then phones.e164
            when identifier_type = 'email' then mailbox || '@' || provider
            when identifier_type = 'handle'
                then rtrim(ltrim(regexp_replace(folded, '^(https?://)?(www[.])?(twitter|x)[.]com/', ''), '@'), '/')
        end as form,
    from parted
    left join identity.phones as phones
        on parted.raw = phones.raw and parted.identifier_type = 'phone' and phones.region = getvariable('phone_region')

),

judged as (

    select
        formed.*,
        case
            when is_placeholder or identifier_type = 'email' and mailbox
                in ('none', 'na', 'null', 'unknown', 'noemail', 'no-email', 'no.email', 'nomail', 'test', 'xxx')
                then 'a placeholder, not an identifier'
            when identifier_type = 'phone' and form is null then 'not a possible phone number'
            when form is null then 'an unknown type of identifier'
            when identifier_type = 'email'
                and not (regexp_matches(form, '^[^@ ]+@[^@ ]+[.][^@ .]+$') and regexp_matches(folded, '^[^@]+@[^@]+$'))
                then 'not an e-mail address'
            when identifier_type = 'birth'
                and (trimmed < '1900-01-02' or split_part(trimmed, '|', 1) in ('1901-01-01', '1970-01-01'))
                then 'a birth date that means not known'
            when identifier_type = 'handle' and not regexp_matches(form, '^[^ @/]+$') then 'not a handle'
        end as reason,
    from formed

)

select distinct
    source as source,  -- The source that the record came from.
    record_id as record_id,  -- The source's own id of the person's record.
    identifier_type as identifier_type,  -- account_id, email, phone, handle or birth.
    case when reason is null then form end as identifier,  -- The normal form; null where unusable.
    reason as reason,  -- Why it cannot be used; null where usable.
from judged
