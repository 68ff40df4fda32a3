-- How the homes and e-mail addresses of a pair compare, beside the names and birth dates.
-- One row per pair that was not weighed before, as identity.weighed_pairs keeps them; those ruled out have no levels.
with

possible as (

    select
        levels.*,
        place_level(a.town, b.town, true) as town_level,
        place_level(a.postcode, b.postcode, false) as postcode_level,
        place_level(a.street, b.street, true) as street_level,
        email_level(a.mailbox, a.domain, b.mailbox, b.domain) as email_level,
        least(a.town_bits, b.town_bits) as town_bits,
        least(a.postcode_bits, b.postcode_bits) as postcode_bits,
        least(a.street_bits, b.street_bits) as street_bits,
    from levels
    inner join profiles as a on levels.node_a = a.node
    inner join profiles as b on levels.node_b = b.node

)

select
    unweighed.print_a,  -- Fingerprint of the first record.
    unweighed.print_b,  -- Fingerprint of the other.
    possible.* exclude (node_a, node_b),  -- As in levels, with those of the homes and the evidence of each part.
from unweighed
left join possible on unweighed.node_a = possible.node_a and unweighed.node_b = possible.node_b
