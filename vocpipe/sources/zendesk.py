"""Zendesk tickets and users as JSON: API pages, incremental exports, or one object a line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from vocpipe.contracts import RawRow, Recognition, Reject
from vocpipe.documents import first_object, objects_of

NAME = "zendesk_json"
TITLE = "Zendesk tickets and users"
NEEDS = ()

# Which list of a page holds which kind, and what tells such an object when it stands alone on a line.
KINDS = {"tickets": "ticket", "users": "user"}
MARKS = {"ticket": {"id", "requester_id", "status"}, "user": {"id", "name", "role"}}

EXAMPLE = {
    "tickets_0001.json": orjson.dumps(
        {"tickets": [
            {"id": 501, "created_at": "2026-01-05T08:00:00Z", "updated_at": "2026-01-06T09:30:00Z",
             "subject": "Suitcase", "description": "My suitcase never came. Booking K8F2QX.", "status": "solved",
             "priority": "high", "requester_id": 9001, "assignee_id": 31, "via": {"channel": "web"},
             "satisfaction_rating": {"score": "bad"},
             "metric_set": {"reply_time_in_minutes": {"calendar": 45},
                            "full_resolution_time_in_minutes": {"calendar": 1530}, "reopens": 1}},
            {"id": 502, "created_at": "2026-01-07T08:00:00Z", "updated_at": "2026-01-07T08:00:00Z",
             "description": "This is a sample ticket.", "status": "new", "requester_id": 9001,
             "via": {"channel": "sample_ticket"}}],
         "count": 2, "end_of_stream": True}),
    "users.json": orjson.dumps(
        {"users": [{"id": 9001, "name": "Jonas Lind", "email": "jonas.lind@example.org", "phone": "+4670555010",
                    "external_id": "K-2", "role": "end-user", "created_at": "2025-11-01T00:00:00Z",
                    "identities": [{"type": "twitter", "value": "jonaslind"}]}], "count": 1}),
}  # fmt: skip


def recognise(path: Path) -> Recognition | None:
    """A page that lists tickets or users, or a line that is one of them."""
    return Recognition(NAME, NAME) if kind_of(first_object(path)) else None


def kind_of(found: Any) -> str | None:
    """Whether an object is (or lists) tickets or users."""
    if not isinstance(found, dict):
        return None
    for key, kind in KINDS.items():
        items = found.get(key)
        if isinstance(items, list) and all(isinstance(x, dict) and MARKS[kind] <= x.keys() for x in items[:5]):
            return kind
    return next((kind for kind, marks in MARKS.items() if marks <= found.keys()), None)


def read(path: Path) -> Iterator[RawRow | Reject]:
    """One row a ticket or user."""
    for found in objects_of(path):
        if isinstance(found, Reject):
            yield found
        else:
            yield from rows_of_page(*found)


def rows_of_page(line_no: int, page: Any) -> Iterator[RawRow | Reject]:
    """The rows of one page, or of one object that stands alone."""
    alone = kind_of(page) if isinstance(page, dict) and not KINDS.keys() & page.keys() else None
    lists = {KINDS[k]: page[k] for k in KINDS if isinstance(page, dict) and isinstance(page.get(k), list)}
    if not alone and not lists:
        yield Reject(line_no, None, "this is no page of tickets or users", orjson.dumps(page).decode())
    for kind, items in ({alone: [page]} if alone else lists).items():
        for item_no, item in enumerate(items):
            yield RawRow(line_no, item_no, kind, orjson.dumps(item).decode())


PARSED = {
    "tickets": """
with parsed_tickets as (
    select row_id, from_json(body, '{"id": "VARCHAR", "created_at": "VARCHAR", "updated_at": "VARCHAR",
        "description": "VARCHAR", "subject": "VARCHAR", "status": "VARCHAR", "priority": "VARCHAR",
        "requester_id": "VARCHAR", "assignee_id": "VARCHAR", "via": {"channel": "VARCHAR"},
        "satisfaction_rating": {"score": "VARCHAR"}, "metric_set": {"solved_at": "VARCHAR",
        "reply_time_in_minutes": {"calendar": "DOUBLE"}, "full_resolution_time_in_minutes": {"calendar": "DOUBLE"},
        "reopens": "INTEGER"}}') as t
    from landed
    where kind = 'ticket'
)
select
    row_id, t.id as ticket_id, t.requester_id as requester_id, t.assignee_id as assignee_id, t.status as status,
    t.priority as priority, t.via.channel as via,
    coalesce(nullif(trim(t.description), ''), nullif(trim(t.subject), '')) as verbatim,
    utc(t.created_at, 'UTC') as created_at,
    coalesce(utc(t.updated_at, 'UTC'), utc(t.created_at, 'UTC')) as updated_at,
    case
        when t.satisfaction_rating.score like 'good%' then 'good'
        when t.satisfaction_rating.score like 'bad%' then 'bad'
    end as rating,
    t.metric_set.reply_time_in_minutes.calendar as first_reply_minutes,
    case
        when t.status in ('solved', 'closed') then t.metric_set.full_resolution_time_in_minutes.calendar
    end as resolution_minutes,
    utc(t.metric_set.solved_at, 'UTC') as written_solved_at,
    t.metric_set.reopens as count_reopens,
