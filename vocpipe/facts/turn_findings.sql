-- What is said of each turn with words: by the classifiers in use, and by a person where one has decided.
-- One row per turn that has a text.
with texts as (

    select * from enrichment.texts

),

findings as (

    select * from facts.text_findings

),

-- What a person said holds in place of what the classifiers found.
corrected as (

    select * from facts.corrected

)

select
    texts.interaction_id,  -- The turn.
    texts.redacted as verbatim,  -- What was said, redacted.
    findings.language,  -- ISO 639-1 code; und: too short to tell.
    coalesce(corrected.sentiment, findings.sentiment)
        as sentiment,  -- negative, neutral or positive; null: a language not supported.
    coalesce(corrected.sentiment_score, findings.sentiment_score)
        as sentiment_score,  -- P(positive) − P(negative), −1 to 1; where a person decided: −1, 0 or 1.
    case when corrected.sentiment is null then findings.sentiment_probability end
        as sentiment_probability,  -- Probability of the label, 0 to 1; null: a person decided.
    coalesce(corrected.topic, findings.topic) as topic,  -- Primary topic (slug), or unknown.
    coalesce(corrected.topics, findings.topics) as topics,  -- All topics found, the primary one first.
    findings.effort,  -- low or high, as the customer tells it; null: says nothing of it.
    findings.effort_score,  -- −1 (easy) to 1 (hard); null: says nothing of it.
    findings.actionability,  -- needs_response, suggestion, praise or not_meaningful; null: none of them.
    findings.urgency,  -- Gravest of safety, legal, stranded, leaving; null: none.
    texts.redaction_version,  -- Version of the redactor.
    findings.language_version,  -- Version of the language classifier.
    coalesce(corrected.sentiment_version, findings.sentiment_version)
        as sentiment_version,  -- Version of the engine that scored this text (or its stand-in's), or the correction.
    coalesce(corrected.topic_version, findings.topic_version)
        as topic_version,  -- Version of the topic classifier and its taxonomy, or the correction.
    findings.effort_version,  -- Version of the effort classifier.
    findings.actionability_version,  -- Version of the actionability classifier.
    findings.urgency_version,  -- Version of the urgency classifier.
from texts
left join findings on texts.text_id = findings.text_id
left join corrected on texts.interaction_id = corrected.interaction_id
