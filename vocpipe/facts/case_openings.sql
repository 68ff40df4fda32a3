-- What somebody has to see to: the answer of a detractor, and a turn outside tickets that needs a response or tells of
-- distress (a ticket is a case of the help desk already). One row per interaction.
with turns as (

    select * from facts.interactions

),

low_scores as (

    select
        *,
        row_number() over (
            partition by interaction_id order by case when metric = 'nps' then 0 else 1 end, metric, question_id
        ) as place,
    from facts.low_scores

),

found as (

    select
        coalesce(turns.interaction_id, low_scores.interaction_id) as interaction_id,
        coalesce(turns.customer_id, low_scores.customer_id) as customer_id,
        coalesce(turns.source, low_scores.source) as source,
        coalesce(turns.channel, 'survey') as channel,
        turns.topic,
        turns.journey_stage,
        turns.experience,
        turns.urgency,
        turns.actionability = 'needs_response' as needs_response,
        low_scores.metric,
        low_scores.score,
        coalesce(turns.occurred_at, low_scores.occurred_at) as occurred_at,
        greatest(coalesce(turns.known_at, low_scores.known_at), coalesce(turns.occurred_at, low_scores.occurred_at))
            as opened_at,
    from turns
    full outer join low_scores on turns.interaction_id = low_scores.interaction_id and low_scores.place = 1
    where turns.interaction_id is not null or low_scores.place = 1

)

select
    -- Letters only, so that no spreadsheet and no redaction takes it for a number.
    concat('case_', translate(left(md5(interaction_id), 16), '0123456789', 'ghijklmnop')) as case_id,  -- Id of the case, stable over runs.
    interaction_id,  -- What was said or answered.
    customer_id,  -- Who; null: not resolved.
    source,  -- Source in the settings.
    channel,  -- Where.
    case
        when urgency in ('safety', 'legal', 'stranded') then concat('urgent: ', urgency)
        when metric is not null then 'detractor'
        when urgency is not null then concat('stated distress: ', urgency)
        else 'needs a response'
    end as reason,  -- Why somebody has to see to it.
    urgency in ('safety', 'legal', 'stranded') as is_urgent,  -- Within hours; null: not urgent.
    metric,  -- What the score measures; null: there is none.
    score,  -- The answer.
    topic,  -- Primary topic of what was said.
    journey_stage,  -- Stage of the journey of that topic.
    experience,  -- product, transaction or interaction, by that topic.
    opened_at,  -- From when on the company could know it (UTC).
from found
where metric is not null or (channel <> 'ticket' and (needs_response or urgency is not null))
