"""Freshdesk as JSON: lists of tickets, conversations, contacts, agents and ratings as the API gives them."""

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

NAME = "freshdesk_json"
TITLE = "Freshdesk tickets and contacts"
NEEDS = ()

# What tells an object: all of the first names, and two of the second.
MARKS = (
    ("comment", {"id", "incoming", "private"}, {"body", "body_text", "user_id", "source", "ticket_id"}),
    ("rating", {"id", "ticket_id", "ratings"}, {"survey_id", "user_id", "agent_id", "feedback"}),
    ("agent", {"id", "contact"}, {"available", "occasional", "ticket_scope", "group_ids"}),
    ("ticket", {"id", "status", "priority"}, {"responder_id", "fr_due_by", "due_by", "description_text", "spam",
                                              "fr_escalated", "requester_id", "source"}),
    ("team", {"id", "name"}, {"agent_ids", "escalate_to", "unassigned_for", "group_type", "auto_ticket_assign"}),
    ("user", {"id", "name"}, {"mobile", "twitter_id", "view_all_tickets", "unique_external_id", "other_emails",
                              "company_id"}),
)  # fmt: skip
LISTS = ("tickets", "results", "conversations", "contacts", "agents", "satisfaction_ratings", "groups")
ENVELOPE = frozenset("total count meta links page per_page next_page".split())

EXAMPLE = {
    "freshdesk_tickets.json": orjson.dumps([
        {"id": 71, "subject": "Refund", "description": "<div>I was charged <b>twice</b>.<br>Please help</div>",
         "description_text": "I was charged twice.\nPlease help", "status": 4, "priority": 3, "source": 1,
         "spam": False, "requester_id": 4401, "responder_id": 12, "created_at": "2026-02-01T08:00:00Z",
         "updated_at": "2026-02-02T10:00:00Z",
         "requester": {"id": 4401, "name": "Tuva Berg", "email": "tuva.berg@example.net", "mobile": "+4790055501"},
         "stats": {"first_responded_at": "2026-02-01T08:30:00Z", "resolved_at": "2026-02-02T09:00:00Z"},
         "conversations": [
             {"id": 901, "incoming": False, "private": False, "user_id": 12, "created_at": "2026-02-01T08:30:00Z",
              "body_text": "We are looking into it.", "body": "<p>We are looking into it.</p>"},
             {"id": 902, "incoming": True, "private": False, "user_id": 4401, "created_at": "2026-02-01T09:10:00Z",
              "body": "<p>It is on my card again!</p><blockquote>We are looking into it.</blockquote>"}]},
        {"id": 72, "subject": "Cheap pills", "description_text": "Buy now", "status": 2, "priority": 1, "source": 1,
         "spam": True, "requester_id": 4402, "responder_id": None, "created_at": "2026-02-03T08:00:00Z",
         "updated_at": "2026-02-03T08:00:00Z"},
        {"id": 73, "subject": "Your booking", "description_text": "Please confirm your booking.", "status": 2,
         "priority": 1, "source": 10, "requester_id": 4401, "responder_id": 12, "created_at": "2026-02-04T08:00:00Z",
         "updated_at": "2026-02-04T08:00:00Z"}]),
    "freshdesk_contacts.json": orjson.dumps([
        {"id": 4401, "name": "Tuva Berg", "email": "tuva.berg@example.net", "phone": None, "mobile": "+4790055501",
         "twitter_id": "tuvaberg", "unique_external_id": "K-3", "other_emails": [], "active": False,
         "created_at": "2025-06-01T00:00:00Z", "updated_at": "2025-06-01T00:00:00Z"}]),
}  # fmt: skip


def recognise(export: Export) -> Recognition | None:
    """A list (or a page with a list, or a line) of tickets whose status is a number, conversations or contacts."""
    found = first_object(export)
    if isinstance(found, dict) and kind_of(found) is None:
        found = next((found[key] for key in LISTS if key in found), None)
    if isinstance(found, list):
        found = found[0] if found else None
    return Recognition(NAME, NAME) if kind_of(found) else None


def kind_of(item: Any) -> str | None:
    """What one object is."""
    if not isinstance(item, dict):
        return None
    keys = item.keys()
    kind = next((kind for kind, every, some in MARKS if every <= keys and len(some & keys) > 1), None)
    return None if kind == "ticket" and not isinstance(item["status"], int) else kind


def read(export: Export) -> Iterator[RawRow | Reject]:
    """One row a ticket, conversation, contact, agent or rating; conversations inside tickets are rows of their own."""
    inner = count()
    for found in objects_of(export):
        if isinstance(found, Reject):
            yield found
        else:
            yield from rows_of(found.line_no, found.item_no, found.content, inner)