from parsed_tickets
""",
    # An export's users change their e-mail or name over time; `updated_at` tells the newest.
    "users": """
with parsed_users as (
    select row_id, from_json(body, '{"id": "VARCHAR", "name": "VARCHAR", "email": "VARCHAR", "phone": "VARCHAR",
        "external_id": "VARCHAR", "role": "VARCHAR", "created_at": "VARCHAR", "updated_at": "VARCHAR",
        "identities": [{"type": "VARCHAR", "value": "VARCHAR"}]}') as u
    from landed
    where kind = 'user'
)
select
    row_id, u.id as user_id, trim(u.name) as name, nullif(trim(u.email), '') as email,
    nullif(trim(u.phone), '') as phone, nullif(trim(u.external_id), '') as external_id, u.role as role,
    u.identities as identities, utc(u.created_at, 'UTC') as created_at,
    coalesce(utc(u.updated_at, 'UTC'), utc(u.created_at, 'UTC')) as updated_at,
from parsed_users
""",
}

SELECT = {
    "records": """
select
    row_id, 'ticket' as kind, ticket_id as record_key, created_at as occurred_at, updated_at as recorded_at,
    created_at as first_recorded_at, coalesce(status = 'deleted', false) as is_removal,
    case
        when ticket_id is null then 'the ticket has no id'
        when status = 'deleted' then 'deleted by the vendor'
        when via = 'sample_ticket' then 'a demo ticket, no customer'
        when created_at is null then 'created_at holds no time that can be read'
    end as set_aside,
    case
        when ticket_id is null then 'id'
        when status = 'deleted' then 'status'
        when via = 'sample_ticket' then 'via'
        when created_at is null then 'created_at'
    end as set_aside_column
from tickets
union all
select
    row_id, 'user', user_id, created_at, updated_at, created_at, false,
    case
        when user_id is null then 'the user has no id'
        when role in ('agent', 'admin') then 'an agent, no customer'
    end,
    case
        when user_id is null then 'id'
        when role in ('agent', 'admin') then 'role'
    end
from users
""",
    "turns": """
select
    row_id, 'ticket' as channel, ticket_id as source_id, null as question_id, 1 as turn_no,
    ticket_id as conversation_id, requester_id as person_id, created_at as occurred_at, false as is_solicited,
    verbatim, null as language_hint
from tickets
""",
    "conversations": """
select
    row_id, ticket_id as conversation_id, via, requester_id as person_id, assignee_id, status, priority, rating,
    created_at,
    case
        when status in ('solved', 'closed')
            then coalesce(written_solved_at, created_at + to_minutes(resolution_minutes::bigint), updated_at)
    end as solved_at,
    first_reply_minutes, resolution_minutes, count_reopens
from tickets
""",
    "persons": """
select
    row_id, user_id as record_id, 'ticket_user' as person_kind,
    split_part(name, ' ', 1) as given_name,
    case when contains(name, ' ') then regexp_extract(name, '([^ ]+)$', 1) end as family_name,
    null::date as birth_on, null::date as signed_up_on, null::boolean as has_marketing_consent, null as attributes
from users
""",
    "identifiers": """
select row_id, user_id as record_id, 'account_id' as identifier_type, external_id as identifier
from users where external_id is not null
union all
select row_id, user_id, 'email', email from users where email is not null
union all
select row_id, user_id, 'phone', phone from users where phone is not null
union all
select
    row_id, user_id,
    case x.type when 'twitter' then 'handle' when 'phone_number' then 'phone' else 'email' end,
    x.value
from (select row_id, user_id, unnest(identities) as x from users)
where x.type in ('twitter', 'phone_number', 'email') and x.value is not null
""",
}
