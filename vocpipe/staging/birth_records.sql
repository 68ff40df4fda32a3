-- Customer records by birth date, family name and home town (or postcode): who agrees in all three and in the given name is one
-- person, slips of the pen allowed for (a letter lost, doubled or swapped inside the name); twins are not.
-- One row per customer record of which all four are known.
with records as (

    select
        source,
        record_id,
        lower(trim(given_name)) as given_name,
        concat(cast(birth_on as varchar), '|', lower(trim(family_name)), '|', lower(trim(coalesce(town, postcode)))) as birth,
    from staging.persons
    where person_kind = 'customer_record' and birth_on is not null
        and trim(given_name) <> '' and trim(family_name) <> '' and trim(coalesce(town, postcode)) <> ''

),

-- Jon and John, Maria and Mraia are slips; Jan and Jana, Anna and Hanna, Marie and Maria are two names.
pairs as (

    select
        a.birth,
        case
            when a.given_name = concat(b.given_name, right(b.given_name, 1))
                or b.given_name = concat(a.given_name, right(a.given_name, 1)) then 1
            when length(a.given_name) < 4 or length(b.given_name) < 4 then 0
            when abs(length(a.given_name) - length(b.given_name)) = 1
                and levenshtein(a.given_name, b.given_name) = 1
                and left(a.given_name, 1) = left(b.given_name, 1)
                and right(a.given_name, 1) = right(b.given_name, 1) then 1
            when length(a.given_name) = length(b.given_name)
                and levenshtein(a.given_name, b.given_name) = 2
                and array_sort(string_split(a.given_name, '')) = array_sort(string_split(b.given_name, '')) then 1
            else 0
        end as is_slip,
    from records as a
    inner join records as b on a.birth = b.birth and a.given_name < b.given_name

),

births as (

    select birth, min(is_slip) as is_one_person from pairs group by birth

)

select
    records.source,  -- Source in the settings.
    records.record_id,  -- The customer record.
    case
        when births.is_one_person = 0 then concat(records.birth, '|', records.given_name)
        else records.birth
    end as identifier,  -- The same for records of one person.
from records
left join births on records.birth = births.birth
