-- The records that are compared, with how much each of their terms says.
-- One row per compared record.
with

bits as (

    select * from terms

)

select
    traits.*,  -- As in traits.
    coalesce(given.bits, 0) as given_bits,  -- Evidence of the given name, in bits.
    coalesce(given.count_persons, 1) as count_given,  -- Number of persons with this spelling of the given name.
    coalesce(given.is_known, false) as is_known,  -- Whether rare spellings can be told from common ones.
    coalesce(family.bits, 0) as family_bits,  -- Evidence of the family name.
    coalesce(birth.bits, 0) as birth_bits,  -- Evidence of the birth date.
    coalesce(town.bits, 0) as town_bits,  -- Evidence of the town.
    coalesce(postcode.bits, 0) as postcode_bits,  -- Evidence of the postcode.
    coalesce(street.bits, 0) as street_bits,  -- Evidence of street and number.
from traits
left join bits as given on given.field = 'given' and traits.given = given.term
left join bits as family on family.field = 'family' and traits.family = family.term
left join bits as birth on birth.field = 'birth' and cast(traits.birth_on as varchar) = birth.term
left join bits as town on town.field = 'town' and traits.town = town.term
left join bits as postcode on postcode.field = 'postcode' and traits.postcode = postcode.term
left join bits as street on street.field = 'street' and traits.street = street.term
