"""Freshdesk's ticket export as CSV: one row a ticket with its times and its requester; what was said is not in it."""

from __future__ import annotations

from collections.abc import Iterator

from vocpipe import tickets
from vocpipe.contracts import Recognition
from vocpipe.exports import Export
from vocpipe.tabular import Piece, mapped_columns, records_of, sample_of, signature_of
from vocpipe.times import format_of

NAME = "freshdesk_csv"
TITLE = "Freshdesk ticket export"
NEEDS = ()
PRECEDENCE = -3

COLUMNS = {
    "id": ("ticket id",),
    "subject": ("subject",),
    "description": ("description",),
    "status": ("status",),
    "priority": ("priority",),
    "via": ("source",),
    "agent": ("agent",),
    "team": ("group",),
    "created_at": ("created time",),
    "updated_at": ("last update time", "last updated time"),
    "resolved_at": ("resolved time",),
    "closed_at": ("closed time",),
    "replied_at": ("initial response time",),
    "rating": ("survey results?",),
    "contact_id": ("contact id", "requester id"),
    "full_name": ("full name", "requester name"),
    "email": ("e ?mail", "requester e ?mail"),
    "phone": ("mobile phone", "work phone"),
    "handle": ("twitter id",),
    "account": ("unique external id",),
}
TIMES = ("created_at", "updated_at", "resolved_at", "closed_at", "replied_at")

EXAMPLE = {
    "freshdesk.csv": b"Ticket ID,Subject,Status,Priority,Source,Agent,Created time,Resolved time,Last update time,"
    b"Initial response time,Survey results,Full name,Email,Mobile phone,Twitter ID\r\n"
    b"71,I was charged twice,Resolved,High,Email,Agent One,2026-02-01 08:00:00,2026-02-01 10:00:00,"
    b"2026-02-02 10:00:00,2026-02-01 08:45:00,Extremely Happy,Tuva Berg,tuva.berg@example.net,+4790055501,tuvaberg\r\n"
    b"72,Where is my refund,Open,Low,Portal,,2026-02-02 09:00:00,,2026-02-02 09:00:00,,,Ivar Moe,"
    b"ivar.moe@example.net,4.79006E+10,\r\n"
    b"7.3E+15,Seat,Open,Low,Portal,,2026-02-02 09:00:00,,2026-02-02 09:00:00,,,Ivar Moe,ivar.moe@example.net,,\r\n"
}


def recognise(export: Export) -> Recognition | None:
    """A ticket's id, subject and status, with the time of creation under the name that Freshdesk gives it."""
    header, values = sample_of(export)
    columns = mapped_columns(header, COLUMNS)
    if not {"id", "subject", "status", "created_at", "via"} <= columns.keys():
        return None
    found = Recognition(NAME, signature_of(columns.values()), header, columns=columns)
    for ours in TIMES:
        if ours in columns and values[columns[ours]]:
            format_of(found, ours, values[columns[ours]])
    return found


def read(export: Export) -> Iterator[Piece]:
    """One row a ticket."""
    return records_of(export, "ticket")


PARSED = {
    "tickets": f"""
select
    row_id, nullif(cells.id, '') as ticket_id, cells.agent as assignee_id, cells.team as owner_team,
    lower(cells.via) as via,
    -- Without an id of the contact his address tells him; a name alone does not.
    coalesce(cells.contact_id, lower(cells.email), case when not is_spoilt(cells.phone) then cells.phone end)
        as person_id,
    case lower(cells.status) when 'resolved' then 'solved' else lower(cells.status) end as status,
    lower(cells.priority) as priority,
    case
        when regexp_matches(lower(cells.rating), 'unhappy|not satisfied|dissatisfied|bad|poor') then 'bad'
        when regexp_matches(lower(cells.rating), 'happy|satisfied|good|great|awesome') then 'good'
    end as rating,
    coalesce(cells.description, cells.subject) as verbatim,
    case when via = 'outbound email' then 'written by another than the customer' end as silence, false as is_removed,
    cells.full_name as name, cells.email as email, cells.phone as phone, cells.handle as handle,
    cells.account as account,
    time_as(cells.created_at, 'created_at', zone) as created_at,
    coalesce(time_as(cells.updated_at, 'updated_at', zone), created_at) as updated_at,
    time_as(cells.replied_at, 'replied_at', zone) as replied_at,
    case
        when status in ('solved', 'closed')
            then coalesce(time_as(cells.resolved_at, 'resolved_at', zone), time_as(cells.closed_at, 'closed_at', zone))
    end as solved_at,
    (epoch(replied_at) - epoch(created_at)) / 60 as first_reply_minutes,
    (epoch(solved_at) - epoch(created_at)) / 60 as resolution_minutes, null::integer as count_reopens,
    {
        tickets.first_reason(
            ("cells.id is null", "the ticket has no id", "id"),
            ("is_spoilt(cells.id)", tickets.SPOILT, "id"),
            ("created_at is null", "created_at holds no time that can be read", "created_at"),
            ("status = 'spam'", "marked as spam by the vendor", "status"),
        )
    }
from landed
where kind = 'ticket'
"""
}

SELECT = tickets.TABLE_SELECT

KEPT = "select row_id from tickets"
