"""Google Forms responses (CSV, or the linked sheet as XLSX): a timestamp first, then full question texts; no id."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vocpipe import surveys
from vocpipe.contracts import Recognition
from vocpipe.exports import Export
from vocpipe.questions import describe, is_segment
from vocpipe.tabular import Piece, column_like, mapped_columns, records_of, sample_of, signature_of
from vocpipe.times import format_of, is_iso, layouts_of

NAME = "google_forms_csv"
TITLE = "Google Forms responses"
PRECEDENCE = 5
NEEDS = ()

# What Google calls its first column in the languages of the form's owner.
STAMPS = {
    "Timestamp", "Zeitstempel", "Horodateur", "Marca temporal", "Informazioni cronologiche", "Carimbo de data/hora",
    "Tijdstempel", "Sygnatura czasowa", "Tidstämpel", "Tidsstempel", "Tidspunkt", "Aikaleima", "Zaman damgası",
    "Отметка времени", "Časová značka", "タイムスタンプ", "타임스탬프", "时间戳记", "時間戳記",
}  # fmt: skip
COLUMNS = {
    "occurred_at": (),
    "email": ("e ?mail( address| adresse)?", "username", "nutzername", "adresse e mail", "nom d utilisateur",
              "dirección de correo electrónico", "indirizzo e mail", "(what is |what.?s )?your e ?mail( address)?\\??"),
    "given_name": ("first name", "given name", "vorname"),
    "family_name": ("last name", "surname", "nachname", "family name"),
    "account": ("(customer|client|account|member) ?(id|number)", "kundennummer"),
}  # fmt: skip
# An id column is none of Google's: such a file is somebody else's.
FOREIGN = ("id", ".* id", "#", "token")

EXAMPLE = {
    "Feedback (Responses) - Form Responses 1.csv": (
        b"Timestamp,Email Address,\"How likely are you to recommend us to a friend? (0 to 10)\","
        b"\"How satisfied are you with your visit? (1 = not at all, 5 = very)\",What should we change?\n"
        b"2026/03/14 11:07:29 AM AST,ada.okafor@example.com,9,5 - It was wonderful,Nothing; keep the quiet corner\n"
        b"2026/03/14 9:30:02 PM AST,,4,2,The queue at the door was far too long\n"
        b"2026/03/15 8:15:44 AM AST,jonas.lind@example.org,10,4,More seats for people who wait\n"
        b"2026/03/15 5:01:10 PM AST,,7,3,\n"
        b"last Tuesday,,0,1,I do not want to say more about it\n"
    )
}  # fmt: skip


def recognise(export: Export) -> Recognition | None:
    """Google's first column over times, and question texts beside it (whole questions where the times are ISO)."""
    header, values = sample_of(export)
    if len(header) < 2 or header[0] not in STAMPS or column_like(header[1:], *FOREIGN):
        return None
    times = [value for value in values[header[0]] if re.match(r"\d", value)]
    if not times or not layouts_of(times):
        return None
    columns = {"occurred_at": header[0]} | mapped_columns(header[1:], COLUMNS)
    rest = [name for name in header[1:] if name not in columns.values() and not name.startswith("column_")]
    least = 5 if all(map(is_iso, times)) else 2  # ISO times are somebody else's, or those of a workbook
    if not any(len(name.split()) >= least or name.endswith("?") for name in rest):
        return None
    found = Recognition(NAME, signature_of(header), header, columns=columns)
    format_of(found, "occurred_at", times)
    if found.columns.get("occurred_at_format", "").endswith(" %Z"):
        zones = sorted({value.rsplit(" ", 1)[-1] for value in times})[:3]
        found.notes.append(f"times are written in {', '.join(zones)}: say in time_zone which zone that is")
    for name in rest:
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
        row_id, source, body, 'survey' as channel, {surveys.CONTENT_ID} as response_id,
        cells.occurred_at as written_at, time_as(cells.occurred_at, 'occurred_at', zone) as occurred_at,
        cells.account as account_id, cells.email as email, cells.given_name as given_name,
        cells.family_name as family_name,
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
select
    row_id, 'response' as kind, response_id as record_key, occurred_at, occurred_at as recorded_at,
    null::timestamp as first_recorded_at, false as is_removal,
    case
        when written_at is null then 'the response has no timestamp'
        when occurred_at is null then 'the timestamp holds no time that can be read'
    end as set_aside,
    case when occurred_at is null then 'Timestamp' end as set_aside_column,
from responses
"""
}

KEPT = surveys.KEPT
