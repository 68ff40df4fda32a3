"""Jira issues as CSV: one row an issue, its comments in columns of the same name, `date;author;text` in each.

Jira names as many columns `Comment` as it likes and sometimes writes more cells than it names. Cells behind the last
column are read as comments where they are written as such; a row with anything else there is rejected as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import orjson

from vocpipe import tickets
from vocpipe.contracts import RawRow, Recognition, Reject
from vocpipe.exports import Export
from vocpipe.replies import spoken
from vocpipe.tabular import fitted, header_of, joined, mapped_columns, rows_of, sample_of, signature_of
from vocpipe.times import format_of, layouts_of

NAME = "jira_csv"
TITLE = "Jira issues"
NEEDS = ()
PRECEDENCE = -3

COLUMNS = {
    "id": ("issue key", "key"),
    "summary": ("summary",),
    "description": ("description",),
    "status": ("status",),
    "status_category": ("status category",),
    "priority": ("priority",),
    "reporter_id": ("reporter id",),
    "reporter": ("reporter",),
    "creator_id": ("creator id",),
    "creator": ("creator",),
    "assignee_id": ("assignee id",),
    "assignee": ("assignee",),
    "team": ("team", r"custom field \(team\)"),
    "created_at": ("created",),
    "updated_at": ("updated",),
    "resolved_at": ("resolved",),
}
TIMES = ("created_at", "updated_at", "resolved_at")
FEW = 100  # times that are looked at one by one where not all can be read
KEY = re.compile(r"[A-Z][A-Z0-9_]+-\d+")
COMMENT = re.compile(r"Comment(_\d+)?")
WRITTEN = re.compile(r"(?P<at>[^;\n]{6,30});(?P<author>[^;\n]*);(?P<text>.*)", flags=re.DOTALL)
QUOTE = re.compile(r"\{quote\}(.*?)\{quote\}", flags=re.DOTALL)
QUOTED_LINE = re.compile(r"^bq\. ", flags=re.MULTILINE)
MARKUP = re.compile(r"\{(?:color|panel|noformat|code)(?::[^{}\n]*)?\}|!\S+?(?:\|\S*)?!")

EXAMPLE = {
    "jira.csv": (
        "Summary,Issue key,Issue id,Issue Type,Status,Priority,Assignee,Assignee Id,Reporter,Reporter Id,Created,"
        "Updated,Resolved,Description,Comment,Comment,Comment\r\n"
        "Bag lost,AIR-12,10012,Support,Done,High,Agent One,a-1,Jonas Lind,r-7,12/Mar/24 9:41 AM,14/Mar/24 8:00 AM,"
        '14/Mar/24 8:00 AM,"My bag did not arrive.\n\nIt holds my medicine.",12/Mar/24 10:00 AM;a-1;We look for it.,'
        "13/Mar/24 7:15 PM;r-7;Any news? I fly tomorrow.,no comment at all\r\n"
        "Refund,AIR-13,10013,Support,To Do,Low,,,ada.okafor@example.com,r-8,some day,15/Mar/24 8:00 AM,,Where?,,,\r\n"
    ).encode("utf-8-sig"),
}


def recognise(export: Export) -> Recognition | None:
    """An issue key (`AIR-12`), a summary and the time of creation."""
    header, values = sample_of(export)
    columns = mapped_columns(header, COLUMNS)
    if not {"id", "summary", "created_at"} <= columns.keys():
        return None
    keys = values[columns["id"]]
    if not keys or sum(KEY.fullmatch(key) is not None for key in keys) < len(keys) / 2:
        return None
    # Custom fields and the number of comments differ from export to export.
    found = Recognition(NAME, signature_of(columns.values()), header, columns=columns)
    # All times of a file are written alike: settled together, since a file of few issues has few of each.
    # In lower case, for AM and PM are no time zones.
    times = [value.lower() for ours in TIMES if ours in columns for value in values[columns[ours]]]
    if not layouts_of(times):
        times = [value for value in times[:FEW] if layouts_of([value])]
    format_of(found, "created_at", times)
    if layout := found.columns.get("created_at_format"):
        found.columns |= {f"{ours}_format": layout for ours in TIMES[1:] if ours in columns}
    return found


def read(export: Export) -> Iterator[RawRow | Reject]:
    """One row an issue, with what was said in it: the description and the list of its comments, without quotes."""
    first: list[list[str]] = []
    header: list[str] = []
    for row in rows_of(export):
        if isinstance(row, Reject):
            yield row
        elif not first:
            first, header = [row[1]], header_of(row[1])
        else:
            yield issue_of(row[0], row[1], header, first)


def issue_of(line_no: int, cells: list[str], header: Sequence[str], first: Sequence[Sequence[str]]) -> RawRow | Reject:
    """One row as an issue, or why it is none."""
    more = [cell for cell in cells[len(header) :] if cell.strip()]
    if more and len(cells) > len(first[0]) and all(WRITTEN.fullmatch(cell) for cell in more):
        cells = cells[: len(header)]
    else:
        more = []
    fit = fitted((line_no, cells), header, first)
    if isinstance(fit, Reject):
        return fit
    issue: dict[str, object] = dict(zip(header, fit[1], strict=True))
    written = [cell for name, cell in zip(header, fit[1], strict=True) if COMMENT.fullmatch(name) and cell.strip()]
    issue["_text"] = words_of(str(issue.get("Description", "")))
    issue["_comments"] = [comment_of(cell) for cell in written + more]
    return RawRow(line_no, 0, "ticket", orjson.dumps(issue).decode())


def comment_of(cell: str) -> dict[str, str]:
    """The parts of a comment; only the whole where it is not written as one."""
    match = WRITTEN.fullmatch(cell)
    if match is None:
        return {"whole": joined([cell])}
    return {"at": match["at"].strip(), "author": match["author"].strip(), "text": words_of(match["text"])}


def words_of(text: str) -> str:
    """A text in Jira's notation as it was meant, without what it quotes."""
    if "{" in text or "bq. " in text or "!" in text:
        text = QUOTE.sub(lambda match: "\n" + re.sub("(?m)^", "> ", match[1].strip()) + "\n", text)
        text = MARKUP.sub("", QUOTED_LINE.sub("> ", text))
    return spoken(text)


