-- Net Promoter Score per customer, weighted to the customer record: as nps_customer, but every answer counts with its
-- weight (settings: weights.margins; without them there is none). One row per customer and period.
-- Periods all, quarter and month, as far as they can be weighted (quality.weights). Weights mend who answers as far as
-- the margins tell, no more.
-- unit: points
-- direction: up
-- grain: customer
-- method: adjusted_wald
-- timing: flow
-- version: 1
with
    weights as (
        select *
        from scores.survey_weights
        where weight is not null
    ),

    answers as (
        select *
        from answer
        where metric = 'nps' and customer_id is not null
    ),

    ranked as (
        select
            a.*,
            c.period_no,
            c.period,
            c.period_start,
            row_number() over (
                partition by c.period_no, a.customer_id
                order by a.occurred_at desc, a.loaded_at desc, a.response_id desc, a.source desc, a.question_id desc
            ) as latest_first,
        from answers as a
        join calendar as c on a.occurred_at >= c.starts_at and a.occurred_at < c.ends_at
    )

select
    r.response_id as event_id,  -- The answer counted.
    r.customer_id,  -- Who gave it.
    r.channel,  -- Where it was given.
    r.topic,  -- Main topic of the verbatim beside it.
    r.journey_stage,  -- Stage of the journey that the topic belongs to.
    r.experience,  -- product, transaction or interaction.
    r.need,  -- meaning, value or accommodation, by the topic.
    r.language,  -- Language of the verbatim beside it.
    r.segments,  -- The response's own segments.
    case
        when r.score >= 9 then 1
        when r.score <= 6 then -1
        else 0
    end * w.weight as numerator,  -- Weight of a promoter, 0 of a passive, weight of a detractor taken off.
    w.weight as denominator,  -- How many answers this one stands for.
    r.period_no,  -- The period that it is the latest of.
    r.occurred_at as event_at,  -- When it was given (UTC): the customer's attributes of then count.
from ranked as r
join weights as w
    on w.customer_id = r.customer_id and w.period = r.period
    and (r.period = 'all' or w.period_start = r.period_start)
where r.latest_first = 1
