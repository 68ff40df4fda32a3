"""Intercom as JSON: conversations with their parts, and contacts, in lists, one a line, or as notifications."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import orjson

from vocpipe import tickets
from vocpipe.contracts import RawRow, Recognition, Reject
from vocpipe.documents import dumped, first_object, objects_of
from vocpipe.exports import Export
from vocpipe.replies import voice_of

NAME = "intercom_json"
TITLE = "Intercom conversations and contacts"
NEEDS = ()

LISTS = ("conversations", "data", "contacts", "users", "admins", "teams")
ENVELOPE = frozenset("type total_count pages has_more cursor".split())
MESSAGES = ("source", "conversation_message", "conversation_parts")

EXAMPLE = {
    "intercom_conversations.json": orjson.dumps(
        {"type": "conversation.list", "conversations": [
            {"type": "conversation", "id": "3301", "created_at": 1767600000, "updated_at": 1767690000, "open": False,
             "state": "closed", "priority": "not_priority", "admin_assignee_id": 77,
             "source": {"type": "conversation", "id": "1", "delivered_as": "customer_initiated", "subject": "",
                        "body": "<p>The app shows yesterday&#39;s gate.<br>Which one is right?</p>",
                        "author": {"type": "user", "id": "c-1", "name": "Ada Okafor",
                                   "email": "ada.okafor@example.com"}},
             "contacts": {"type": "contact.list", "contacts": [
                 {"type": "contact", "id": "c-1", "external_id": "K-1"}]},
             "statistics": {"first_admin_reply_at": 1767601800, "last_close_at": 1767686400, "count_reopens": 0},
             "conversation_rating": {"rating": 5, "remark": "quick", "created_at": 1767689000},
             "conversation_parts": {"type": "conversation_part.list", "conversation_parts": [
                 {"type": "conversation_part", "id": "11", "part_type": "comment", "created_at": 1767601800,
                  "body": "<p>Gate 14 is right.</p>", "author": {"type": "admin", "id": "77", "name": "Agent"}},
                 {"type": "conversation_part", "id": "12", "part_type": "comment", "created_at": 1767602400,
                  "body": "<p>Thank you, I made it!</p>", "author": {"type": "user", "id": "c-1"}},
                 {"type": "conversation_part", "id": "13", "part_type": "note", "created_at": 1767602500,
                  "body": "<p>nice one</p>", "author": {"type": "admin", "id": "77"}}], "total_count": 3}},
            {"type": "conversation", "id": "3302", "created_at": 1767700000, "updated_at": 1767700000, "open": True,
             "state": "open", "source": {"type": "conversation", "delivered_as": "operator_initiated",
                                         "body": "<p>Hello there!</p>", "author": {"type": "bot", "id": "9"}},
             "contacts": {"type": "contact.list", "contacts": [{"type": "contact", "id": "c-1"}]}}],
         "pages": {"type": "pages", "page": 1}}),
    "intercom_contacts.json": orjson.dumps(
        {"type": "list", "data": [{"type": "contact", "id": "c-1", "role": "user", "external_id": "K-1",
                                   "email": "ada.okafor@example.com", "name": "Ada Okafor", "phone": "+4670555001",
                                   "created_at": 1700000000, "updated_at": 1700000000}], "total_count": 1}),
}  # fmt: skip


def recognise(export: Export) -> Recognition | None:
    """A list of conversations or contacts that name their own type, or a line that is one."""
    found = first_object(export)
    for _ in range(2):
        if isinstance(found, dict) and kind_of(found) is None:
            found = next((found[key] for key in (*LISTS, "item") if isinstance(found.get(key), list | dict)), None)
        if isinstance(found, list):
            found = found[0] if found else None
    return Recognition(NAME, NAME) if kind_of(found) else None


def kind_of(item: Any) -> str | None:
    """What one object is: it says so itself."""
    if not isinstance(item, dict) or "id" not in item:
        return None
    match item.get("type"):
        case "conversation" if any(key in item for key in MESSAGES):
            return "ticket"
        case "contact" | "user" | "lead" if item.keys() & {"role", "email", "user_id", "external_id"}:
            return "user"
        case "admin" if "email" in item:
            return "admin"
        case "team" if "admin_ids" in item:
            return "team"
    return None


def read(export: Export) -> Iterator[RawRow | Reject]:
    """One row a conversation, a part of it, or a contact."""
    inner = count()
    for found in objects_of(export):
        if isinstance(found, Reject):
            yield found
        else:
            yield from rows_of(found.line_no, found.item_no, found.content, inner)


def rows_of(line_no: int, first: int, content: Any, inner: Iterator[int]) -> Iterator[RawRow | Reject]:
    """The rows of one document: a list, a page that holds lists, a notification, or one object."""
    if isinstance(content, list):
        for item_no, item in enumerate(content, start=first):
            yield from rows_of(line_no, item_no, item, inner)
    elif kind := kind_of(content):
        yield from rows_of_item(line_no, first, kind, content, inner)
    elif isinstance(content, dict) and content.get("type") == "notification_event":
        data = content.get("data")
        yield from rows_of(line_no, first, data.get("item") if isinstance(data, dict) else None, inner)
    elif isinstance(content, dict) and content.keys() & {*LISTS, *ENVELOPE} and "id" not in content:
        for key, items in content.items():
            if key in LISTS and isinstance(items, list):
                yield from rows_of(line_no, first, items, inner)
            elif key not in ENVELOPE:
                yield Reject(line_no, key, "no conversation or contact: this kind is not used", dumped(items))
    else:
        yield Reject(line_no, None, "this is no conversation or contact", dumped(content))


def rows_of_item(
    line_no: int, item_no: int, kind: str, item: dict[str, Any], inner: Iterator[int]
) -> Iterator[RawRow]:  # fmt: skip
    """The row of one object and those of a conversation's parts; its words as plain text are put beside it."""
    if kind != "ticket":
        yield RawRow(line_no, item_no, kind, dumped(item))
        return
    listed = item.get("conversation_parts")
    listed = listed.get("conversation_parts") if isinstance(listed, dict) else listed
    parts = [part for part in listed if isinstance(part, dict)] if isinstance(listed, list) else []
    opening: dict[str, Any] = next((item[key] for key in MESSAGES[:2] if isinstance(item.get(key), dict)), {})
    own = {**item, "conversation_parts": [x for x in listed or () if not isinstance(x, dict)]} if parts else dict(item)
    own |= {"_opening": opening, "_text": voice_of(opening, (), ("body",))}
    yield RawRow(line_no, item_no, kind, dumped(own))
    for part in parts:
        part = {"conversation_id": item["id"], **part, "_text": voice_of(part, (), ("body",))}
        yield RawRow(line_no, next(inner), "comment", dumped(part))


