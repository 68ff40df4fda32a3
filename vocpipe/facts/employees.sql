-- Employees who were asked, with what they answered. One row per employee and source. Never published: figures of
-- employees are of ten or more. A question is about recommending the company as a place to work where its name says so
-- (recommend, enps) and all its answers are whole numbers of 0 to 10; the other items are of satisfaction.
with answers as (

    select * from staging.employees

),

items as (

    select
        source,
        item,
        (lower(item) like '%recommend%' or lower(item) like '%enps%')
            and min(score) >= 0 and max(score) <= 10 and max(abs(score - floor(score))) = 0 as is_recommendation,
    from answers
    group by source, item

)

select
    answers.source,  -- Source in the settings.
    answers.employee_id,  -- Id of the employee or agent, as tickets name it.
    cast(row_number() over (order by answers.source, answers.employee_id) as varchar) as employee_no,  -- Number in this run.
    max(case when items.is_recommendation then answers.score end) as recommend_score,  -- Would recommend, 0 to 10.
    cast(sum(case when not items.is_recommendation then cast(answers.score as decimal(18, 6)) end) as double)
        / count(case when not items.is_recommendation then answers.score end)
        as engagement_score,  -- Mean of the items of satisfaction, on their own scale.
    count(case when not items.is_recommendation then 1 end) as count_items,  -- Items of satisfaction answered.
    max(answers.known_at) as known_at,  -- From when the company could know it (UTC).
from answers
inner join items on answers.source = items.source and answers.item = items.item
group by answers.source, answers.employee_id
