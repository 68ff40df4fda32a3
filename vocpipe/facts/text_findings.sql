-- What the classifiers in use say of each text. One row per redacted text.
with annotations as (

    select annotations.*
    from enrichment.annotations as annotations
    inner join enrichment.versions as versions
        on annotations.classifier = versions.classifier and annotations.version = versions.version
    where annotations.label is not null

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
    from annotations
    where classifier in ('language', 'sentiment')
    group by text_id

),

-- … but as many topics as it mentions, the best first.
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
    single.language_version,  -- Version of the language classifier.
    single.sentiment_version,  -- Version of the sentiment engine that scored this text.
    topics.topic_version,  -- Version of the topic classifier.
from single
left join topics on single.text_id = topics.text_id
