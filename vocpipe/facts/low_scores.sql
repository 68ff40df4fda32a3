-- Answers of customers who are let down: 0 to 6 of 10 on likelihood to recommend; of a response without that answer, the
-- lowest quarter of the scale of satisfaction or ease (1 and 2 of 5; of ces_v1, where low is good, 4 and 5).
-- One row per response and question.
with answers as (

    select * from facts.responses where superseded_at is null

),

recommending as (

    select distinct source, response_id from answers where metric = 'nps'

),

placed as (

    select
        answers.*,
        recommending.response_id is not null as has_nps,
        case when answers.metric = 'ces_v1' then answers.scale_high - answers.score else answers.score - answers.scale_low end
            as steps_up,
        answers.scale_high - answers.scale_low as steps,
    from answers
    left join recommending on answers.source = recommending.source and answers.response_id = recommending.response_id

)

select
    interaction_id,  -- First row of the response in marts.interactions, where it has a text.
    source,  -- Source in the settings.
    question_id,  -- The survey's question.
    metric,  -- nps, csat, ces or ces_v1.
    score,  -- The answer.
    scale_high,  -- Highest answer of the scale.
    customer_id,  -- Who answered; null: not resolved.
    occurred_at,  -- When (UTC).
    known_at,  -- From when the company could know it (UTC).
from placed
where case when metric = 'nps' then score <= 6 else not has_nps and 4 * steps_up <= steps end
