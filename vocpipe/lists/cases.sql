-- Cases for a help desk to import; the text names the case, so that its ticket is known again. Those that somebody is to
-- see to yet. One row per case.
with cases as (

    select * from actions.cases where state in ('open', 'overdue')

),

turns as (

    select interaction_id, verbatim from marts.interactions

),

-- The requester by the desk's own id, and by the first of the customer's records.
persons as (

    select
        customer_id,
        min(case when person_kind = 'ticket_user' then record_id end) as requester_id,
        min(case when person_kind = 'customer_record' then record_id end) as record_id,
    from identity.links
    group by customer_id

)

select
    cases.case_id as external_id,  -- Id of the case.
    concat(
        '[', cases.case_id, '] ', cases.reason, case when cases.topic <> 'unknown' then concat(', ', cases.topic) else '' end
    ) as subject,  -- Title of the ticket.
    concat(
        case when cases.score is not null then concat('Answered ', cases.score, ' on ', cases.metric, '. ') else '' end,
        coalesce(turns.verbatim, ''), ' [', cases.case_id, ']'
    ) as description,  -- What was said, redacted.
    case when cases.reason like 'urgent%' then 'urgent' when cases.state = 'overdue' then 'high' else 'normal' end
        as priority,  -- As help desks call it.
    cases.owner as "group",  -- Team that sees to it.
    persons.requester_id,  -- The customer as the help desk knows him; empty: not there.
    persons.record_id as requester_external_id,  -- The customer in the customer record; empty: not recognised.
    cases.channel,  -- Where it was said.
    cases.interaction_id,  -- What was said or answered.
    cases.state,  -- open or overdue.
    cases.opened_at as created_at,  -- When it was opened (UTC).
    cases.due_at,  -- Until when it is to be answered (UTC).
from cases
left join turns on cases.interaction_id = turns.interaction_id
left join persons on cases.customer_id = persons.customer_id
