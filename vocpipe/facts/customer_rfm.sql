-- Recency, frequency and monetary value in fifths, 5 is best. One row per customer who bought.
-- A score is 1 + the whole fifths of customers who are worse: customers with equal values share it, so fifths are not
-- of equal size (a split by row number would put the same value into several). Money is ranked within its currency.
with purchases as (

    select * from facts.customer_purchases

),

ranked as (

    select
        customer_id,
        currency,
        rank() over (order by recency_days desc) as recency_rank,
        rank() over (order by frequency) as frequency_rank,
        rank() over (partition by currency order by revenue) as revenue_rank,
        count(*) over () as count_all,
        count(*) over (partition by currency) as count_same,
    from purchases

),

scored as (

    select
        customer_id,
        1 + cast(floor(5.0 * (recency_rank - 1) / count_all) as integer) as rfm_recency,
        1 + cast(floor(5.0 * (frequency_rank - 1) / count_all) as integer) as rfm_frequency,
        case
            when currency is not null then 1 + cast(floor(5.0 * (revenue_rank - 1) / count_same) as integer)
        end as rfm_monetary,
    from ranked

)

select
    customer_id,  -- The person.
    rfm_recency,  -- 1 to 5: how recently the customer bought.
    rfm_frequency,  -- 1 to 5: on how many days.
    rfm_monetary,  -- 1 to 5: for how much; null where there are several currencies.
    concat(rfm_recency, rfm_frequency, rfm_monetary) as rfm,  -- The scores side by side, such as 545.
from scored
