-- What every answer in force says of each topic, from all texts of its response ("kind crew, but the food was cold").
-- Answers that speak of no topic are not here. One row per response, score and topic.
with answers as (

    select * from marts.responses where superseded_at is null

),

mentions as (

    select source, conversation_id, interaction_id, sentiment, unnest(topics) as topic
    from marts.interactions
    where is_solicited and topics is not null

),

aspects as (

    select interaction_id, topic, max(sentiment) as sentiment from marts.aspects group by interaction_id, topic

),

-- Where the clause about a topic tells nothing of its own, the text's sentiment counts.
said as (

    select
        mentions.source,
        mentions.conversation_id,
        mentions.topic,
        sum(case coalesce(aspects.sentiment, mentions.sentiment)
            when 'positive' then 1
            when 'negative' then -1
            else 0
        end) as balance,
    from mentions
    left join aspects on mentions.interaction_id = aspects.interaction_id and mentions.topic = aspects.topic
    where mentions.topic <> 'unknown'
    group by mentions.source, mentions.conversation_id, mentions.topic

)

select
    answers.source,  -- Source in the settings.
    answers.response_id,  -- The vendor's id of the response.
    answers.question_id,  -- The survey's question that was scored.
    answers.metric,  -- nps, csat, ces or ces_v1.
    answers.customer_id,  -- The recognised person; null: not resolved.
    said.topic,  -- A topic (slug) that the response speaks of.
    cast(sign(said.balance) as integer) as polarity,  -- How it speaks of it: 1 well, -1 badly, 0 neither or both.
    answers.score,  -- The answer.
    answers.occurred_at,  -- When the customer answered (UTC).
from answers
inner join said on answers.source = said.source and answers.response_id = said.conversation_id
