-- The pairs worth comparing: customer records with a key in common that not too many have, and other records beside the
-- customer records of the same name whose e-mail address is alike.
-- One row per pair of records.
with

shared as (

    select key from keys group by key having count(*) between 2 and getvariable('crowd')

),

held as (

    select * from keys where key in (select key from shared)

),

found as (

    select a.node as node_a, b.node as node_b from held as a inner join held as b on a.key = b.key and a.node < b.node
    union all
    select least(a.node, b.node), greatest(a.node, b.node)
    from profiles as a
    inner join profiles as b on a.given = b.given and a.family = b.family
    where a.is_customer and not b.is_customer and (a.domain = b.domain or a.mailbox = b.mailbox)
        and email_level(a.mailbox, a.domain, b.mailbox, b.domain) = 'near'

),

once as (

    select distinct node_a, node_b from found

)

select
    node_a,  -- The record with the smaller number.
    node_b,  -- The other one.
    a.print as print_a,  -- Fingerprint of the first.
    b.print as print_b,  -- Fingerprint of the other.
from once
inner join profiles as a on once.node_a = a.node
inner join profiles as b on once.node_b = b.node
-- Where no name is the same, one at least must be alike, straight or swapped.
where a.given = b.given or a.family = b.family or a.given = b.family or a.family = b.given
    or greatest(
        coalesce(jaro_winkler_similarity(a.given, b.given), 0),
        coalesce(jaro_winkler_similarity(a.family, b.family), 0),
        coalesce(jaro_winkler_similarity(a.given, b.family), 0),
        coalesce(jaro_winkler_similarity(a.family, b.given), 0)
    ) >= 0.75
