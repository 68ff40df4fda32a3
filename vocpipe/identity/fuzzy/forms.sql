-- What the records of persons say, in normal form: names and places without case, accents and punctuation.
-- One row per record with a name: customer records, and others with a whole name and an e-mail address.
with

-- A mailbox of a role says nothing of the person; of several addresses the first stands for all.
emails as (

    select source, record_id, min(identifier) as email
    from fresh_identifiers
    where identifier_type = 'email' and not is_role
    group by source, record_id

),

formed as (

    select
        records.source,
        records.record_id,
        person_kind = 'customer_record' as is_customer,
        name_form(given_name) as given,
        name_form(family_name) as family,
        -- Dates that systems write for "not known".
        case when birth_on not in (date '1900-01-01', date '1901-01-01', date '1970-01-01') then birth_on end
            as birth_on,
        name_form(town) as town,
        replace(name_form(postcode), ' ', '') as postcode,
        name_form(street) as street,
        split_part(emails.email, '@', 1) as mailbox,
        split_part(emails.email, '@', 2) as domain,
    from named_records as records
    left join emails on records.source = emails.source and records.record_id = emails.record_id

)

select
    source,  -- Source of the record.
    record_id,  -- Id of the record.
    is_customer,  -- Whether it is a customer record; others are compared with customer records only.
    given,  -- Given name.
    family,  -- Family name.
    birth_on,  -- Birth date.
    town,  -- Home town.
    postcode,  -- Postcode, without blanks.
    street,  -- Street and number.
    mailbox,  -- E-mail address before the at sign.
    domain,  -- E-mail address behind it.
from formed
where not (is_nobody(given) and is_nobody(family))
    and (is_customer or (given is not null and family is not null and mailbox is not null))
