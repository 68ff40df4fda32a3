-- The model (Fellegi and Sunter 1969): what each agreement says for one person and each difference against it, in bits.
-- A number is log2(m / u), rounded: m is how often records of one person compare like this (from labelled pairs), u how
-- often those of different persons do (from the frequency of the term). docs/identity-fuzzy.md has both.
-- One row per pair of records.
with

homes as (

    select
        compared.*,
        nicknames.given_a is not null and given_level in ('near', 'part', 'like', 'other') as is_nickname,
        -- One of two spellings is hardly ever seen: a typing error, not another name.
        a.is_known and (
            least(a.count_given, b.count_given) <= 3
            or least(a.count_given, b.count_given) * 100 <= greatest(a.count_given, b.count_given)
        ) as is_odd_spelling,
    from compared
    inner join profiles as a on compared.node_a = a.node
    inner join profiles as b on compared.node_b = b.node
    left join nicknames
        on least(a.given, b.given) = nicknames.given_a and greatest(a.given, b.given) = nicknames.given_b

),

places as (

    select
        *,
        case town_level
            when 'same' then least(town_bits - 0.5, 6)
            when 'near' then least(town_bits - 2, 4)
            when 'part' then 2
            when 'like' then 0
            when 'other' then -1
        end as town_weight,
        case postcode_level
            when 'same' then postcode_bits - 0.5
            when 'near' then least(postcode_bits - 3, 6)
            when 'like' then 1
            when 'part' then 1
            when 'other' then -2
        end as postcode_weight,
        case street_level
            when 'same' then street_bits - 0.5
            when 'near' then street_bits - 2
            when 'part' then least(street_bits - 4, 5)
            when 'like' then least(street_bits - 5, 3)
            when 'other' then -2
        end as street_weight,
        case when email_level in ('same', 'near') then 8 end as email_weight,
    from homes

),

-- Town, postcode, street and mailbox are one piece of evidence: who shares one shares the others. Relatives share names
-- and home, so a home says no more than 8 bits, and 6 where no birth date tells father and son apart.
capped as (

    select
        *,
        least(
            case when birth_level is null then 6 else 8 end,
            case
                when greatest(town_weight, postcode_weight, street_weight, email_weight) > 0
                    then greatest(town_weight, postcode_weight, street_weight, email_weight)
                else coalesce(least(town_weight, postcode_weight, street_weight), 0)
            end
        ) as home_weight,
    from places

)

select
    *,  -- As in compared, with the weights of town, postcode, street and e-mail address.
    name_weight + birth_weight + home_weight + case when is_nickname and given_level = 'other' then 6 else 0 end
        as evidence_weight,  -- Sum of the evidence, in bits.
from capped
