-- What each classifier says of each turn, with the words that decided.
-- One row per interaction, classifier, version and finding.
select
    texts.interaction_id,  -- The turn in marts.interactions.
    annotations.classifier,  -- language, sentiment, topic, aspect, effort, actionability or urgency.
    annotations.version,  -- Version of the classifier.
    annotations.label,  -- What it says.
    annotations.score,  -- The classifier's own figure.
    annotations.probability,  -- Calibrated probability, 0 to 1, where there is one.
    annotations.span_start,  -- First character of the words that decided, from 0; null: the whole text.
    annotations.span_end,  -- Character behind the last one.
    annotations.evidence,  -- The words that decided (redacted).
    annotations.decided_by,  -- Rule, model, vendor or person.
from enrichment.annotations as annotations
inner join enrichment.versions as versions
    on annotations.classifier = versions.classifier and annotations.version = versions.version
inner join enrichment.texts as texts on annotations.text_id = texts.text_id
where annotations.label is not null  -- null: looked at, with nothing to say