PARSED = {
    "issues": """
select
    row_id, cells, zone,
    coalesce(cells.reporter_id, cells.reporter) as person_id,
    from_json(body, '{"_text": "VARCHAR", "_comments": [{"at": "VARCHAR", "author": "VARCHAR", "text": "VARCHAR",
        "whole": "VARCHAR"}]}') as said,
    time_as(cells.created_at, 'created_at', zone) as created_at,
    coalesce(time_as(cells.updated_at, 'updated_at', zone), created_at) as updated_at,
    time_as(cells.resolved_at, 'resolved_at', zone) as resolved_at,
    lower(cells.status) as written_status,
    case
        when written_status in ('resolved', 'solved', 'done') then 'solved'
        when written_status = 'closed' then 'closed'
        when lower(cells.status_category) = 'done' then 'solved'
        else written_status
    end as status,
from landed
where kind = 'ticket'
""",
    "tickets": f"""
select
    row_id, cells.id as ticket_id, person_id, coalesce(cells.assignee_id, cells.assignee) as assignee_id,
    cells.team as owner_team,
    'jira' as via, status, lower(cells.priority) as priority, null as rating,
    coalesce(trimmed(said._text), cells.summary) as verbatim,
    case
        when cells.creator_id <> cells.reporter_id then 'written by another than the customer'
        when cells.creator <> cells.reporter and cells.creator_id is null then 'written by another than the customer'
    end as silence,
    created_at, updated_at, false as is_removed,
    case when status in ('solved', 'closed') then resolved_at end as solved_at,
    null::double as first_reply_minutes, (epoch(solved_at) - epoch(created_at)) / 60 as resolution_minutes,
    null::integer as count_reopens, cells.reporter as reporter,
    case
        when cells.resolved_at is not null and resolved_at is null then 'resolved_at'
    end as lost_cell,
    {
        tickets.first_reason(
            ("cells.id is null", "the issue has no key", "id"),
            ("is_spoilt(cells.id)", tickets.SPOILT, "id"),
            ("created_at is null", "created_at holds no time that can be read", "created_at"),
        )
    }
from issues
""",
    # The same comment twice (a copied column) is one.
    "comments": """
with listed as (
    select row_id, cells, zone, person_id, unnest(said._comments) as c from issues
)
select distinct
    row_id, cells.id as ticket_id, person_id,
    concat(cells.id, ':comment:', left(md5(concat_ws('|', c.at, c.author, c.text)), 12)) as comment_id,
    coalesce(c.author in (cells.reporter_id, cells.reporter), false) as is_customer,
    time_as(c.at, 'created_at', zone) as created_at, trimmed(c.text) as verbatim,
from listed
""",
}

SELECT = {
    "records": """
select
    row_id, 'ticket' as kind, ticket_id as record_key, created_at as occurred_at, updated_at as recorded_at,
    created_at as first_recorded_at, is_removed as is_removal, problem as set_aside, problem_column as set_aside_column
from tickets
""",
    "turns": """
select
    row_id, 'ticket' as channel, ticket_id as source_id, null as question_id, 1 as turn_no,
    ticket_id as conversation_id, person_id, created_at as occurred_at, false as is_solicited,
    case when silence is null then verbatim end as verbatim, null as language_hint
from tickets
union all
select
    row_id, 'ticket', comment_id, null, 1, ticket_id, person_id, created_at, false, verbatim, null
from comments
where is_customer and created_at is not null and verbatim is not null
""",
    "conversations": tickets.SELECT["conversations"],
    "persons": """
select
    row_id, person_id as record_id, 'ticket_user' as person_kind,
    case when not contains(reporter, '@') then split_part(reporter, ' ', 1) end as given_name,
    case when not contains(reporter, '@') and contains(reporter, ' ') then regexp_extract(reporter, '([^ ]+)$', 1) end
        as family_name,
    null::date as birth_on, null::date as signed_up_on, null::boolean as has_marketing_consent, null as attributes
from tickets
where person_id is not null
""",
    "identifiers": """
select row_id, person_id as record_id, 'email' as identifier_type, reporter as identifier
from tickets
where regexp_full_match(reporter, '[^@ ]+@[^@ ]+')
""",
    "cells": """
select row_id, 'Comment' as column_name, 'the comment is not written as time;author;text' as reason
from comments
where created_at is null
union all
select row_id, lost_cell, 'no time that can be read' from tickets where lost_cell is not null
union all
select row_id, 'Description', silence from tickets where silence is not null and problem is null
""",
}

KEPT = "select row_id from issues"