def rows_of(line_no: int, first: int, content: Any, inner: Iterator[int]) -> Iterator[RawRow | Reject]:
    """The rows of one document: a list, a page that holds lists, or one object."""
    if isinstance(content, list):
        for item_no, item in enumerate(content, start=first):
            yield from rows_of(line_no, item_no, item, inner)
    elif kind := kind_of(content):
        yield from rows_of_item(line_no, first, kind, content, inner)
    elif isinstance(content, dict) and content.keys() & {*LISTS, *ENVELOPE}:
        for key, items in content.items():
            if key in LISTS and isinstance(items, list):
                yield from rows_of(line_no, first, items, inner)
            elif key not in ENVELOPE:
                yield Reject(line_no, key, "no ticket, conversation or contact: this kind is not used", dumped(items))
    else:
        yield Reject(line_no, None, "this is no ticket, conversation or contact", dumped(content))


def rows_of_item(
    line_no: int, item_no: int, kind: str, item: dict[str, Any], inner: Iterator[int]
) -> Iterator[RawRow]:  # fmt: skip
    """The row of one object and those of the conversations inside it; its words without quotes are put beside it."""
    inside: list[Any] = []
    if kind == "ticket":
        said = item.get("conversations")
        inside = [x for x in said if isinstance(x, dict)] if isinstance(said, list) else []
        item = {**item, "conversations": [x for x in said or () if not isinstance(x, dict)]} if inside else dict(item)
        item["_text"] = voice_of(item, ("description_text",), ("description",))
    elif kind == "comment":
        item = {**item, "_text": voice_of(item, ("body_text",), ("body",))}
    yield RawRow(line_no, item_no, kind, dumped(item))
    for comment in inside:
        comment = {"ticket_id": item.get("id"), **comment, "_text": voice_of(comment, ("body_text",), ("body",))}
        yield RawRow(line_no, next(inner), "comment", dumped(comment))


