-- The ticket by which a case was followed up: one that names the case (as an import of cases.csv does), else the first
-- ticket of the customer that was answered within follow_up_days. One row per case that was followed up.
with cases as (

    select * from facts.case_openings

),

tickets as (

    select
        *,
        created_at + to_seconds(cast(60 * first_reply_minutes as bigint)) as replied_at,
    from facts.conversations

),

named as (

    select distinct
        source,
        conversation_id,
        regexp_extract(verbatim, 'case_[a-p]{16}') as case_id,
    from facts.interactions
    where channel = 'ticket' and contains(verbatim, 'case_')

),

found as (

    select
        cases.case_id, tickets.source, tickets.conversation_id, tickets.status, tickets.solved_at,
        'the ticket of the case' as followed_up_by,
        coalesce(tickets.replied_at, tickets.created_at) as followed_up_at,
    from cases
    inner join named on cases.case_id = named.case_id
    inner join tickets on named.source = tickets.source and named.conversation_id = tickets.conversation_id
    union all
    select
        cases.case_id, tickets.source, tickets.conversation_id, tickets.status, tickets.solved_at,
        'a ticket of the customer', tickets.replied_at,
    from cases
    inner join tickets
        on cases.customer_id = tickets.customer_id
        and tickets.replied_at >= cases.opened_at
        and tickets.replied_at < cases.opened_at + to_days(cast(getvariable('follow_up_days') as integer))
    where tickets.replied_at < getvariable('as_of')

),

ranked as (

    select
        *,
        row_number() over (
            partition by case_id order by followed_up_by desc, followed_up_at, source, conversation_id
        ) as place,
    from found

)

select
    case_id,  -- The case.
    source,  -- Source of the ticket.
    conversation_id,  -- The vendor's id of the ticket.
    followed_up_by,  -- the ticket of the case, or a ticket of the customer.
    followed_up_at,  -- First reply in it, or its opening where no reply is known (UTC).
    status,  -- State of the ticket.
    solved_at,  -- When it was solved (UTC).
from ranked
where place = 1
