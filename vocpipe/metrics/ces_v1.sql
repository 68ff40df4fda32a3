-- Customer Effort Score, first wording ("how much effort", 1 to 5, low is good): mean answer. One row per answer.
-- Never one series with ces, whose question is another.
-- unit: mean
-- direction: down
-- grain: response
-- method: t
-- timing: flow
-- version: 1
with
    answers as (
        select *
        from answer
        where metric = 'ces_v1'
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
        when scale_low = 1 and scale_high = 5 then 'mean'
        else concat('mean ', scale_low, '-', scale_high)
    end as unit,  -- A series per scale.
    score as numerator,  -- The answer.
    1 as denominator,  -- One answer.
    scale_low,  -- Lowest answer possible.
    scale_high,  -- Highest answer possible.
    occurred_at as event_at,  -- When it was given (UTC).
from answers
