-- Need of accommodation (getting it without effort): promoters minus detractors among recommend answers whose verbatim
-- is mainly about it. One row per answer. One of the three parts of needs.
-- unit: points
-- direction: up
-- grain: response
-- method: adjusted_wald
-- timing: flow
-- version: 1
with
    answers as (
        select *
        from answer
        where metric = 'nps' and need = 'accommodation'
    )

select
    response_id as event_id,  -- The answer counted.
    customer_id,  -- Who gave it; null when unknown.
    channel,  -- Where it was given.
    topic,  -- Main topic of the verbatim beside it.
    journey_stage,  -- Stage of the journey that the topic belongs to.
    segments,  -- The response's own segments.
    case
        when score >= 9 then 1
        when score <= 6 then -1
        else 0
    end as numerator,  -- 1 promoter, 0 passive, -1 detractor.
    1 as denominator,  -- One answer.
    occurred_at as event_at,  -- When it was given (UTC).
from answers
