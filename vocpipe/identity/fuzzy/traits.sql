-- The records that are compared: customer records with a name, others with a whole name and an e-mail address.
-- One row per record that is compared.
with

records as (

    select * from identity.compared_records

),

-- Who writes from a customer's very address is the business of the exact rules.
addresses as (

    select distinct mailbox, domain from records where is_customer and mailbox is not null

),

compared as (

    select records.*
    from records
    left join addresses
        on not records.is_customer and records.mailbox = addresses.mailbox and records.domain = addresses.domain
    where addresses.mailbox is null

)

select
    row_number() over (order by source, record_id) - 1 as node,  -- Number of the record in this run.
    source,  -- Source of the record.
    record_id,  -- Id of the record.
    is_customer,  -- Whether it is a customer record; others are compared with customer records only.
    given,  -- Given name.
    family,  -- Family name.
    birth_on,  -- Birth date.
    strftime(birth_on, '%Y%m%d') as birth,  -- The same as eight digits.
    town,  -- Home town.
    postcode,  -- Postcode, without blanks.
    street,  -- Street and number.
    mailbox,  -- E-mail address before the at sign.
    domain,  -- E-mail address behind it.
    translate(mailbox, 'abcdefghijklmnopqrstuvwxyz._-', '') as digits,  -- Its digits: the mailbox without letters, dots and dashes.
from compared
