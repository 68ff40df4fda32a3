-- Questions that a response which counts was offered and left empty. One row per survey response and question.
select
    r.source,  -- Source in the settings.
    r.record_key as response_id,  -- The vendor's id of the response.
    u.question_id,  -- The survey's question.
    u.metric,  -- What the question measures; null for a verbatim.
from conformed.unanswered as u
inner join staging.records as r on u.row_id = r.row_id
where r.reason is null
