"""Zendesk as JSON: API pages, incremental and account exports, one object a line, recorded exchanges with the API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count

import orjson

from vocpipe import tickets
from vocpipe.contracts import RawRow, Recognition, Reject
from vocpipe.documents import Lines, Page, Told, first_object, objects_of
from vocpipe.exports import Export
from vocpipe.sources.zendesk.pages import is_ours, rows_of, words_of
from vocpipe.sources.zendesk.tables import PARSED

__all__ = ["EXAMPLE", "LINES", "NAME", "NEEDS", "PARSED", "SELECT", "TITLE", "read", "recognise"]

NAME = "zendesk_json"
TITLE = "Zendesk tickets and users"
NEEDS = ()

SELECT = tickets.SELECT

EXAMPLE = {
    "tickets_0001.json": orjson.dumps(
        {"tickets": [
            {"id": 501, "created_at": "2026-01-05T08:00:00Z", "updated_at": "2026-01-06T09:30:00Z",
             "subject": "Suitcase", "description": "My suitcase never came. Booking K8F2QX.\n\n-- \nJonas Lind",
             "status": "solved", "priority": "high", "requester_id": 9001, "submitter_id": 9001, "assignee_id": 31,
             "via": {"channel": "web"}, "satisfaction_rating": {"score": "bad"},
             "metric_set": {"reply_time_in_minutes": {"calendar": 45},
                            "full_resolution_time_in_minutes": {"calendar": 1530}, "reopens": 1}},
            {"id": 502, "created_at": "2026-01-07T08:00:00Z", "updated_at": "2026-01-07T08:00:00Z",
             "description": "This is a sample ticket.", "status": "new", "requester_id": 9001,
             "via": {"channel": "sample_ticket"}},
            {"id": 503, "created_at": "2026-01-08T10:00:00Z", "updated_at": "2026-01-08T10:00:00Z", "tags": ["phone"],
             "description": "Customer called about the refund.", "status": "open", "requester_id": 9001,
             "submitter_id": 31, "via": {"channel": "phone"}}],
         "count": 3, "end_of_stream": True}),
    "users.json": orjson.dumps(
        {"users": [{"id": 9001, "name": "Jonas Lind", "email": "jonas.lind@example.org", "phone": "+4670555010",
                    "external_id": "K-2", "role": "end-user", "created_at": "2025-11-01T00:00:00Z",
                    "identities": [{"type": "twitter", "value": "jonaslind"}]}], "count": 1}),
    "comments.jsonl": b"\n".join(orjson.dumps(x) for x in (
        {"id": 801, "ticket_id": 501, "author_id": 9001, "public": True, "created_at": "2026-01-05T08:00:00Z",
         "body": "My suitcase never came. Booking K8F2QX."},
        {"id": 802, "ticket_id": 501, "author_id": 31, "public": True, "created_at": "2026-01-05T08:45:00Z",
         "body": "We are looking for it."},
        {"id": 803, "ticket_id": 501, "author_id": 9001, "public": True, "created_at": "2026-01-05T19:00:00Z",
         "body": "Any news? I leave tomorrow.\n\nOn Mon, Jan 5, 2026 at 9:45 AM Help <help@example.com> wrote:\n"
                 "> We are looking for it."})),
}  # fmt: skip


def recognise(export: Export) -> Recognition | None:
    """A page that lists tickets, users, comments or the like, an object that is one, or a recording of such pages."""
    return Recognition(NAME, NAME) if is_ours(first_object(export)) else None


def read(export: Export) -> Iterator[RawRow | Reject]:
    """One row a ticket, user, comment, organization and so on, comments inside tickets included."""
    yield from rows(objects_of(export), count())


def rows(pages: Iterable[Page | Reject], inner: Iterator[int]) -> Iterator[RawRow | Reject]:
    """The rows of some documents; ``inner`` numbers what lies inside other objects: no two stand in the same place."""
    for found in pages:
        if isinstance(found, Reject):
            yield found
        else:
            yield from rows_of(found.line_no, found.item_no, found.content, inner)


# Of the marks in `pages` those that tell most lines of an export; what holds comments or changes is no such line.
LINES = Lines(
    kinds=(
        Told("ticket", ("id",), ("requester_id", "requester"), ("ticket_id", "author_id", "comments"), "description"),
        Told("comment", ("id", "author_id", "public"), (), ("child_events", "events"), "body"),
    ),
    texts=("status",),
    said=words_of,
    beside="_text",
    rows=rows,
)
