-- What customers ask most and what takes longest to answer, for those who write the help pages: turns that ask a question
-- or need a response, by topic. Topics that fewer customers ask about than the settings say are left out.
-- One row per topic.
with questions as (

    select
        interactions.interaction_id,
        interactions.customer_id,
        coalesce(interactions.topic, 'unknown') as topic,
        interactions.verbatim,
        conversations.first_reply_minutes,
        conversations.resolution_minutes,
    from marts.interactions as interactions
    left join marts.conversations as conversations
        on interactions.interaction_id = conversations.interaction_id
    where not interactions.is_solicited
        and interactions.occurred_at >= getvariable('as_of') - to_days(cast(getvariable('gap_days') as integer))
        and (contains(interactions.verbatim, '?') or interactions.actionability = 'needs_response')

),

-- Examples are chosen by their ids alone, among those that are short enough to read.
placed as (

    select
        *,
        row_number() over (
            partition by topic
            order by case when length(verbatim) between 25 and 200 then 0 else 1 end, md5(interaction_id)
        ) as place,
    from questions

),

counted as (

    select
        topic,
        count(*) as count_questions,
        count(distinct coalesce(customer_id, interaction_id)) as count_customers,
        median(first_reply_minutes) as first_reply_minutes,
        median(resolution_minutes) as resolution_minutes,
        array_agg(verbatim order by place) filter (where place <= 3) as examples,
    from placed
    group by topic

),

shared as (

    select *, sum(count_questions) over () as count_all
    from counted
    where count_customers >= getvariable('gap_customers')

)

select
    row_number() over (
        order by count_questions * coalesce(resolution_minutes, 0) desc, count_questions desc, topic
    ) as place,  -- 1 for the gap that takes most time altogether.
    topic,  -- Primary topic of the questions.
    count_questions,  -- Questions within gap_days.
    count_customers,  -- Different customers who asked.
    count_questions / cast(count_all as double) as share,  -- Share of all such questions, 0 to 1.
    first_reply_minutes,  -- Median minutes to the first reply, where they came as tickets.
    resolution_minutes,  -- Median minutes to the solution.
    count_questions * resolution_minutes / 60 as handling_hours,  -- Questions times that median, in hours: what an answer on a page might save.
    examples,  -- Up to three questions, redacted.
from shared
