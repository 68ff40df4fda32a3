-- Every turn of a customer on every channel, with the person, the redacted text and what it says.
-- One row per customer turn.
with turns as (

    select * from staging.turns

),

links as (

    select * from identity.links

),

texts as (

    select * from enrichment.texts

),

annotations as (

    select a.*
    from enrichment.annotations as a
    inner join enrichment.versions as v on a.classifier = v.classifier and a.version = v.version

),

languages as (

    select * from annotations where classifier = 'language'

),

sentiments as (

    select * from annotations where classifier = 'sentiment'

),

ranked_topics as (

    select
        text_id,
        label,
        version,
        row_number() over (
            partition by text_id order by score desc nulls last, coalesce(span_start, 0), label
        ) as place,
    from annotations
    where classifier = 'topic'

),

topics as (

    select
        text_id,
        max(version) as version,
        max(case when place = 1 then label end) as topic,
        array_agg(label order by place) as topics,
    from ranked_topics
    group by text_id

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
    texts.redacted as verbatim,  -- What was said, redacted; null: nothing was said.
    languages.label as language,  -- ISO 639-1 code; und: too short to tell; null: no text.
    sentiments.label as sentiment,  -- negative, neutral or positive; null: no text, or a language not supported.
    sentiments.score as sentiment_score,  -- P(positive) − P(negative), −1 to 1.
    sentiments.probability as sentiment_probability,  -- Probability of the label, 0 to 1.
    topics.topic,  -- Primary topic (slug), or unknown; null: no text.
    topics.topics,  -- All topics found, the primary one first.
    taxonomy.journey_stage,  -- Stage of the journey that the primary topic belongs to.
    taxonomy.experience,  -- product, transaction or interaction, by the primary topic.
    texts.redaction_version,  -- Version of the redactor.
    languages.version as language_version,  -- Version of the language classifier.
    sentiments.version as sentiment_version,  -- Version of the sentiment classifier.
    topics.version as topic_version,  -- Version of the topic classifier and its taxonomy.
from turns
left join links on turns.source = links.source and turns.person_id = links.record_id
left join texts on turns.interaction_id = texts.interaction_id
left join languages on texts.text_id = languages.text_id
left join sentiments on texts.text_id = sentiments.text_id
left join topics on texts.text_id = topics.text_id
left join taxonomy on topics.topic = taxonomy.slug
