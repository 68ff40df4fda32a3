-- Given names that the company's own records use for one another: Bill and William, Tom and Thomas. Twins have other
-- given names too, but each pair of them its own; names that meet on one birth date and family name in several
-- families, and far more often than chance would have it, are two names of one person.
-- One row per pair of given names, in the order of the alphabet.
with

-- The same birth date and family name, another given name.
met as (

    select distinct
        least(a.given, b.given) as given_a, greatest(a.given, b.given) as given_b, a.family
    from compared
    inner join profiles as a on compared.node_a = a.node
    inner join profiles as b on compared.node_b = b.node
    where compared.is_within and birth_level = 'same' and family_level = 'same'
        and given_level in ('near', 'part', 'like', 'other')

),

pairs_met as (

    select given_a, given_b, count(*) as count_families from met group by given_a, given_b

),

sides as (

    select given_a as given, count_families from pairs_met
    union all
    select given_b, count_families from pairs_met

),

names_met as (

    select given, sum(count_families) as count_families from sides group by given

)

select
    pairs_met.given_a,  -- The name that comes first.
    pairs_met.given_b,  -- The other one.
from pairs_met
inner join names_met as a on pairs_met.given_a = a.given
inner join names_met as b on pairs_met.given_b = b.given
cross join (select count(*) as count_all from met) as every
where pairs_met.count_families >= 3
    and pairs_met.count_families * every.count_all >= 20 * a.count_families * b.count_families
