-- How the two records of a pair compare, column by column, and how much each term says.
-- One row per pair of records.
with

straight as materialized (

    select
        pairs.node_a,
        pairs.node_b,
        a.is_customer and b.is_customer as is_within,
        name_level(a.given, b.given) as given_level,
        name_level(a.family, b.family) as family_level,
        date_level(a.birth, b.birth) as birth_level,
        place_level(a.town, b.town) as town_level,
        place_level(a.postcode, b.postcode) as postcode_level,
        place_level(a.street, b.street) as street_level,
        email_level(a.mailbox, a.domain, b.mailbox, b.domain) as email_level,
        least(a.given_bits, b.given_bits) as given_bits,
        least(a.family_bits, b.family_bits) as family_bits,
        least(a.birth_bits, b.birth_bits) as birth_bits,
        least(a.town_bits, b.town_bits) as town_bits,
        least(a.postcode_bits, b.postcode_bits) as postcode_bits,
        least(a.street_bits, b.street_bits) as street_bits,
        -- One of two spellings is hardly ever seen: a typing error, not another name.
        a.is_known and (
            least(a.count_given, b.count_given) <= 3
            or least(a.count_given, b.count_given) * 100 <= greatest(a.count_given, b.count_given)
        ) as is_odd_spelling,
        -- Given and family name change places, also where the other name is new or spoilt.
        not (a.given = b.given or a.family = b.family)
            and coalesce(name_level(a.given, b.family) in ('same', 'slip', 'near'), false) as is_given_moved,
        not (a.given = b.given or a.family = b.family)
            and coalesce(name_level(a.family, b.given) in ('same', 'slip', 'near'), false) as is_family_moved,
    from pairs
    inner join profiles as a on pairs.node_a = a.node
    inner join profiles as b on pairs.node_b = b.node

)

select
    node_a,  -- The record with the smaller number.
    node_b,  -- The other one.
    is_within,  -- Whether both are customer records.
    given_level,  -- same, slip, near, initial, part, like or other; null: one of them is not known.
    family_level,  -- The same for the family name.
    birth_level,  -- same, slip (one digit, two neighbours, day and month swapped) or other.
    town_level,  -- same, near, part, like or other.
    postcode_level,  -- The same for the postcode.
    street_level,  -- The same for street and number.
    email_level,  -- same, near or other.
    given_bits,  -- What it says that both have this given name: of the commoner spelling.
    family_bits,  -- The same for the family name.
    birth_bits,  -- The same for the birth date.
    town_bits,  -- The same for the town.
    postcode_bits,  -- The same for the postcode.
    street_bits,  -- The same for the street.
    is_odd_spelling,  -- Whether one of the given names is a spelling that hardly anybody has.
    coalesce(given_level, 'other') in ('like', 'other') and coalesce(family_level, 'other') in ('like', 'other')
        as is_named_anew,  -- Whether neither name is alike where it stands.
    is_named_anew and is_given_moved and is_family_moved as is_swapped,  -- Whether the names have changed places.
    is_named_anew and is_given_moved <> is_family_moved
        as is_half_swapped,  -- Whether one name has changed places and the other is another one.
from straight
