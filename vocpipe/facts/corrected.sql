-- What people said of a turn in place of the classifiers. One row per turn with a correction in force.
with corrections as (

    select * from enrichment.corrections

)

select
    interaction_id,  -- The turn.
    max(case when classifier = 'sentiment' then label end) as sentiment,  -- negative, neutral or positive.
    max(
        case
            when classifier = 'sentiment' and label = 'negative' then -1.0
            when classifier = 'sentiment' and label = 'neutral' then 0.0
            when classifier = 'sentiment' and label = 'positive' then 1.0
        end
    ) as sentiment_score,  -- A person is sure: −1, 0 or 1.
    max(case when classifier = 'sentiment' then concat('correction-', decision_id) end)
        as sentiment_version,  -- Which decision says so.
    max(case when classifier = 'topic' and rank = 1 then label end) as topic,  -- Primary topic.
    case
        when max(case when classifier = 'topic' then 1 end) = 1
            then array_agg(label order by rank) filter (where classifier = 'topic')
    end as topics,  -- All topics, the primary one first; null: no word on topics.
    max(case when classifier = 'topic' then concat('correction-', decision_id) end)
        as topic_version,  -- Which decision says so.
from corrections
group by interaction_id
