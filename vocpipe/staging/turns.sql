-- The customers' turns that count, one version each. One row per customer turn.
select
    case
        when r.kind = 'comment' then concat(r.source, ':comment:', t.source_id)
        when t.turn_no > 1 then concat(r.source, ':', t.source_id, ':', t.question_id)
        else concat(r.source, ':', t.source_id)
    end as interaction_id,  -- Id of the turn, stable over runs.
    r.source,  -- Source in the settings.
    t.channel,  -- survey, tweet, ticket and so on.
    t.source_id,  -- The vendor's id.
    t.question_id,  -- The survey's question.
    t.turn_no,  -- 1 for the first verbatim of a response.
    t.conversation_id,  -- The vendor's conversation.
    t.person_id,  -- Record of the writer in the same source.
    t.occurred_at,  -- When the customer spoke (UTC).
    r.first_known_at as known_at,  -- From when the company could know it (UTC).
    r.loaded_at,  -- When it was loaded (UTC).
    t.is_solicited,  -- Whether the company asked.
    t.verbatim,  -- As written.
    t.language_hint,  -- Language as the vendor detected it.
from conformed.turns as t
inner join staging.records as r on t.row_id = r.row_id
where r.reason is null
