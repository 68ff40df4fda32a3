-- What each classifier, or in its place a person, says of each turn, with the words that decided.
-- One row per interaction, classifier, version and finding.
with found as (

    select texts.interaction_id, annotations.*
    from enrichment.findings as annotations
    inner join enrichment.texts as texts on annotations.text_id = texts.text_id

),

-- Where a person has decided, what the classifier found of that turn is left out: one word a question.
corrections as (

    select corrections.*
    from enrichment.corrections as corrections
    inner join enrichment.texts as texts on corrections.interaction_id = texts.interaction_id

),

decided as (

    select distinct interaction_id, classifier from corrections

)

select
    found.interaction_id,  -- The turn in marts.interactions.
    found.classifier,  -- Which question is answered: language, sentiment, topic and so on.
    found.version,  -- Version of the classifier, or the correction.
    found.label,  -- What it says.
    found.score,  -- The classifier's own figure.
    found.probability,  -- Calibrated probability, 0 to 1, where there is one.
    found.span_start,  -- First character of the words that decided, from 0; null: the whole text.
    found.span_end,  -- Character behind the last one.
    found.evidence,  -- The words that decided (redacted).
    found.decided_by,  -- Rule, model, vendor or person.
from found
left join decided on found.interaction_id = decided.interaction_id and found.classifier = decided.classifier
where decided.interaction_id is null
union all
select
    interaction_id,
    classifier,
    concat('correction-', decision_id) as version,
    label,
    null as score,
    null as probability,
    null as span_start,
    null as span_end,
    null as evidence,
    decided_by,
from corrections
