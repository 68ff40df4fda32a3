-- What the classifiers say of each text: those in use, or in a run that looks back those of then. One row per redacted text.
with annotations as (

    select * from enrichment.findings

),

-- A text has one language and one sentiment …
single as (

    select
        text_id,
        max(case when classifier = 'language' then label end) as language,
        max(case when classifier = 'language' then version end) as language_version,
        max(case when classifier = 'sentiment' then label end) as sentiment,
        max(case when classifier = 'sentiment' then score end) as sentiment_score,
        max(case when classifier = 'sentiment' then probability end) as sentiment_probability,
        max(case when classifier = 'sentiment' then version end) as sentiment_version,
        max(case when classifier = 'effort' then label end) as effort,
        max(case when classifier = 'effort' then score end) as effort_score,
        max(case when classifier = 'effort' then version end) as effort_version,
        max(case when classifier = 'actionability' then label end) as actionability,
        max(case when classifier = 'actionability' then version end) as actionability_version,
    from annotations
    where classifier in ('language', 'sentiment', 'effort', 'actionability')
    group by text_id

),

-- … but every kind of distress that it tells of, the gravest first, …
urgencies as (

    select
        text_id,
        array_agg(label order by score desc nulls last, label) as urgencies,
        max(version) as urgency_version,
    from annotations
    where classifier = 'urgency'
    group by text_id

),

-- … and as many topics as it mentions, the best first.
topics as (

    select
        text_id,
        array_agg(label order by score desc nulls last, coalesce(span_start, 0), label) as topics,
        max(version) as topic_version,
    from annotations
    where classifier = 'topic'
    group by text_id

)

select
    single.text_id,  -- The redacted text.
    single.language,  -- ISO 639-1 code, or und.
    single.sentiment,  -- negative, neutral or positive.
    single.sentiment_score,  -- P(positive) − P(negative), −1 to 1.
    single.sentiment_probability,  -- Probability of the label.
    topics.topics[1] as topic,  -- Primary topic.
    topics.topics,  -- All topics, the primary one first.
    single.effort,  -- low or high; null: says nothing of it.
    single.effort_score,  -- −1 (easy) to 1 (hard); null: says nothing of it.
    single.actionability,  -- needs_response, suggestion, praise or not_meaningful; null: none of them.
    urgencies.urgencies[1] as urgency,  -- Gravest of safety, legal, stranded, leaving; null: none.
    single.language_version,  -- Version of the language classifier.
    single.sentiment_version,  -- Version of the sentiment engine that scored this text.
    topics.topic_version,  -- Version of the topic classifier.
    single.effort_version,  -- Version of the effort classifier.
    single.actionability_version,  -- Version of the actionability classifier.
    urgencies.urgency_version,  -- Version of the urgency classifier.
from single
left join urgencies on single.text_id = urgencies.text_id
left join topics on single.text_id = topics.text_id
