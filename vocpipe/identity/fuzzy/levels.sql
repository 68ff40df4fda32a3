-- How names and birth dates of a pair compare, and what that says in bits (see weights.sql for the model).
-- One row per pair of records of `unweighed` that can still become a candidate.
with

levels as materialized (

    select
        unweighed.*,
        a.is_customer and b.is_customer as is_within,
        name_level(a.given, b.given) as given_level,
        name_level(a.family, b.family) as family_level,
        date_level(strftime(a.birth_on, '%Y%m%d'), strftime(b.birth_on, '%Y%m%d')) as birth_level,
        least(a.given_bits, b.given_bits) as given_bits,
        least(a.family_bits, b.family_bits) as family_bits,
        least(a.birth_bits, b.birth_bits) as birth_bits,
        -- More than this no home can say (see weights.sql).
        case
            when a.town = b.town or a.postcode = b.postcode or a.street = b.street or a.mailbox = b.mailbox
                or a.domain = b.domain and digits_of(a.mailbox) = digits_of(b.mailbox) then 8
            when coalesce(a.town = b.town, a.postcode = b.postcode, a.street = b.street) is not null then 6
            else 0
        end as most_of_home,
        -- Given and family name change places, also where the other name is new or spoilt.
        case
            when a.given = b.given or a.family = b.family then false
            else coalesce(name_level(a.given, b.family) in ('same', 'slip', 'near'), false)
        end as is_given_moved,
        case
            when a.given = b.given or a.family = b.family then false
            else coalesce(name_level(a.family, b.given) in ('same', 'slip', 'near'), false)
        end as is_family_moved,
    from unweighed
    inner join profiles as a on unweighed.node_a = a.node
    inner join profiles as b on unweighed.node_b = b.node

),

moved as (

    select
        *,
        coalesce(given_level, 'other') in ('like', 'other') and coalesce(family_level, 'other') in ('like', 'other')
            as is_named_anew,
    from levels

),

weighed as materialized (

    select
        *,
        case
            when is_named_anew and is_given_moved and is_family_moved
                then least(given_bits, 9) + least(family_bits, 12) - 4
            when is_named_anew and (is_given_moved or is_family_moved) then least(given_bits, family_bits, 9) - 6
            else name_weight(given_level, given_bits, 10) + name_weight(family_level, family_bits, 13)
        end as name_weight,
        case birth_level
            when 'same' then least(birth_bits - 0.5, 13)
            when 'slip' then least(birth_bits - 3, 5)
            when 'near' then -4
            when 'other' then -6 else 0
        end as birth_weight,
    from moved

)

select
    node_a,  -- The record with the smaller number.
    node_b,  -- The other one.
    is_within,  -- Whether both are customer records.
    given_level,  -- same, slip, near, initial, part, like or other; null: one of them is not known.
    family_level,  -- The same for the family name.
    birth_level,  -- same, slip, near (less than a generation apart) or other; null: one of them is not known.
    is_named_anew and is_given_moved and is_family_moved as is_swapped,  -- Whether the names have changed places.
    is_named_anew and is_given_moved <> is_family_moved
        as is_half_swapped,  -- Whether one name has changed places and the other is another one.
    name_weight,  -- Evidence of the names, in bits.
    birth_weight,  -- Evidence of the birth dates, in bits.
from weighed
-- A nickname adds 6 bits later, see weights.sql.
where name_weight + birth_weight + most_of_home
    + case when given_level = 'other' and family_level = 'same' and birth_level = 'same' then 6 else 0 end
    >= getvariable('least_weight')