WHOLE = tickets.whole
PARSED = {
    "contacts": f"""
with read_contacts as (
    select row_id, kind, from_json(body, '{{"id": "VARCHAR", "name": "VARCHAR", "email": "VARCHAR", "phone": "VARCHAR",
        "mobile": "VARCHAR", "twitter_id": "VARCHAR", "unique_external_id": "VARCHAR", "deleted": "BOOLEAN",
        "other_emails": ["VARCHAR"], "created_at": "VARCHAR", "updated_at": "VARCHAR",
        "contact": {{"name": "VARCHAR", "email": "VARCHAR"}}}}') as c
    from landed
    where kind in ('user', 'agent')
)
select
    row_id, kind = 'agent' as is_agent, {WHOLE("c.id")} as person_id, trim(coalesce(c.name, c.contact.name)) as name,
    c.email as email, c.other_emails as other_emails, c.phone as phone, c.mobile as mobile, c.twitter_id as twitter_id,
    c.unique_external_id as account_id, coalesce(c.deleted, false) as is_removed,
    utc(c.created_at, 'UTC') as created_at,
    coalesce(utc(c.updated_at, 'UTC'), utc(c.created_at, 'UTC')) as updated_at,
from read_contacts
""",
    # Faces of a rating: 101 to 103 are happy, 100 is neutral, below zero unhappy.
    "ratings": f"""
select
    row_id, {WHOLE("text_of(body, '/id')")} as rating_id, {WHOLE("text_of(body, '/ticket_id')")} as ticket_id,
    try_cast(text_of(body, '/ratings/default_question') as integer) as face,
    case when face between 101 and 103 then 'good' when face between -103 and -101 then 'bad' end as rating,
    utc(text_of(body, '/created_at'), 'UTC') as created_at,
    coalesce(utc(text_of(body, '/updated_at'), 'UTC'), utc(text_of(body, '/created_at'), 'UTC')) as updated_at,
    row_number() over (partition by ticket_id order by updated_at desc nulls last, row_id desc) as version_no,
from landed
where kind = 'rating'
""",
    "teams": tickets.TEAMS,
    "read_tickets": f"""
with read_tickets as (
    select row_id, from_json(body, '{{"id": "VARCHAR", "created_at": "VARCHAR", "updated_at": "VARCHAR",
        "_text": "VARCHAR", "subject": "VARCHAR", "status": "INTEGER", "priority": "INTEGER", "source": "INTEGER",
        "requester_id": "VARCHAR", "responder_id": "VARCHAR", "group_id": "VARCHAR", "spam": "BOOLEAN",
        "deleted": "BOOLEAN",
        "requester": {{"id": "VARCHAR", "name": "VARCHAR", "email": "VARCHAR", "phone": "VARCHAR",
            "mobile": "VARCHAR"}},
        "stats": {{"first_responded_at": "VARCHAR", "resolved_at": "VARCHAR", "closed_at": "VARCHAR"}}}}') as t
    from landed
    where kind = 'ticket'
)
select
    row_id, t, {WHOLE("t.id")} as ticket_id, {WHOLE("coalesce(t.requester_id, t.requester.id)")} as person_id,
    {WHOLE("t.group_id")} as team_id, utc(t.created_at, 'UTC') as created_at,
    coalesce(utc(t.updated_at, 'UTC'), utc(t.created_at, 'UTC')) as updated_at,
    utc(t.stats.first_responded_at, 'UTC') as replied_at,
    case
        when t.status in (4, 5) then coalesce(utc(t.stats.resolved_at, 'UTC'), utc(t.stats.closed_at, 'UTC'))
    end as solved_at,
    coalesce(t.deleted, false) as is_removed,
from read_tickets
""",
    # A state, priority or way that a desk made itself has a number of its own, which is kept as it is.
    "tickets": f"""
select
    r.row_id, r.ticket_id, r.person_id, {WHOLE("r.t.responder_id")} as assignee_id,
    coalesce(g.name, r.team_id) as owner_team,
    coalesce(map {{1: 'email', 2: 'portal', 3: 'phone', 5: 'twitter', 6: 'facebook', 7: 'chat', 9: 'feedback widget',
        10: 'outbound email'}}[r.t.source], cast(r.t.source as varchar)) as via,
    coalesce(map {{2: 'open', 3: 'pending', 4: 'solved', 5: 'closed', 6: 'pending', 7: 'hold'}}[r.t.status],
        cast(r.t.status as varchar)) as status,
    coalesce(map {{1: 'low', 2: 'medium', 3: 'high', 4: 'urgent'}}[r.t.priority], cast(r.t.priority as varchar))
        as priority,
    s.rating, coalesce(trimmed(r.t._text), trimmed(r.t.subject)) as verbatim,
    case when r.t.source = 10 then 'written by another than the customer' end as no_voice,
    r.created_at, r.updated_at, r.solved_at, r.is_removed,
    (epoch(r.replied_at) - epoch(r.created_at)) / 60 as first_reply_minutes,
    (epoch(r.solved_at) - epoch(r.created_at)) / 60 as resolution_minutes, null::integer as count_reopens,
    {
        tickets.first_reason(
            ("r.ticket_id is null", "the ticket has no id", "id"),
            ("is_spoilt(r.ticket_id)", tickets.SPOILT, "id"),
            ("r.is_removed", "deleted by the vendor", "deleted"),
            ("r.t.spam", "marked as spam by the vendor", "spam"),
            ("r.created_at is null", "created_at holds no time that can be read", "created_at"),
            (
                "r.person_id in (select person_id from contacts where is_agent)",
                "an agent asked for it, no customer",
                "requester_id",
            ),
        )
    }
from read_tickets as r
left join ratings as s on r.ticket_id = s.ticket_id and s.version_no = 1
left join teams as g on r.team_id = g.team_id and g.version_no = 1
""",
    "comments": f"""
with read_comments as (
    select row_id, from_json(body, '{{"id": "VARCHAR", "ticket_id": "VARCHAR", "user_id": "VARCHAR",
        "incoming": "BOOLEAN", "private": "BOOLEAN", "created_at": "VARCHAR", "updated_at": "VARCHAR",
        "_text": "VARCHAR"}}') as c
    from landed
    where kind = 'comment'
)
select
    row_id, {WHOLE("c.id")} as comment_id, {WHOLE("c.ticket_id")} as ticket_id, {WHOLE("c.user_id")} as author_id,
    coalesce(not c.private, false) as is_public, coalesce(c.incoming, false) as is_customer, false as may_open,
    trimmed(c._text) as verbatim, utc(c.created_at, 'UTC') as created_at,
    utc(c.updated_at, 'UTC') as updated_at,
from read_comments
""",
    "named": """
select
    row_id, person_id, trim(t.requester.name) as name, t.requester.email as email,
    [t.requester.phone, t.requester.mobile] as phones,
from read_tickets
where t.requester.name is not null and person_id not in (select person_id from contacts where person_id is not null)
""",
    "people": f"""
select
    row_id, person_id, name, created_at, updated_at, is_removed,
    {
        tickets.first_reason(
            ("person_id is null", "the contact has no id", "id"),
            ("is_spoilt(person_id)", tickets.SPOILT, "id"),
            ("is_removed", "deleted by the vendor", "deleted"),
            ("is_agent", "an agent, no customer", "contact"),
        )
    }
from contacts
""",
    "handles": """
with held as (
    select row_id, person_id, 'account_id' as identifier_type, account_id as identifier from contacts
    union all
    select row_id, person_id, 'email', unnest(list_append(other_emails, email)) from contacts
    union all
    select row_id, person_id, 'phone', unnest([phone, mobile]) from contacts
    union all
    select row_id, person_id, 'handle', twitter_id from contacts
    union all
    select row_id, person_id, 'email', email from named
    union all
    select row_id, person_id, 'phone', unnest(phones) from named
)
select * from held where identifier_type <> 'phone' or not is_spoilt(identifier)
""",
    "others": f"""
select
    row_id, 'rating' as kind, rating_id as record_key, created_at, updated_at,
    {
        tickets.first_reason(
            ("rating_id is null", "the rating has no id", "id"),
            ("ticket_id is null", "nothing says which ticket the rating belongs to", "ticket_id"),
            ("face is null", "the customer gave no rating", "ratings"),
            (
                "ticket_id not in (select ticket_id from read_tickets where ticket_id is not null)",
                "the ticket of the rating is not held",
                "ticket_id",
            ),
        )
    }
from ratings
union all
{tickets.TEAM_RECORDS}
""",
} | dict(tickets.PARSED)

SELECT = tickets.SELECT
