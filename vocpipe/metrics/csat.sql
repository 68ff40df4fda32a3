-- Share of satisfied answers: the two highest of the scale (4 and 5 of 1 to 5). One row per answer.
-- unit: share
-- direction: up
-- grain: response
-- method: wilson
-- timing: flow
-- version: 1
with
    answers as (
        select *
        from answer
        where metric = 'csat'
    )

select
    response_id as event_id,  -- The answer counted.
    customer_id,  -- Who gave it; null when unknown.
    channel,  -- Where it was given.
    topic,  -- Main topic of the verbatim beside it.
    journey_stage,  -- Stage of the journey that the topic belongs to.
    experience,  -- product, transaction or interaction.
    need,  -- meaning, value or accommodation, by the topic.
    language,  -- Language of the verbatim beside it.
    segments,  -- The response's own segments.
    case when score >= scale_high - 1 then 1 else 0 end as numerator,  -- 1 when satisfied.
    1 as denominator,  -- One answer.
    occurred_at as event_at,  -- When it was given (UTC).
from answers
