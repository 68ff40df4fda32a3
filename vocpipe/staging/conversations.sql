-- Tickets in the state that was known. One row per ticket.
select
    r.source,  -- Source in the settings.
    c.conversation_id,  -- The vendor's id of the ticket.
    c.via,  -- How it came in.
    c.person_id,  -- Record of the requester in the same source.
    case when r.is_state_known then c.assignee_id end as assignee_id,  -- Who works on it.
    case when r.is_state_known then c.owner_team end as owner_team,  -- The team that owns it.
    case
        when r.is_state_known and c.owner_team is not null then cast(json_object('owner_team', c.owner_team) as varchar)
    end as segments,  -- JSON object of what figures of tickets are cut by.
    case when r.is_state_known then c.status end as status,  -- State of the ticket; null: not known at the as-of time.
    case when r.is_state_known then c.priority end as priority,  -- The desk's own priority.
    case when r.is_state_known then c.rating end as rating,  -- good or bad.
    c.created_at,  -- When it was opened (UTC).
    case when r.is_state_known and c.solved_at < getvariable('as_of') then c.solved_at end as solved_at,  -- When it was solved (UTC).
    r.first_known_at as known_at,  -- From when the company could know of it (UTC).
    r.loaded_at,  -- When this state was loaded (UTC).
    case when r.is_state_known then c.first_reply_minutes end as first_reply_minutes,  -- Minutes to the first reply.
    case when r.is_state_known then c.resolution_minutes end as resolution_minutes,  -- Minutes to the solution.
    case when r.is_state_known then c.count_reopens end as count_reopens,  -- How often it was opened again.
from conformed.conversations as c
inner join staging.records as r on c.row_id = r.row_id
where r.reason is null
