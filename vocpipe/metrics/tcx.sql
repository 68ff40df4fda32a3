-- Total customer experience: mean of tcx_product, tcx_transaction and tcx_interaction, each with the same weight.
-- One row per recommend answer whose verbatim belongs to a part. Null where a part has fewer answers than are shown;
-- the other two are not weighted up. Worked example: docs/experience.md.
-- unit: points
-- direction: up
-- grain: response
-- method: mean_of_parts
-- parts: product, transaction, interaction
-- timing: flow
-- version: 1
with
    answers as (
        select *
        from answer
        where metric = 'nps' and experience is not null
    )

select
    response_id as event_id,  -- The answer counted.
    customer_id,  -- Who gave it; null when unknown.
    channel,  -- Where it was given.
    topic,  -- Main topic of the verbatim beside it.
    journey_stage,  -- Stage of the journey that the topic belongs to.
    segments,  -- The response's own segments.
    experience as part,  -- The part that it belongs to.
    case
        when score >= 9 then 1
        when score <= 6 then -1
        else 0
    end as numerator,  -- 1 promoter, 0 passive, -1 detractor.
    1 as denominator,  -- One answer.
    occurred_at as event_at,  -- When it was given (UTC).
from answers
