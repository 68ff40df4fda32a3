-- The closed loop: what somebody has to see to, who, until when, whether it was, and what became of the customer.
-- One row per case.
with cases as (

    select * from facts.case_openings

),

follow_ups as (

    select * from facts.case_follow_ups

),

-- The team of the topic; else that of its experience; else that for all.
owners as (

    select * from staging.case_owners

),

results as (

    select
        case_id,
        max(case when days = 30 then outcome end) as outcome_30d,
        max(case when days = 60 then outcome end) as outcome_60d,
        max(case when days = 90 then outcome end) as outcome_90d,
    from actions.case_results
    group by case_id

),

dated as (

    select
        cases.*,
        cases.opened_at + to_hours(cast(
            case when cases.is_urgent then getvariable('urgent_hours') else getvariable('due_hours') end as integer
        )) as due_at,
        coalesce(topics.owner, experiences.owner, everything.owner) as owner,
    from cases
    left join owners as topics on cases.topic = topics.about
    left join owners as experiences on cases.experience = experiences.about
    left join owners as everything on everything.about = 'default'

)

select
    dated.case_id,  -- Id of the case, stable over runs.
    dated.interaction_id,  -- What was said or answered.
    dated.customer_id,  -- Who; null: not resolved.
    dated.channel,  -- Where.
    dated.reason,  -- Why somebody has to see to it.
    dated.metric,  -- What the score measures; null: there is none.
    dated.score,  -- The answer of the detractor.
    dated.topic,  -- Primary topic of what was said; null: nothing was.
    dated.journey_stage,  -- Stage of the journey of that topic.
    dated.experience,  -- product, transaction or interaction, by that topic.
    dated.owner,  -- Team that sees to it, by topic (settings: actions.owners).
    case
        when follow_ups.status in ('solved', 'closed') then 'closed'
        when follow_ups.case_id is not null then 'in progress'
        when dated.due_at > getvariable('as_of') then 'open'
        when dated.due_at > getvariable('as_of') - to_days(cast(getvariable('lapse_days') as integer)) then 'overdue'
        else 'lapsed'
    end as state,  -- open, overdue, in progress, closed, or lapsed: nobody did for so long that it is left.
    follow_ups.followed_up_by,  -- the ticket of the case, or a ticket of the customer; null: none.
    follow_ups.conversation_id,  -- The vendor's id of that ticket.
    coalesce(results.outcome_30d, 'customer not known') as outcome_30d,  -- What became of the customer 30 days after, in words.
    coalesce(results.outcome_60d, 'customer not known') as outcome_60d,  -- After 60 days.
    coalesce(results.outcome_90d, 'customer not known') as outcome_90d,  -- After 90 days.
    dated.opened_at,  -- From when on the company could know it (UTC).
    dated.due_at,  -- Until when it is to be answered (UTC).
    follow_ups.followed_up_at,  -- First reply in that ticket (UTC).
    follow_ups.solved_at as closed_at,  -- When that ticket was solved (UTC).
from dated
left join follow_ups on dated.case_id = follow_ups.case_id
left join results on dated.case_id = results.case_id
