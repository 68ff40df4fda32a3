-- Latest score of each customer by metric. One row per customer who answered a survey.
with ranked as (

    select
        customer_id,
        metric,
        score,
        row_number() over (
            partition by customer_id, metric order by occurred_at desc, loaded_at desc, response_id desc
        ) as place,
    from facts.responses
    where customer_id is not null and superseded_at is null

)

select
    customer_id,  -- The person.
    max(case when metric = 'nps' then score end) as nps_latest,  -- Latest likelihood to recommend.
    max(case when metric = 'csat' then score end) as csat_latest,  -- Latest satisfaction.
    max(case when metric = 'ces' then score end) as ces_latest,  -- Latest ease.
from ranked
where place = 1
group by customer_id
