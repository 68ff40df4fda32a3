-- Every turn of a customer on every channel, with the person, the redacted text and what it says.
-- One row per customer turn.
with turns as (

    select * from staging.turns

),

links as (

    select * from identity.links

),

findings as (

    select * from facts.turn_findings

),

baselines as (

    select * from facts.sentiment_baselines

),

taxonomy as (

    select * from enrichment.topics

)

select
    turns.interaction_id,  -- Id of the turn, stable over runs.
    turns.channel,  -- Where it was said: survey, tweet, ticket and so on.
    turns.source,  -- Source in the settings.
    turns.source_id,  -- The vendor's own id: response, tweet, ticket or comment.
    turns.question_id,  -- The survey's question, where there is one.
    turns.conversation_id,  -- The vendor's conversation: response, thread or ticket.
    links.customer_id,  -- The recognised person; null: not resolved.
    links.link_rule,  -- By which rule the writer was recognised.
    links.link_score,  -- Strength of that rule, 0 to 1.
    turns.occurred_at,  -- When the customer spoke (UTC).
    turns.known_at,  -- From when the company could know it (UTC).
    turns.loaded_at,  -- When it was loaded (UTC); audit only.
    turns.is_solicited,  -- Whether the company asked (survey) or the customer came by himself.
    findings.verbatim,  -- What was said, redacted; null: nothing was said.
    findings.language,  -- ISO 639-1 code; und: too short to tell; null: no text.
    findings.sentiment,  -- negative, neutral or positive; null: no text, or a language not supported.
    findings.sentiment_score,  -- P(positive) − P(negative), −1 to 1; where a person decided: −1, 0 or 1.
    findings.sentiment_probability,  -- Probability of the label, 0 to 1; null: a person decided.
    case when findings.sentiment_score is not null then baselines.sentiment_baseline end
        as sentiment_baseline,  -- Mean score of the channel, 90 days before; if few, all.
    findings.sentiment_score - baselines.sentiment_baseline
        as sentiment_deviation,  -- Score less the channel's baseline, −2 to 2.
    findings.topic,  -- Primary topic (slug), or unknown; null: no text.
    findings.topics,  -- All topics found, the primary one first.
    taxonomy.journey_stage,  -- Stage of the journey that the primary topic belongs to.
    taxonomy.experience,  -- product, transaction or interaction, by the primary topic.
    taxonomy.need,  -- meaning, value or accommodation, by the primary topic.
    findings.effort,  -- low or high, as the customer tells it; null: says nothing of it.
    findings.effort_score,  -- −1 (easy) to 1 (hard); null: says nothing of it.
    findings.actionability,  -- needs_response, suggestion, praise or not_meaningful; null: none of them.
    findings.urgency,  -- Gravest of safety, legal, stranded, leaving (all in marts.annotations); null: none.
    findings.redaction_version,  -- Version of the redactor.
    findings.language_version,  -- Version of the language classifier.
    findings.sentiment_version,  -- Version of the engine that scored this text (or its stand-in's), or the correction.
    findings.topic_version,  -- Version of the topic classifier and its taxonomy, or the correction.
    findings.effort_version,  -- Version of the effort classifier.
    findings.actionability_version,  -- Version of the actionability classifier.
    findings.urgency_version,  -- Version of the urgency classifier.
from turns
left join links on turns.source = links.source and turns.person_id = links.record_id
left join findings on turns.interaction_id = findings.interaction_id
left join baselines on turns.channel = baselines.channel and cast(turns.occurred_at as date) = baselines.said_on
left join taxonomy on findings.topic = taxonomy.slug
