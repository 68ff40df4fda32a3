-- fail: a customer holds more accounts than max_accounts, or suddenly gained more than max_gained_accounts ([identity] in the settings): part them by `vocpipe judge`, or raise the limit
with growth as (
    select * from facts.customer_growth
),
mean as (
    select cast(sum(count_gained) as double) / nullif(count(*), 0) as gained from growth
)
select growth.customer_id
from growth
cross join mean
-- A person has a few accounts, whatever the number of customers; an identifier that over 30 persons share links nobody,
-- so 50 (the default) are reached by a chain of wrong links, a test account or a company. In a night that brings many
-- accounts to all (a source loaded for the first time) a gain is sudden only where it is out of line with the others: were
-- accounts to fall on customers at random (Poisson), under one in a million would get more than the mean and six times
-- its root.
where growth.count_accounts > getvariable('max_accounts')
    or (growth.count_gained > getvariable('max_gained_accounts')
        and growth.count_gained > mean.gained + 6 * sqrt(mean.gained))
