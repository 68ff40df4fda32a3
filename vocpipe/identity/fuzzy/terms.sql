-- How much it says that two records agree in a term, in bits: Smith is hardly evidence, a rare name is.
-- One row per column and term of the customer records.
with

customers as (

    select * from identity.compared_records where is_customer

),

-- A person's duplicates must not make a rare name look common: records that agree in names and birth date count once.
persons as (

    select distinct given, family, birth_on from customers

),

places as (

    select town, postcode, street, hash(given, family, birth_on) as person from customers

),

counted as (

    select 'given' as field, given as term, count(*) as count_persons from persons group by given
    union all
    select 'family', family, count(*) from persons group by family
    union all
    select 'birth', cast(birth_on as varchar), count(*) from persons group by birth_on
    union all
    select 'town', town, count(distinct person) from places group by town
    union all
    select 'postcode', postcode, count(distinct person) from places group by postcode
    union all
    select 'street', street, count(distinct person) from places group by street

),

-- The two that are compared do not count.
-- What a hundred persons more would add of a term that nobody else has: in a small company every name is rare, and says
-- little by it; a birth date is rare in any company.
expected as (

    select
        *,
        sum(count_persons) over (partition by field) as count_all,
        case field
            when 'birth' then 0.0125
            when 'street' then 0.05
            when 'postcode' then 0.2
            when 'town' then 1
            else 1.5
        end as background,
    from counted
    where term is not null

)

select
    field,  -- Column: given, family, birth, town, postcode or street.
    term,  -- What stands in it.
    count_persons,  -- Number of different persons who have it.
    count_all >= 500 as is_known,  -- Whether there are enough persons to tell a rare term from a common one.
    -- Rounded to half a bit, so that a few records more do not change what all the others say.
    round(-2 * log2((greatest(count_persons - 2, 0) + background) / (count_all + 100))) / 2
        as bits,  -- Evidence of agreement.
from expected
