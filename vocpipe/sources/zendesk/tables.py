"""Zendesk's raw rows as tables of tickets, comments and people."""

from __future__ import annotations

from vocpipe import tickets

WHOLE = tickets.whole
# Tickets to which figures or ratings of their own may belong: most exports hold none of these, so few are gone through.
HELD = """from tickets
where ticket_id in (select ticket_id from metric_sets union all select ticket_id from ratings)"""
LONGEST = 50_000_000  # minutes, a century: what is longer or negative is no figure


def minutes(figure: str) -> str:
    """SQL: a figure in minutes, null where it cannot be one."""
    return f"case when {figure} between 0 and {LONGEST} then {figure} end"


PARSED = {
    "metric_sets": f"""
with read_metrics as (
    select row_id, from_json(body, '{{"id": "VARCHAR", "ticket_id": "VARCHAR", "created_at": "VARCHAR",
        "updated_at": "VARCHAR", "solved_at": "VARCHAR", "reply_time_in_minutes": {{"calendar": "DOUBLE"}},
        "full_resolution_time_in_minutes": {{"calendar": "DOUBLE"}}, "reopens": "INTEGER"}}') as m
    from landed
    where kind = 'metrics'
)
select
    row_id, {WHOLE("m.ticket_id")} as ticket_id, utc(m.created_at, 'UTC') as created_at,
    coalesce(utc(m.updated_at, 'UTC'), utc(m.created_at, 'UTC')) as updated_at,
    utc(m.solved_at, 'UTC') as solved_at, m.reply_time_in_minutes.calendar as first_reply_minutes,
    m.full_resolution_time_in_minutes.calendar as resolution_minutes, m.reopens as count_reopens,
    row_number() over (partition by ticket_id order by updated_at desc nulls last, row_id desc) as version_no,
from read_metrics
""",
    "ratings": f"""
with read_ratings as (
    select row_id, from_json(body, '{{"id": "VARCHAR", "ticket_id": "VARCHAR", "score": "VARCHAR",
        "created_at": "VARCHAR", "updated_at": "VARCHAR"}}') as r
    from landed
    where kind = 'rating'
)
select
    row_id, {WHOLE("r.id")} as rating_id, {WHOLE("r.ticket_id")} as ticket_id,
    case when r.score like 'good%' then 'good' when r.score like 'bad%' then 'bad' end as rating,
    utc(r.created_at, 'UTC') as created_at,
    coalesce(utc(r.updated_at, 'UTC'), utc(r.created_at, 'UTC')) as updated_at,
    row_number() over (
        partition by ticket_id order by rating is not null desc, updated_at desc nulls last, row_id desc
    ) as version_no,
from read_ratings
""",
    # An export's users change their e-mail or name over time; `updated_at` tells the newest. Who is not active was
    # deleted or merged into another user.
    "users": f"""
with read_users as (
    select row_id, from_json(body, '{{"id": "VARCHAR", "name": "VARCHAR", "email": "VARCHAR", "phone": "VARCHAR",
        "external_id": "VARCHAR", "role": "VARCHAR", "created_at": "VARCHAR", "updated_at": "VARCHAR",
        "active": "BOOLEAN", "shared_phone_number": "BOOLEAN",
        "identities": [{{"type": "VARCHAR", "value": "VARCHAR"}}]}}') as u
    from landed
    where kind = 'user'
)
select
    row_id, {WHOLE("u.id")} as person_id, trim(u.name) as name, u.email as email,
    case when not coalesce(u.shared_phone_number, false) then u.phone end as phone, u.external_id as external_id,
    coalesce(u.role in ('agent', 'admin'), false) as is_agent, coalesce(not u.active, false) as is_removed,
    u.identities as identities, utc(u.created_at, 'UTC') as created_at,
    coalesce(utc(u.updated_at, 'UTC'), utc(u.created_at, 'UTC')) as updated_at,
from read_users
""",
    "teams": tickets.TEAMS,
    "tickets": f"""
with read_tickets as (
    select row_id, from_json(body, '{{"id": "VARCHAR", "created_at": "VARCHAR", "updated_at": "VARCHAR",
        "_text": "VARCHAR", "description": "VARCHAR", "subject": "VARCHAR", "status": "VARCHAR",
        "priority": "VARCHAR", "requester_id": "VARCHAR", "submitter_id": "VARCHAR", "assignee_id": "VARCHAR",
        "group_id": "VARCHAR", "group": {{"id": "VARCHAR"}},
        "requester": {{"id": "VARCHAR", "name": "VARCHAR", "email": "VARCHAR", "phone": "VARCHAR",
            "external_id": "VARCHAR", "role": "VARCHAR"}}, "submitter": {{"id": "VARCHAR"}},
        "assignee": {{"id": "VARCHAR"}}, "is_public": "BOOLEAN", "tags": ["VARCHAR"], "via": {{"channel": "VARCHAR"}},
        "satisfaction_rating": {{"score": "VARCHAR"}}, "metric_set": {{"solved_at": "VARCHAR",
        "reply_time_in_minutes": {{"calendar": "DOUBLE"}}, "full_resolution_time_in_minutes": {{"calendar": "DOUBLE"}},
        "reopens": "INTEGER"}}}}') as t
    from landed
    where kind = 'ticket'
),
timed as (
    select
        row_id, t, {WHOLE("t.id")} as ticket_id, {WHOLE("coalesce(t.requester_id, t.requester.id)")} as person_id,
        {WHOLE("coalesce(t.submitter_id, t.submitter.id)")} as submitter_id, {
        WHOLE("coalesce(t.group_id, t.group.id)")
    } as team_id,
        lower(t.status) as status,
        utc(t.created_at, 'UTC') as created_at,
        coalesce(utc(t.updated_at, 'UTC'), utc(t.created_at, 'UTC')) as updated_at,
        -- Merged into another ticket: closed, but not solved.
        coalesce(list_contains(t.tags, 'closed_by_merge'), false) as is_merged,
        coalesce(status in ('solved', 'closed') and not is_merged, false) as is_solved,
        coalesce(status = 'deleted', false) as is_removed,
        coalesce(lower(t.requester.role) in ('agent', 'admin') or person_id in (
            select person_id from users where is_agent and not is_removed
        ), false) as is_agents,
    from read_tickets
)
select
    r.row_id, r.ticket_id, r.person_id, r.t.requester as requester,
    {WHOLE("coalesce(r.t.assignee_id, r.t.assignee.id)")} as assignee_id, coalesce(g.name, r.team_id) as owner_team,
    r.t.via.channel as via, r.status, r.t.priority as priority,
    coalesce(trimmed(r.t._text), trimmed(r.t.description), trimmed(r.t.subject))
        as verbatim,
    case
        when r.submitter_id <> r.person_id then 'written by another than the customer'
        when not r.t.is_public then 'an internal note, no customer'
    end as no_voice,
    r.created_at, r.updated_at, r.is_removed,
    case
        when r.t.satisfaction_rating.score like 'good%' then 'good'
        when r.t.satisfaction_rating.score like 'bad%' then 'bad'
    end as written_rating,
    case
        when s.rating is not null and s.updated_at > r.updated_at then s.rating
        else coalesce(written_rating, s.rating)
    end as rating,
    {minutes("coalesce(r.t.metric_set.full_resolution_time_in_minutes.calendar, m.resolution_minutes)")}
        as written_minutes,
    case
        when not r.is_merged
            then {minutes("coalesce(r.t.metric_set.reply_time_in_minutes.calendar, m.first_reply_minutes)")}
    end as first_reply_minutes,
    case when r.is_solved then written_minutes end as resolution_minutes,
    case
        when r.is_solved
            then coalesce(utc(r.t.metric_set.solved_at, 'UTC'), m.solved_at,
                r.created_at + to_minutes(cast(written_minutes as bigint)), r.updated_at)
    end as solved_at,
    case when not r.is_merged then coalesce(r.t.metric_set.reopens, m.count_reopens) end as count_reopens,
    {
        tickets.first_reason(
            ("r.ticket_id is null", "the ticket has no id", "id"),
            ("is_spoilt(r.ticket_id)", tickets.SPOILT, "id"),
            ("r.is_removed", "deleted by the vendor", "status"),
            ("r.t.via.channel = 'sample_ticket'", "a demo ticket, no customer", "via"),
            ("r.created_at is null", "created_at holds no time that can be read", "created_at"),
            ("r.is_agents", "an agent asked for it, no customer", "requester_id"),
        )
    }
from timed as r
left join metric_sets as m on r.ticket_id = m.ticket_id and m.version_no = 1
left join ratings as s on r.ticket_id = s.ticket_id and s.version_no = 1
left join teams as g on r.team_id = g.team_id and g.version_no = 1
""",
    "comments": f"""
with read_comments as (
    select row_id, from_json(body, '{{"id": "VARCHAR", "ticket_id": "VARCHAR", "author_id": "VARCHAR",
        "public": "BOOLEAN", "created_at": "VARCHAR", "_text": "VARCHAR", "body": "VARCHAR"}}') as c
    from landed
    where kind = 'comment'
)
select
    row_id, {WHOLE("c.id")} as comment_id, {WHOLE("c.ticket_id")} as ticket_id, {WHOLE("c.author_id")} as author_id,
    coalesce(c.public, false) as is_public, null::boolean as is_customer, true as may_open,
    coalesce(trimmed(c._text), trimmed(c.body)) as verbatim,
    {tickets.moment("c.created_at")} as created_at, null::timestamp as updated_at,
from read_comments
""",
    # A ticket of the account export holds its requester; where the users are exported too, those count.
    "named": """
select
    row_id, person_id, trim(requester.name) as name, requester.email as email, requester.phone as phone,
    requester.external_id as external_id,
from tickets
where requester.id is not null and person_id not in (select person_id from users where person_id is not null)
""",
    "people": f"""
select
    row_id, person_id, name, created_at, updated_at, is_removed,
    {
        tickets.first_reason(
            ("person_id is null", "the user has no id", "id"),
            ("is_spoilt(person_id)", tickets.SPOILT, "id"),
            ("is_removed", "deleted by the vendor", "active"),
            ("is_agent", "an agent, no customer", "role"),
        )
    }
from users
""",
    "handles": """
select row_id, person_id, 'account_id' as identifier_type, external_id as identifier from users
union all
select row_id, person_id, 'email', email from users
union all
select row_id, person_id, 'phone', phone from users where not is_spoilt(phone)
union all
select
    row_id, person_id,
    case x.type when 'twitter' then 'handle' when 'phone_number' then 'phone' else 'email' end,
    x.value
from (select row_id, person_id, unnest(identities) as x from users)
where x.type in ('twitter', 'phone_number', 'email')
union all
select row_id, person_id, 'account_id', external_id from named
union all
select row_id, person_id, 'email', email from named
union all
select row_id, person_id, 'phone', phone from named where not is_spoilt(phone)
""",
    "others": f"""
select
    row_id, 'metrics' as kind, ticket_id as record_key, created_at, updated_at,
    {
        tickets.first_reason(
            ("ticket_id is null", "nothing says which ticket the figures belong to", "ticket_id"),
            ("ticket_id not in (select ticket_id from held)", "the ticket of the figures is not held", "ticket_id"),
        )
    }
from metric_sets
union all
select
    row_id, 'rating', rating_id, created_at, updated_at,
    {
        tickets.first_reason(
            ("rating_id is null", "the rating has no id", "id"),
            ("ticket_id is null", "nothing says which ticket the rating belongs to", "ticket_id"),
            ("rating is null", "the customer gave no rating", "score"),
            ("ticket_id not in (select ticket_id from held)", "the ticket of the rating is not held", "ticket_id"),
        )
    }
from ratings
union all
select
    row_id, kind, {WHOLE("text_of(body, '/id')")} as record_id,
    {tickets.moment("text_of(body, '/created_at')")} as made_at,
    coalesce({tickets.moment("text_of(body, '/updated_at')")}, made_at),
    {
        tickets.first_reason(
            ("record_id is null", "the record has no id", "id"),
            ("kind = 'event'", "a change of a ticket, nothing is said", "child_events"),
        )
    }
from landed
where kind in ('organization', 'event')
union all
{tickets.TEAM_RECORDS}
""".replace("from held", HELD),
} | dict(tickets.PARSED)
