-- What the classifiers in use say of each text. One row per redacted text.
with annotations as (

    select annotations.*
    from enrichment.annotations as annotations
    inner join enrichment.versions as versions
        on annotations.classifier = versions.classifier and annotations.version = versions.version

),

-- A text has one language and one sentiment, but as many topics as it mentions.
ranked as (

    select
        *,
        row_number() over (
            partition by text_id, classifier order by score desc nulls last, coalesce(span_start, 0), label
        ) as place,
    from annotations

)

select
    text_id,  -- The redacted text.
    max(case when classifier = 'language' then label end) as language,  -- ISO 639-1 code, or und.
    max(case when classifier = 'language' then version end) as language_version,  -- Its classifier's version.
    max(case when classifier = 'sentiment' then label end) as sentiment,  -- negative, neutral or positive.
    max(case when classifier = 'sentiment' then score end) as sentiment_score,  -- P(positive) − P(negative).
    max(case when classifier = 'sentiment' then probability end) as sentiment_probability,  -- Of the label.
    max(case when classifier = 'sentiment' then version end) as sentiment_version,  -- Its classifier's version.
    max(case when classifier = 'topic' and place = 1 then label end) as topic,  -- Primary topic.
    array_agg(label order by place) filter (where classifier = 'topic') as topics,  -- All topics, the primary one first.
    max(case when classifier = 'topic' then version end) as topic_version,  -- Its classifier's version.
from ranked
group by text_id
