-- The model (Fellegi and Sunter 1969): what each agreement says for one person, and each difference against it, in bits.
-- The numbers are log2(m / u), rounded: m is how often records of one person compare like this (measured on labelled
-- pairs), u how often records of different persons do (from the frequency of the term). docs/identity-fuzzy.md has both.
-- One row per pair of records.
with

compared as (

    select * from levels

),

weighed as (

    select
        *,
        case
            when is_swapped then least(given_bits, 9) + least(family_bits, 12) - 4
            when is_half_swapped then least(given_bits, family_bits, 9) - 6
            else case given_level
                when 'same' then least(given_bits - 0.5, 10)
                when 'slip' then least(given_bits - 3, 7)
                when 'near' then least(given_bits - 4, 6)
                when 'part' then least(given_bits - 4, 5)
                when 'like' then least(given_bits - 5, 4)
                when 'initial' then 1
                when 'other' then -4
                else 0
            end + case family_level
                when 'same' then least(family_bits - 0.5, 13)
                when 'slip' then least(family_bits - 3, 9)
                when 'near' then least(family_bits - 4, 8)
                when 'part' then least(family_bits - 4, 5)
                when 'like' then least(family_bits - 5, 4)
                when 'initial' then 0
                when 'other' then -4
                else 0
            end
        end as name_weight,
        case birth_level
            when 'same' then least(birth_bits - 0.5, 13)
            when 'slip' then least(birth_bits - 3, 5)
            when 'near' then -4
            when 'other' then -6
            else 0
        end as birth_weight,
        -- Town, postcode, street and mailbox are one piece of evidence: who shares one shares the others. Relatives share
        -- names and home, so home says no more than 8 bits, and 6 where no birth date tells father and son apart.
        least(
            case when birth_level is null then 6 else 8 end,
            greatest(
                case town_level when 'same' then least(town_bits - 0.5, 6) when 'near' then least(town_bits - 2, 4)
                    when 'like' then least(town_bits - 3, 3) when 'part' then 2 when 'other' then -1 else -9 end,
                case postcode_level when 'same' then postcode_bits - 0.5 when 'near' then least(postcode_bits - 3, 6)
                    when 'like' then 2 when 'part' then 1 when 'other' then -2 else -9 end,
                case street_level when 'same' then street_bits - 0.5 when 'near' then street_bits - 2
                    when 'like' then street_bits - 4 when 'part' then street_bits - 4 when 'other' then -2 else -9 end,
                case email_level when 'same' then 8 when 'near' then 8 when 'other' then -0.5 else -9 end
            )
        ) as place_weight,
    from compared

)

select
    weighed.*,  -- As in levels, with the weight of names, birth date and home.
    name_weight + birth_weight + case when place_weight <= -9 then 0 else place_weight end
        as evidence_weight,  -- Sum of the evidence, without what was expected before it.
from weighed
