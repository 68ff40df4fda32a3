-- Customer Effort Score, second wording ("made it easy", 1 to 7, high is good): mean answer. One row per answer.
-- A scale other than 1 to 7 is a series of its own (see unit); the first wording is ces_v1.
-- unit: mean
-- direction: up
-- grain: response
-- method: t
-- timing: flow
-- version: 1
with
    answers as (
        select *
        from answer
        where metric = 'ces'
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
    case
        when scale_low = 1 and scale_high = 7 then 'mean'
        else concat('mean ', scale_low, '-', scale_high)
    end as unit,  -- A series per scale.
    score as numerator,  -- The answer.
    1 as denominator,  -- One answer.
    scale_low,  -- Lowest answer possible.
    scale_high,  -- Highest answer possible.
    occurred_at as event_at,  -- When it was given (UTC).
from answers
