-- Valid scores of survey responses; a row with superseded_at belongs to an older version of a corrected response.
-- One row per survey response, question and version.
with answers as (

    select * from staging.answers

),

links as (

    select * from identity.links

)

select
    answers.response_id,  -- The vendor's id of the response.
    concat(answers.source, ':', answers.response_id) as interaction_id,  -- Its first row in marts.interactions.
    answers.source,  -- Source in the settings.
    answers.question_id,  -- The survey's question.
    answers.metric,  -- nps, csat, ces (1–7, high is good) or ces_v1 (1–5, low is good).
    answers.scale_low,  -- Lowest answer of the scale.
    answers.scale_high,  -- Highest answer of the scale.
    answers.score,  -- The answer, a whole number within the scale.
    links.customer_id,  -- The recognised person; null: not resolved.
    answers.occurred_at,  -- When the customer answered (UTC).
    answers.known_at,  -- From when the company could know it (UTC).
    answers.loaded_at,  -- When it was loaded (UTC); audit only.
    answers.superseded_at,  -- When a correction became known (UTC); null: in force. Figures count rows in force only.
    answers.segments,  -- JSON object of the response's own segments.
from answers
left join links on answers.source = links.source and answers.person_id = links.record_id
where answers.score is not null
