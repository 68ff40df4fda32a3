-- Support tickets with how they went and how the customer felt. One row per ticket.
with conversations as (

    select * from staging.conversations

),

turns as (

    select
        *,
        row_number() over (partition by source, conversation_id order by occurred_at, interaction_id) as turn_from_start,
        -- A turn without words, or in a language that is not read, is passed over.
        row_number() over (
            partition by source, conversation_id
            order by case when sentiment_score is null then 1 else 0 end, occurred_at, interaction_id
        ) as score_from_start,
        row_number() over (
            partition by source, conversation_id
            order by case when sentiment_score is null then 1 else 0 end, occurred_at desc, interaction_id desc
        ) as score_from_end,
    from facts.interactions
    where channel = 'ticket'

),

efforts as (

    select * from facts.conversation_effort

),

told as (

    select
        source,
        conversation_id,
        count(*) as count_turns,
        max(case when turn_from_start = 1 then interaction_id end) as interaction_id,
        max(case when turn_from_start = 1 then customer_id end) as customer_id,
        max(case when turn_from_start = 1 then topic end) as topic,
        max(case when turn_from_start = 1 then journey_stage end) as journey_stage,
        max(case when turn_from_start = 1 then experience end) as experience,
        max(case when turn_from_start = 1 then need end) as need,
        max(case when score_from_start = 1 then sentiment_score end) as sentiment_start,
        max(case when score_from_end = 1 then sentiment_score end) as sentiment_end,
    from turns
    group by source, conversation_id

)

select
    conversations.conversation_id,  -- The vendor's id of the ticket.
    conversations.source,  -- Source in the settings.
    told.interaction_id,  -- Its opening turn in marts.interactions.
    told.customer_id,  -- The recognised requester; null: not resolved.
    conversations.via,  -- How it came in.
    conversations.status,  -- new, open, pending, hold, solved or closed; null: not known at the as-of time.
    conversations.priority,  -- The desk's own priority.
    conversations.assignee_id,  -- Who works on it.
    conversations.owner_team,  -- The team that owns it, by name or the vendor's id; null: the desk names none.
    conversations.segments,  -- JSON object of what figures of tickets are cut by: owner_team.
    conversations.rating,  -- good or bad, where the customer rated it.
    told.topic,  -- Primary topic of the opening turn.
    told.journey_stage,  -- Stage of the journey of that topic.
    told.experience,  -- product, transaction or interaction, by that topic.
    told.need,  -- meaning, value or accommodation, by that topic.
    conversations.first_reply_minutes,  -- Calendar minutes to the first reply.
    conversations.resolution_minutes,  -- Calendar minutes to the full solution.
    conversations.count_reopens,  -- How often it was opened again.
    told.count_turns,  -- Turns of the customer.
    told.sentiment_start,  -- Sentiment score of the customer's first turn that has one.
    told.sentiment_end,  -- Sentiment score of his last turn that has one.
    told.sentiment_end - told.sentiment_start as sentiment_change,  -- From that first turn to that last; 0 with one turn.
    efforts.count_repeats,  -- Earlier tickets of the customer on the same topic within 14 days.
    efforts.days_waited,  -- Calendar days from opening to the solution, or to the run.
    efforts.effort,  -- Effort of the customer by turns, reopens, wait and repeats, 0 to below 1.
    conversations.created_at,  -- When it was opened (UTC).
    conversations.solved_at,  -- When it was solved (UTC).
    conversations.known_at,  -- From when the company could know of it (UTC).
    conversations.loaded_at,  -- When this state was loaded (UTC); audit only.
from conversations
left join told on conversations.source = told.source and conversations.conversation_id = told.conversation_id
left join efforts on conversations.source = efforts.source and conversations.conversation_id = efforts.conversation_id
