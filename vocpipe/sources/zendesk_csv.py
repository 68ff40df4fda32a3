"""Zendesk's tables of tickets: the account's CSV export and what a view exports; what was said later is not in them."""

from __future__ import annotations

from collections.abc import Iterator

from vocpipe import tickets
from vocpipe.contracts import Recognition
from vocpipe.exports import Export
from vocpipe.tabular import Piece, mapped_columns, records_of, sample_of, signature_of
from vocpipe.times import format_of

NAME = "zendesk_csv"
TITLE = "Zendesk ticket export (CSV)"
NEEDS = ()
PRECEDENCE = -3

COLUMNS = {
    "id": ("(ticket )?id",),
    "subject": ("(ticket )?subject",),
    "description": ("description",),
    "status": ("(ticket )?status",),
    "priority": ("priority",),
    "via": ("via", "channel"),
    "agent": ("assignee",),
    "team": ("group",),
    "tags": ("tags",),
    "created_at": ("created at", "requested", "created", "date created"),
    "updated_at": ("updated at", "updated", "latest update"),
    "solved_at": ("solved at", "solved"),
    "rating": ("satisfaction( score| rating)?",),
    "first_reply": ("first reply time in minutes",),
    "resolution": ("full resolution time in minutes",),
    "reopens": ("reopens",),
    "contact_id": ("requester id",),
    "full_name": ("requester( name)?",),
    "email": ("requester e ?mail",),
    "account": ("requester external id",),
    "submitter": ("submitter( name)?",),
}
TIMES = ("created_at", "updated_at", "solved_at")

EXAMPLE = {
    "export.csv": b"Summation column,Id,Requester,Requester id,Requester external id,Requester email,Requester domain,"
    b"Submitter,Assignee,Group,Subject,Tags,Status,Priority,Via,Ticket type,Created at,Updated at,Solved at,"
    b"Satisfaction Score,Reopens,Replies,First reply time in minutes,Full resolution time in minutes\n"
    b"1,601,Tuva Berg,9101,K-7,tuva.berg@example.net,example.net,Tuva Berg,Agent One,Refunds,I was charged twice,"
    b"billing refund,Solved,High,Mail,Incident,2026-02-01 08:00,2026-02-02 10:00,2026-02-01 10:00,Good,0,1,45,120\n"
    b"1,602,Ivar Moe,9102,,ivar.moe@example.net,example.net,Agent One,-,Support,Customer called about a seat,-,Open,"
    b"Low,Phone,-,2026-02-02 09:00,2026-02-02 09:00,,Not Offered,0,0,,\n"
    b"1,6.03E+15,Ivar Moe,9102,,ivar.moe@example.net,example.net,Ivar Moe,-,Support,Seat,-,Open,Low,Mail,-,"
    b"2026-02-02 09:00,2026-02-02 09:00,,Offered,0,0,,\n"
}


def recognise(export: Export) -> Recognition | None:
    """A ticket's id, subject and status, with who asked for it and when under the names that Zendesk gives them."""
    header, values = sample_of(export)
    columns = mapped_columns(header, COLUMNS)
    if not {"id", "subject", "status", "created_at", "full_name"} <= columns.keys():
        return None
    found = Recognition(NAME, signature_of(columns.values()), header, columns=columns)
    for ours in TIMES:
        if ours in columns and values[columns[ours]]:
            format_of(found, ours, values[columns[ours]])
    if not {"contact_id", "email"} & columns.keys():
        found.notes.append("neither id nor e-mail of the requester is in the file: no ticket has a customer")
    return found


def read(export: Export) -> Iterator[Piece]:
    """One row a ticket."""
    return records_of(export, "ticket")


def number(column: str) -> str:
    """SQL: a figure that cannot be negative."""
    return f"case when try_cast(cells.{column} as double) >= 0 then try_cast(cells.{column} as double) end"


PARSED = {
    "tickets": f"""
select
    row_id, {tickets.whole("cells.id")} as ticket_id, nullif(cells.agent, '-') as assignee_id,
    nullif(cells.team, '-') as owner_team, lower(cells.via) as via,
    -- Without an id of the requester his address tells him; a name alone does not.
    coalesce({tickets.whole("cells.contact_id")}, lower(cells.email)) as person_id,
    lower(cells.status) as status, lower(nullif(cells.priority, '-')) as priority,
    -- Merged into another ticket: closed, but not solved.
    coalesce(contains(concat(' ', replace(cells.tags, ',', ' '), ' '), ' closed_by_merge '), false) as is_merged,
    coalesce(status = 'deleted', false) as is_removed,
    case
        when lower(cells.rating) like 'good%' then 'good'
        when lower(cells.rating) like 'bad%' then 'bad'
    end as rating,
    coalesce(cells.description, cells.subject) as verbatim,
    case
        when lower(cells.submitter) <> lower(cells.full_name) then 'written by another than the customer'
    end as silence,
    cells.full_name as name, cells.email as email, null as phone, null as handle,
    {tickets.whole("cells.account")} as account,
    time_as(cells.created_at, 'created_at', zone) as created_at,
    coalesce(time_as(cells.updated_at, 'updated_at', zone), created_at) as updated_at,
    case
        when status in ('solved', 'closed') and not is_merged then time_as(cells.solved_at, 'solved_at', zone)
    end as solved_at,
    case when not is_merged then {number("first_reply")} end as first_reply_minutes,
    case
        when status in ('solved', 'closed') and not is_merged
            then coalesce({number("resolution")}, (epoch(solved_at) - epoch(created_at)) / 60)
    end as resolution_minutes,
    case when not is_merged then try_cast({number("reopens")} as integer) end as count_reopens,
    {
        tickets.first_reason(
            ("cells.id is null", "the ticket has no id", "id"),
            ("is_spoilt(cells.id)", tickets.SPOILT, "id"),
            ("is_removed", "deleted by the vendor", "status"),
            ("via = 'sample ticket'", "a demo ticket, no customer", "via"),
            ("created_at is null", "created_at holds no time that can be read", "created_at"),
        )
    }
from landed
where kind = 'ticket'
"""
}

SELECT = tickets.TABLE_SELECT

KEPT = "select row_id from tickets"
