-- Scores of survey responses with their check against the scale, older versions of a response included.
-- One row per response, question and version.
with read_answers as (

    select
        r.source,
        a.response_id,
        a.question_id,
        a.metric,
        a.scale_low,
        a.scale_high,
        a.person_id,
        a.occurred_at,
        r.known_at,
        r.loaded_at,
        r.superseded_at,
        a.segments,
        r.load_id,
        r.line_no,
        -- "7", "7.0" and "5 - Very satisfied" are whole numbers; "8.5" and "often" are not.
        coalesce(
            try_cast(a.answer as double),
            try_cast(nullif(regexp_extract(a.answer, '^\s*([0-9]{1,2})\s*([-–:=)]\s*([^0-9]|$)|[.]([^0-9]|$))', 1), '') as double)
        ) as number,
    from conformed.answers as a
    inner join staging.records as r on a.row_id = r.row_id
    where r.reason is null or r.superseded_at is not null

)

select
    source,  -- Source in the settings.
    response_id,  -- The vendor's id of the response.
    question_id,  -- The survey's question.
    metric,  -- What the question measures.
    scale_low,  -- Lowest answer of the scale.
    scale_high,  -- Highest answer of the scale.
    case when number = floor(number) and number between scale_low and scale_high then cast(number as integer) end
        as score,  -- The answer; null: not valid.
    case
        when number is null then 'the answer is no number'
        when number <> floor(number) then 'the answer is no whole number'
        when number < scale_low or number > scale_high then 'the answer is outside the scale'
    end as problem,  -- Why the answer is not valid.
    person_id,  -- Record of the respondent in the same source.
    occurred_at,  -- When the customer answered (UTC).
    known_at,  -- From when the company could know it (UTC).
    loaded_at,  -- When it was loaded (UTC).
    superseded_at,  -- When a newer version of the response became known (UTC).
    segments,  -- JSON object of the response's own segments.
    load_id,  -- The load that brought it.
    line_no,  -- Line in the file.
from read_answers
