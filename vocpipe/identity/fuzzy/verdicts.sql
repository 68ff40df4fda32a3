-- What is to be thought of each pair before the others are looked at: its weight, and what speaks against a link.
-- One row per pair of records that is not ruled out.
with

weighed as (

    select
        *,
        evidence_weight
            + case when is_within then getvariable('expected_weight') else getvariable('expected_guest_weight') end
            as match_weight,
        is_swapped or is_half_swapped or is_nickname or coalesce(
            given_level in ('same', 'slip', 'initial', 'part') or (given_level = 'near' and is_odd_spelling), false
        ) as is_given_alike,
        is_swapped or coalesce(family_level in ('same', 'slip', 'near', 'part'), false) as is_family_alike,
        coalesce(birth_level = 'same', false) as is_birth_same,
        home_weight >= 3 as is_home_alike,
        coalesce(street_level in ('same', 'near', 'part'), false)
            and (coalesce(postcode_level = 'same', false) or coalesce(town_level = 'same', false)) as is_house_same,
        is_swapped or (
            coalesce(given_level = 'same', false) and coalesce(family_level in ('same', 'slip', 'near'), false)
        ) as is_name_sure,
    from weights
    -- What other records share with a customer record besides is the business of the exact rules.
    where is_within or email_level = 'near'

)

select
    *,  -- As in weights, with the sum of all.
    case
        when birth_level = 'other' then 'the birth dates are a generation apart'
        when birth_level = 'near' and not (is_name_sure and is_house_same)
            then 'the birth dates differ by more than a slip'
        when birth_level = 'slip' and not is_home_alike and not (is_name_sure and home_weight >= 0)
            then 'the birth dates differ, and no home says that it is a slip'
        when is_half_swapped and not (is_birth_same and is_home_alike) then 'only one name is in common'
        when given_level = 'initial' and not is_birth_same then 'an initial may be anybody of the family'
        when given_level is not null and not is_given_alike
            then 'the given names differ: relatives, twins too, share the rest'
        when given_level is null and not (is_half_swapped or (is_birth_same and is_home_alike and is_family_alike))
            then 'a given name is missing'
        when not is_family_alike and not is_birth_same then 'no family name in common'
        when birth_level is null and not is_home_alike then 'nothing but the names speaks for one person'
    end as objection,  -- Why the records are not linked, however heavy the evidence; null: nothing speaks against it.
from weighed
where match_weight >= getvariable('unsure_weight')
