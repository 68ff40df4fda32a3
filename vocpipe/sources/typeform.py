"""Typeform CSV/XLSX exports: a token first, one column a question or choice, then the times in UTC."""

from __future__ import annotations

from collections.abc import Iterator

from vocpipe import surveys
from vocpipe.contracts import Recognition
from vocpipe.exports import Export
from vocpipe.questions import describe, is_segment
from vocpipe.tabular import Piece, mapped_columns, records_of, sample_of, signature_of
from vocpipe.times import format_of, layouts_of

NAME = "typeform_csv"
TITLE = "Typeform export"
NEEDS = (("#",), ("Submit Date (UTC)",))

FIELDS = {
    "id": "#", "occurred_at": "Submit Date (UTC)", "response_type": "Response Type",
}  # fmt: skip
COLUMNS = {
    "email": ("e ?mail( address)?", "(enter |what.?s |what is )?your e ?mail( address)?\\??"),
    "given_name": ("first ?name", "given ?name", "vorname"),
    "family_name": ("last ?name", "surname", "nachname"),
    "account": ("(customer|client|account|contact|member) ?(id|number)",),
}
OWN = {*FIELDS.values(), "Start Date (UTC)", "Stage Date (UTC)", "Network ID", "Tags", "Ending"}

EXAMPLE = {
    "responses.csv": (
        b"#,How likely are you to recommend us? (0 to 10),How satisfied are you with the app? (1 to 5),"
        b"What did you use?,Anything else you want to tell us?,email,Response Type,Start Date (UTC),Stage Date (UTC),"
        b"Submit Date (UTC),Network ID,Tags,Ending\n"
        b"k3v9x0q1a7,10,5,App / Lounge,The lounge was quiet and the staff kind,ada.okafor@example.com,completed,"
        b"2026-03-14 10:02:11,,2026-03-14 10:05:40,1f0c,,Thanks\n"
        b"m8w2z4t6b1,2,1,App,\"My bag came two days late, again\",,completed,"
        b"2026-03-15 19:30:00,,2026-03-15 19:31:12,2a7d,,Thanks\n"
        b"p5r7y3u9c2,7,,Lounge,,,partial,2026-03-16 08:00:00,2026-03-16 08:01:00,,3b8e,,\n"
    )
}  # fmt: skip


def recognise(export: Export) -> Recognition | None:
    """The token's column and the time of submission as Typeform names them."""
    header, values = sample_of(export)
    if not {"#", "Submit Date (UTC)"} <= {*header} or header.index("#") > 2:
        return None
    columns = mapped_columns([name for name in header if name not in OWN], COLUMNS)
    found = Recognition(NAME, signature_of(header), header, time_zone="UTC", columns=columns)
    if submitted := values["Submit Date (UTC)"]:
        found.columns["occurred_at"] = "Submit Date (UTC)"
        every = [*submitted, *values.get("Start Date (UTC)", [])]  # written alike
        format_of(found, "occurred_at", every if layouts_of(every) else submitted)
    for name in header:
        if name in OWN or name in columns.values() or name.startswith("column_"):
            continue
        if not describe(found, name, name, values[name]) and is_segment(values[name]):
            found.segments.append(name)
    return found


def read(export: Export) -> Iterator[Piece]:
    """One row a response."""
    return records_of(export, "response")


PARSED = {
    "responses": f"""
with read_cells as (
    select
        row_id, source, body, 'survey' as channel, cells.id as response_id,
        lower(cells.response_type) as response_type, cells.occurred_at as submitted,
        time_as(cells.occurred_at, 'occurred_at', 'UTC') as occurred_at, cells.account as account_id,
        cells.email as email, cells.given_name as given_name, cells.family_name as family_name,
    from landed
    where kind = 'response'
)

select
    *,
{surveys.PERSON_ID}
from read_cells
"""
}

SELECT = surveys.SELECT | {
    "records": """
with judged as (
    select
        row_id, response_id, occurred_at,
        case
            when response_id is null then ['the response has no token', '#']
            when is_spoilt(response_id) then ['the id is no whole number: a spreadsheet has spoilt it', '#']
            when response_type <> 'completed' then ['the response was not finished', 'Response Type']
            when submitted is null then ['the response was not submitted', 'Submit Date (UTC)']
            when occurred_at is null then ['the time of submission cannot be read', 'Submit Date (UTC)']
        end as problem,
    from responses
)

select
    row_id, 'response' as kind, response_id as record_key, occurred_at, occurred_at as recorded_at,
    null::timestamp as first_recorded_at, false as is_removal, problem[1] as set_aside,
    problem[2] as set_aside_column,
from judged
"""
}

KEPT = surveys.KEPT
