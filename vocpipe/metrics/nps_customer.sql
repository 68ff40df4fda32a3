-- Net Promoter Score per customer: only the latest answer of each customer in the period counts. One row per customer
-- and period. Latest by the time of the answer, then of loading, then by the highest response id; answers of unknown
-- people are left out.
-- unit: points
-- direction: up
-- grain: customer
-- method: adjusted_wald
-- timing: flow
-- version: 1
with
    answers as (
        select *
        from answer
        where metric = 'nps' and customer_id is not null
    ),

    ranked as (
        select
            a.*,
            c.period_no,
            row_number() over (
                partition by c.period_no, a.customer_id
                order by a.occurred_at desc, a.loaded_at desc, a.response_id desc, a.source desc, a.question_id desc
            ) as latest_first,
        from answers as a
        join calendar as c on a.occurred_at >= c.starts_at and a.occurred_at < c.ends_at
    )

select
    response_id as event_id,  -- The answer counted.
    customer_id,  -- Who gave it.
    channel,  -- Where it was given.
    topic,  -- Main topic of the verbatim beside it.
    journey_stage,  -- Stage of the journey that the topic belongs to.
    experience,  -- product, transaction or interaction.
    need,  -- meaning, value or accommodation, by the topic.
    language,  -- Language of the verbatim beside it.
    segments,  -- The response's own segments.
    case
        when score >= 9 then 1
        when score <= 6 then -1
        else 0
    end as numerator,  -- 1 promoter, 0 passive, -1 detractor.
    1 as denominator,  -- One customer.
    period_no,  -- The period that it is the latest of.
    occurred_at as event_at,  -- When it was given (UTC): the customer's attributes of then count.
from ranked
where latest_first = 1
