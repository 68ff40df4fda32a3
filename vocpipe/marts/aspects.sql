-- How a customer speaks of each topic of his text ("kind crew, but the food was cold").
-- One row per interaction and known topic.
select
    texts.interaction_id,  -- The turn in marts.interactions.
    annotations.label as topic,  -- The topic (slug) that is spoken of.
    case
        when annotations.decided_by like '% positive' then 'positive'
        when annotations.decided_by like '% negative' then 'negative'
        else 'neutral'
    end as sentiment,  -- negative, neutral or positive, of this topic alone.
    annotations.score as sentiment_score,  -- P(positive) − P(negative) of this topic, −1 to 1.
    annotations.probability as sentiment_probability,  -- Probability of that sentiment, 0 to 1.
    annotations.span_start,  -- First character of the clause, from 0; null: no words of its own.
    annotations.span_end,  -- Character behind the last one.
    annotations.evidence,  -- The clause (redacted).
    annotations.version,  -- Version of the classifier: the engine of sentiment, and a hash of it and of the topics.
from enrichment.findings as annotations
inner join enrichment.texts as texts on annotations.text_id = texts.text_id
where annotations.classifier = 'aspect'
