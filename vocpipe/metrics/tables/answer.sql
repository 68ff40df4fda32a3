-- Survey answers in force, with what the verbatim beside them is about. One row per response and score.
with
    responses as (
        select *
        from marts.responses
        where superseded_at is null
    ),

    interactions as (select * from marts.interactions)

select
    r.response_id,  -- The response.
    r.source,  -- Where it came from.
    r.question_id,  -- The question.
    r.metric,  -- nps, csat, ces or ces_v1.
    r.customer_id,  -- Who answered; null when unknown.
    coalesce(i.channel, 'survey') as channel,  -- A score without a verbatim is a survey's too.
    i.topic,  -- Main topic of the verbatim.
    i.journey_stage,  -- Stage of the journey that the topic belongs to.
    i.experience,  -- product, transaction or interaction.
    i.need,  -- meaning, value or accommodation.
    i.language,  -- Language of the verbatim.
    r.segments,  -- JSON object of the response's own segments.
    r.scale_low,  -- Lowest answer possible.
    r.scale_high,  -- Highest answer possible.
    r.score,  -- The answer.
    r.occurred_at,  -- When it was given (UTC).
    r.loaded_at,  -- When it was loaded (UTC).
from responses as r
left join interactions as i on i.interaction_id = r.interaction_id
