-- What of each turn decides whether its writer is in distress, and until when it counts: a ticket until it is solved, all
-- else for negative_days. Negative is a turn whose sentiment is, and one that leans that way (score below public_lean, of
-- a coarser engine than the accurate one public_lean_coarse) in public, where hardly anybody writes to ask for a service.
-- One row per turn with a text.
with turns as (

    select * from facts.interactions where verbatim is not null

),

tickets as (

    select * from facts.conversations

),

corrections as (

    select interaction_id, label from enrichment.corrections where classifier = 'distress'

),

labels as (

    select verbatim, case when is_distress then 'yes' else 'no' end as label from enrichment.distress_labels

),

placed as (

    select
        turns.*,
        coalesce(corrections.label, labels.label) as is_distress,
        tickets.interaction_id is not distinct from turns.interaction_id as is_opening,
        case
            when turns.channel in ('survey', 'ticket')
                then coalesce(tickets.via in ('twitter', 'x', 'facebook', 'instagram', 'social'), false)
            else true
        end as is_public,
        case when turns.sentiment_version like 'accurate-%' then getvariable('public_lean')
            else getvariable('public_lean_coarse') end as lean,
        case
            when turns.channel <> 'ticket' or tickets.status is null
                then turns.occurred_at + to_days(cast(getvariable('negative_days') as integer))
            when tickets.status not in ('new', 'open', 'pending', 'hold')
                then greatest(coalesce(tickets.solved_at, turns.occurred_at), turns.occurred_at)
        end as ends_at,
    from turns
    left join tickets
        on turns.channel = 'ticket' and turns.source = tickets.source
        and turns.conversation_id = tickets.conversation_id
    left join corrections on turns.interaction_id = corrections.interaction_id
    left join labels on turns.verbatim = labels.verbatim

)

select
    interaction_id,  -- The turn.
    customer_id,  -- Who said it; null: not resolved.
    channel,  -- Where.
    is_solicited,  -- Whether the company asked.
    is_opening,  -- The first turn of a ticket.
    coalesce(sentiment = 'negative' or (is_public and sentiment_score < lean), false)
        as is_negative,  -- By the plain rules.
    sentiment_score,  -- P(positive) − P(negative), −1 to 1.
    urgency,  -- Gravest of safety, legal, stranded, leaving; null: none.
    is_distress,  -- yes or no, as a person said of this turn; null: nobody did.
    occurred_at,  -- When it was said (UTC).
    greatest(known_at, occurred_at) as starts_at,  -- From when on the company could know it (UTC).
    ends_at,  -- Until when it counts (UTC); null: until the ticket is solved.
from placed