WHOLE, MOMENT = tickets.whole, tickets.moment
CUSTOMERS = "('user', 'lead', 'contact')"
PARSED = {
    "contacts": f"""
with read_contacts as (
    select row_id, kind, from_json(body, '{{"id": "VARCHAR", "name": "VARCHAR", "email": "VARCHAR", "phone": "VARCHAR",
        "external_id": "VARCHAR", "user_id": "VARCHAR", "created_at": "VARCHAR", "updated_at": "VARCHAR"}}') as c
    from landed
    where kind in ('user', 'admin')
)
select
    row_id, kind = 'admin' as is_agent, {WHOLE("c.id")} as person_id, trim(c.name) as name, c.email as email,
    c.phone as phone, coalesce(c.external_id, c.user_id) as account_id, {MOMENT("c.created_at")} as created_at,
    coalesce({MOMENT("c.updated_at")}, {MOMENT("c.created_at")}) as updated_at,
from read_contacts
""",
    "teams": tickets.TEAMS,
    "read_tickets": f"""
with read_conversations as (
    select
        row_id,
        from_json(body, '{{"id": "VARCHAR", "created_at": "VARCHAR", "updated_at": "VARCHAR", "_text": "VARCHAR",
            "title": "VARCHAR", "state": "VARCHAR", "open": "BOOLEAN", "priority": "VARCHAR",
            "admin_assignee_id": "VARCHAR", "team_assignee_id": "VARCHAR",
            "assignee": {{"id": "VARCHAR"}}, "user": {{"id": "VARCHAR"}},
            "_opening": {{"type": "VARCHAR", "author": {{"type": "VARCHAR", "id": "VARCHAR", "name": "VARCHAR",
                "email": "VARCHAR"}}}},
            "statistics": {{"first_admin_reply_at": "VARCHAR", "last_close_at": "VARCHAR",
                "first_close_at": "VARCHAR", "count_reopens": "INTEGER"}},
            "conversation_rating": {{"rating": "VARCHAR", "created_at": "VARCHAR"}}}}') as t,
        -- Older versions of the API give the list itself.
        coalesce(
            from_json(body, '{{"contacts": {{"contacts": [{{"id": "VARCHAR", "external_id": "VARCHAR"}}]}}}}')
                .contacts.contacts,
            from_json(body, '{{"contacts": [{{"id": "VARCHAR", "external_id": "VARCHAR"}}]}}').contacts
        ) as contacts,
    from landed
    where kind = 'ticket'
)
select
    row_id, t, contacts, {WHOLE("t.id")} as ticket_id, {WHOLE("t.team_assignee_id")} as team_id,
    coalesce(t._opening.author.type in {CUSTOMERS}, false) as is_customers,
    {WHOLE("case when is_customers then t._opening.author.id else coalesce(contacts[1].id, t.user.id) end")}
        as person_id,
    {MOMENT("t.created_at")} as created_at,
    coalesce({MOMENT("t.updated_at")}, {MOMENT("t.created_at")}) as updated_at,
    coalesce(t.state, case when t.open then 'open' when not t.open then 'closed' end) as state,
    {MOMENT("t.statistics.first_admin_reply_at")} as replied_at,
    case
        when state = 'closed'
            then coalesce({MOMENT("t.statistics.last_close_at")}, {MOMENT("t.statistics.first_close_at")})
    end as solved_at,
    coalesce({MOMENT("t.conversation_rating.created_at")}, updated_at) as rated_at,
from read_conversations
""",
    # Five faces: the two happy ones are good, the two unhappy ones bad; the one between is neither.
    "tickets": f"""
select
    r.row_id, ticket_id, person_id, {WHOLE("coalesce(t.admin_assignee_id, t.assignee.id)")} as assignee_id,
    coalesce(g.name, r.team_id) as owner_team,
    t._opening.type as via, case state when 'snoozed' then 'pending' else state end as status, t.priority as priority,
    case
        when t.conversation_rating.rating in ('4', '5') then 'good'
        when t.conversation_rating.rating in ('1', '2') then 'bad'
    end as rating,
    trimmed(t._text) as verbatim,
    case when not is_customers then 'written by another than the customer' end as no_voice,
    created_at, updated_at, solved_at, false as is_removed,
    (epoch(replied_at) - epoch(created_at)) / 60 as first_reply_minutes,
    (epoch(solved_at) - epoch(created_at)) / 60 as resolution_minutes, t.statistics.count_reopens as count_reopens,
    {
        tickets.first_reason(
            ("ticket_id is null", "the conversation has no id", "id"),
            ("is_spoilt(ticket_id)", tickets.SPOILT, "id"),
            ("created_at is null", "created_at holds no time that can be read", "created_at"),
        )
    }
from read_tickets as r
left join (select team_id, name from teams where version_no = 1) as g on r.team_id = g.team_id
""",
    "comments": f"""
with read_parts as (
    select row_id, from_json(body, '{{"id": "VARCHAR", "conversation_id": "VARCHAR", "part_type": "VARCHAR",
        "author": {{"type": "VARCHAR", "id": "VARCHAR"}}, "created_at": "VARCHAR", "updated_at": "VARCHAR",
        "redacted": "BOOLEAN", "_text": "VARCHAR"}}') as c
    from landed
    where kind = 'comment'
)
select
    row_id, {WHOLE("c.id")} as comment_id, {WHOLE("c.conversation_id")} as ticket_id,
    {WHOLE("c.author.id")} as author_id, coalesce(c.part_type not like 'note%', true) as is_public,
    coalesce(c.author.type in {CUSTOMERS}, false) as is_customer, false as may_open,
    case when not coalesce(c.redacted, false) then trimmed(c._text) end as verbatim,
    {MOMENT("c.created_at")} as created_at, {MOMENT("c.updated_at")} as updated_at,
from read_parts
""",
    "named": """
select row_id, person_id, trim(t._opening.author.name) as name, t._opening.author.email as email
from read_tickets
where is_customers and person_id not in (select person_id from contacts where person_id is not null)
""",
    "people": f"""
select
    row_id, person_id, name, created_at, updated_at, false as is_removed,
    {
        tickets.first_reason(
            ("person_id is null", "the contact has no id", "id"),
            ("is_agent", "an agent, no customer", "type"),
        )
    }
from contacts
""",
    "handles": f"""
select row_id, person_id, 'account_id' as identifier_type, account_id as identifier from contacts
union all
select row_id, person_id, 'email', email from contacts
union all
select row_id, person_id, 'phone', phone from contacts where not is_spoilt(phone)
union all
select row_id, person_id, 'email', email from named
union all
select row_id, {WHOLE("x.id")}, 'account_id', x.external_id
from (select row_id, unnest(contacts) as x from read_tickets)
""",
    "others": tickets.TEAM_RECORDS,
} | dict(tickets.PARSED)

# A rating has a scale of its own, so it is an answer too.
SELECT = {
    **tickets.SELECT,
    "answers": """
select
    row_id, ticket_id as response_id, 'conversation_rating' as question_id, 'csat' as metric, 1 as scale_low,
    5 as scale_high, t.conversation_rating.rating as answer, person_id, rated_at as occurred_at, null as segments
from read_tickets
where trimmed(t.conversation_rating.rating) is not null
""",
}
