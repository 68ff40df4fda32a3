"""Zendesk: tickets, users and comments by its incremental exports, as the pages come.

Tickets and users are asked for by cursor. Comments come with the changes of tickets, by time: that export gives the
last second of a page again on the next one, which the reader knows how to take. Ratings are part of the tickets.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from pathlib import Path

from vocpipe.connectors.jobs import Job

VENDOR = "zendesk"
OPTIONS = {"email": "who the API token belongs to; without it the token is an OAuth access token"}
NEEDS: tuple[str, ...] = ()

BY_CURSOR = {"tickets": {"include": "metric_sets,groups"}, "users": {"include": "identities"}}
FULL = 1000  # changes on a page of the export by time: fewer, and it is the last


def pull(job: Job) -> Iterator[Path]:
    """Pages of tickets and users, then of changes with their comments."""
    for kind, more in BY_CURSOR.items():
        yield from by_cursor(job, kind, more)
    yield from by_time(job)


def first_time(job: Job) -> int:
    """From when the first pull asks, as seconds since 1970."""
    return calendar.timegm(job.since.timetuple()) if job.since else 1


def by_cursor(job: Job, kind: str, more: dict[str, str]) -> Iterator[Path]:
    """Pages of one kind from the cursor on, until the vendor says that there is no more."""
    while True:
        after = job.cursor.get(kind)
        start = {"cursor": after} if after else {"start_time": first_time(job)}
        answer = job.web.get(f"/api/v2/incremental/{kind}/cursor.json", start | more)
        page = answer.json()
        if page.get(kind):
            yield job.land(job.numbered(kind, "json"), answer.body)
            job.counted(kind)
        if page.get("after_cursor"):
            job.cursor[kind] = page["after_cursor"]
        job.save()
        if page.get("end_of_stream", True):
            return


def by_time(job: Job) -> Iterator[Path]:
    """Pages of changes of tickets, with the comments in them."""
    while True:
        since = int(job.cursor.get("changes", first_time(job)))
        answer = job.web.get(
            "/api/v2/incremental/ticket_events.json", {"start_time": since, "include": "comment_events"}
        )
        page = answer.json()
        events, end = page.get("ticket_events") or [], page.get("end_time")
        if events:
            yield job.land(job.numbered("changes", "json"), answer.body)
            job.counted("changes")
        if end:
            job.cursor["changes"] = int(end)
        job.save()
        if page.get("end_of_stream", len(events) < FULL) or not end or int(end) == since:
            return
