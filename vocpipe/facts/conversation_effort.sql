-- What a ticket cost the customer in work, by what happened and not by his words: turns after the first, reopens, days
-- waited, and earlier tickets on the same topic within 14 days. Points are turns + 2 × reopens + 2 × repeats + half the
-- days waited (each part capped, so that no single one decides); effort = points / (points + 4): 0 for a ticket solved
-- on the same day in one turn, .5 at 4 points, below 1 for ever. Worked example: 3 turns, reopened once, 2 days, no
-- repeat: 2 + 2 + 0 + 1 = 5 points, effort 5 / 9 = .56.
-- One row per ticket.
with conversations as (

    select * from staging.conversations

),

turns as (

    select
        source,
        conversation_id,
        customer_id,
        topic,
        row_number() over (partition by source, conversation_id order by occurred_at, interaction_id) as turn_no,
        count(*) over (partition by source, conversation_id) as count_turns,
    from facts.interactions
    where channel = 'ticket'

),

tickets as (

    select
        conversations.source,
        conversations.conversation_id,
        turns.customer_id,
        turns.topic,
        conversations.created_at,
        coalesce(turns.count_turns, 1) - 1 as count_further_turns,
        coalesce(conversations.count_reopens, 0) as count_reopens,
        -- Calendar days; a ticket that is not solved waits until the day of the run.
        cast(coalesce(conversations.solved_at, getvariable('as_of')) as date)
        - cast(conversations.created_at as date) as days_waited,
    from conversations
    left join turns
        on conversations.source = turns.source
        and conversations.conversation_id = turns.conversation_id
        and turns.turn_no = 1

),

-- 'unknown' is no topic that two tickets could share.
repeats as (

    select
        later.source,
        later.conversation_id,
        count(*) as count_repeats,
    from tickets as later
    inner join tickets as earlier
        on later.customer_id = earlier.customer_id
        and later.topic = earlier.topic
        and later.created_at > earlier.created_at
        and later.created_at <= earlier.created_at + to_days(14)
    where later.topic not in ('unknown', 'unsupported_language')
    group by later.source, later.conversation_id

),

counted as (

    select
        tickets.*,
        coalesce(repeats.count_repeats, 0) as count_repeats,
        least(tickets.count_further_turns, 6)
        + 2 * least(tickets.count_reopens, 3)
        + 2 * least(coalesce(repeats.count_repeats, 0), 3)
        + 0.5 * least(greatest(coalesce(tickets.days_waited, 0), 0), 14) as points,
    from tickets
    left join repeats on tickets.source = repeats.source and tickets.conversation_id = repeats.conversation_id

)

select
    source,  -- Source in the settings.
    conversation_id,  -- The vendor's id of the ticket.
    count_further_turns,  -- Turns of the customer after the first.
    count_repeats,  -- Earlier tickets of the same customer on the same topic, opened in the 14 days before.
    days_waited,  -- Calendar days from opening to the solution, or to the run; null: opening not known.
    cast(points as double) / (points + 4) as effort,  -- 0 (none) to 1 (never reached).
from counted
