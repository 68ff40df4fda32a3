-- Accounts (records other than respondents, of whom every survey may bring a new one) of each customer, and how many of
-- them it got since the run before. One row per customer.
with links as (

    select * from identity.links where person_kind <> 'respondent'

)

select
    links.customer_id,  -- The person.
    count(*) as count_accounts,  -- Accounts now.
    case
        when getvariable('before_at') is not null
            then count(*) - count(held.customer_id)
    end as count_gained,  -- Accounts that were not this customer's then; null: there was no run before.
from links
left join facts.links_before as held
    on links.source = held.source and links.record_id = held.record_id and links.customer_id = held.customer_id
group by links.customer_id
