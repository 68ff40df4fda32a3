"""Qualtrics CSV/TSV exports: one to three header rows (ids, wording, ImportIds), then one response a row."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from vocpipe import surveys
from vocpipe.contracts import Recognition
from vocpipe.exports import Export
from vocpipe.questions import describe, plain_text
from vocpipe.tabular import Piece, first_rows, records_of, signature_of
from vocpipe.times import format_of, layouts_of

NAME = "qualtrics_csv"
TITLE = "Qualtrics survey export"
PRECEDENCE = -10
NEEDS = (("ResponseId",), ("EndDate", "RecordedDate", "StartDate"))
KEPT = surveys.KEPT

FIELDS = {
    "id": "ResponseId", "occurred_at": "EndDate", "recorded_at": "RecordedDate", "started_at": "StartDate",
    "status": "Status", "progress": "Progress", "finished": "Finished", "account": "ExternalReference",
    "email": "RecipientEmail", "given_name": "RecipientFirstName", "family_name": "RecipientLastName",
}  # fmt: skip
# Qualtrics' own fields by the first row or the ImportId (lower case, letters only); all else is asked or embedded.
OWN = {
    "startdate": "StartDate", "enddate": "EndDate", "recordeddate": "RecordedDate", "status": "Status",
    "responsetype": "Status", "ipaddress": "IPAddress", "progress": "Progress", "finished": "Finished",
    "duration": "Duration (in seconds)", "durationinseconds": "Duration (in seconds)", "responseid": "ResponseId",
    "recordid": "ResponseId", "responseset": "ResponseSet", "responsesetid": "ResponseSet", "name": "Name",
    "recipientlastname": "RecipientLastName", "recipientfirstname": "RecipientFirstName",
    "recipientemail": "RecipientEmail", "emailaddress": "RecipientEmail", "externalreference": "ExternalReference",
    "externaldatareference": "ExternalReference", "locationlatitude": "LocationLatitude",
    "locationlongitude": "LocationLongitude", "locationaccuracy": "LocationAccuracy",
    "distributionchannel": "DistributionChannel", "userlanguage": "UserLanguage",
}  # fmt: skip
RESPONSE = re.compile(r"(R|FS)_\w+")
LEGACY = re.compile(r"V\d+")
# ImportIds of open questions and of what is typed beside "other"; text analysis appends to them.
TYPED = re.compile(r"(\d+_)?QID[\w#-]*[_-]TEXT")
QUESTION = re.compile(r"(?i)(\d+_)?q(id)?\d")  # embedded data has the name that its owner gave it
GROUP = "_NPS_GROUP"

EXAMPLE = {
    "qualtrics_2026-01.csv": (
        "StartDate,EndDate,Status,Progress,Finished,RecordedDate,ResponseId,RecipientLastName,RecipientFirstName,"
        "RecipientEmail,ExternalReference,Q1_NPS_GROUP,Q1,Q2,Q3,Q4,cabin\n"
        "Start Date,End Date,Response Type,Progress,Finished,Recorded Date,Response ID,Recipient Last Name,"
        "Recipient First Name,Recipient Email,External Data Reference,How likely are you to recommend us? - Group,"
        '"On a scale from 0-10, how likely are you to recommend us?",'
        '"How satisfied are you?\n(1 = very dissatisfied, 5 = very satisfied)",'
        '"We made it easy for you to handle your issue. (1 = strongly disagree, 7 = strongly agree)",'
        "What is the main reason for your score?,cabin\n"
        + ",".join(
            '"{""ImportId"":""' + import_id + '""' + zone + '}"'
            for import_id, zone in (
                ("startDate", ',""timeZone"":""America/Denver""'), ("endDate", ""), ("status", ""), ("progress", ""),
                ("finished", ""), ("recordedDate", ""), ("_recordId", ""), ("recipientLastName", ""),
                ("recipientFirstName", ""), ("recipientEmail", ""), ("externalDataReference", ""),
                ("QID1_NPS_GROUP", ""), ("QID1", ""), ("QID2", ""), ("QID3", ""), ("QID4_TEXT", ""), ("cabin", ""),
            )
        )
        + "\n2026-01-05 10:00:00,2026-01-05 10:04:00,0,100,1,2026-01-05 10:04:01,R_1aZ,Okafor,Ada,"
        'ada.okafor@example.com,K-1,3,9,5,6,"The crew was kind, and we left on time.",Economy\n'
        "2026-01-31 20:10:00,2026-01-31 20:12:00,0,100,1,2026-01-31 20:12:01,R_2bY,Lind,Jonas,"
        "jonas.lind@example.org,,,11,2,3,Two hours late and nobody told us why.,Business\n"
        "2026-01-06 09:00:00,2026-01-06 09:01:00,1,100,1,2026-01-06 09:01:00,R_3cX,,,,,3,10,5,,Just a test run,\n"
    ).encode()
}  # fmt: skip


class Layout(NamedTuple):
    """How many header rows a file has, its column names, and for each column its wording and ImportId."""

    head: int
    names: list[str]
    wordings: list[str]
    imports: list[dict[str, Any]]


# --------------------------------------------------------------------------- header


def layout_of(rows: Sequence[Sequence[str]]) -> Layout | None:
    """The layout of a file by its structure, whatever language the wording is in; None where it is not Qualtrics'."""
    if len(rows) < 2:
        return None
    for place in range(1, min(3, len(rows))):
        imports = [import_of(cell) for cell in rows[place]]
        if sum("ImportId" in entry for entry in imports) >= max(1, len(imports) // 2):
            names = names_of(rows[0], rows[1], imports)
            return Layout(place + 1, names, [*rows[place - 1]], imports)
    names = names_of(rows[0], rows[1], [])
    times = [names.index(name) for name in ("StartDate", "EndDate", "RecordedDate") if name in names]
    if "ResponseId" not in names or not times:
        return None
    place = names.index("ResponseId")
    ids = [cell for row in rows if (cell := cell_of(row, place))]
    if 2 * sum(RESPONSE.fullmatch(cell) is not None for cell in ids) < len(ids) - 2:
        return None
    starts = (n for n, row in enumerate(rows[:4]) if n and is_response(row, place, times))
    return Layout(head, names, [*rows[1]] if head > 1 else names, []) if (head := next(starts, 0)) else None


def is_response(row: Sequence[str], place: int, times: Sequence[int]) -> bool:
    """Whether a row is a response and no header: an id in its place, or a time where times stand."""
    return RESPONSE.fullmatch(cell_of(row, place)) is not None or any(cell_of(row, n)[:1].isdigit() for n in times)


def names_of(first: Sequence[str], second: Sequence[str], imports: Sequence[dict[str, Any]]) -> list[str]:
    """Column names: Qualtrics' own fields by their ImportId or by the name they have in any layout, else the first row.

    The oldest layout writes V1, V2 … in the first row and the fields' names in the second.
    """
    cells = [cell.strip() for cell in first]
    while cells and not cells[-1]:
        cells.pop()
    names = []
    for cell, wording, entry in zip_longest(cells, second[: len(cells)], imports[: len(cells)]):
        name = (wording or "").strip() if LEGACY.fullmatch(cell or "") and own(wording or "") else cell or ""
        written = str((entry or {}).get("ImportId", ""))
        names.append((own(written) or name) if written else (own(name) or name))
    return surveys.distinct(names)


def own(name: str) -> str | None:
    """The name of Qualtrics' own field that is written so (`panel-RecipientEmail`, `Response ID`), or None."""
    return OWN.get(re.sub("[^a-z]", "", name.lower().removeprefix("panel-").removeprefix("location-")))


def cell_of(row: Sequence[str], place: int) -> str:
    """A cell of a row, trimmed; empty where the row is too short."""
    return row[place].strip() if place < len(row) else ""


def import_of(cell: str) -> dict[str, Any]:
    """The JSON of a third-row cell; some exports write it with single quotes."""
    for text in (cell, cell.replace("'", '"')) if "ImportId" in cell else ():
        try:
            entry = json.loads(text)
        except json.JSONDecodeError:
            continue
        return entry if isinstance(entry, dict) else {}
    return {}


def zone_of(imports: Sequence[dict[str, Any]]) -> str | None:
    """The time zone that the third row names, if it is one that is known."""
    name = next((str(entry["timeZone"]) for entry in imports if entry.get("timeZone")), "")
    if name in ("Z", "GMT", "UTC"):
        return "UTC"
    try:
        return ZoneInfo(name).key if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


# --------------------------------------------------------------------------- recognition


def recognise(export: Export) -> Recognition | None:
    """A file is Qualtrics' when its third row holds ImportIds, or when its own names stand over ids such as R_1aZ."""
    rows = first_rows(export)
    layout = layout_of(rows)
    if layout is None:
        return None
    names, imports = layout.names, layout.imports
    signature = signature_of(f"{name}: {plain_text(cell)}" for name, cell in zip(names, layout.wordings, strict=False))
    found = Recognition(NAME, signature, names, time_zone=zone_of(imports))
    values = values_of(rows[layout.head :], names)
    for ours in ("occurred_at", "recorded_at", "started_at"):
        note_times(found, ours, values)
    marks = [str(entry.get("ImportId", "")) for entry in imports]
    for name, wording, mark in zip_longest(names, layout.wordings[: len(names)], marks[: len(names)], fillvalue=""):
        if name in OWN.values() or is_derived(name, mark, names):
            continue
        is_nps = f"{name}{GROUP}" in names or (mark != "" and f"{mark}{GROUP}" in marks)
        question = describe(found, name, wording or name, values[name], is_nps, TYPED.fullmatch(mark) is not None)
        is_embedded = plain_text(wording) in ("", name) and not QUESTION.match(mark or name)
        if not question and is_embedded and 1 < len(set(values[name])) <= 20:
            found.segments.append(name)
    for name in names:
        if name.endswith(GROUP) and name.removesuffix(GROUP) not in names:
            found.notes.append(f"{name} holds groups, no scores: export {name.removesuffix(GROUP)} too")
    return found


def values_of(rows: Sequence[Sequence[str]], names: Sequence[str]) -> dict[str, list[str]]:
    """The non-empty cells of each column."""
    return {name: [cell for row in rows if (cell := cell_of(row, place))] for place, name in enumerate(names)}


def note_times(found: Recognition, ours: str, values: Mapping[str, list[str]]) -> None:
    """Write the layout of a time column into the mapping where it is not ISO, as after a visit to a spreadsheet.

    What day and month are may be settled by the other time columns, which are written alike.
    """
    mine = values.get(FIELDS[ours], [])
    every = [value for name in ("EndDate", "RecordedDate", "StartDate") for value in values.get(name, [])]
    if mine and layouts_of(mine) != [""]:
        found.columns[ours] = FIELDS[ours]
        format_of(found, ours, every if layouts_of(every) else mine)


def is_derived(name: str, mark: str, names: Sequence[str]) -> bool:
    """Whether Qualtrics made the column out of another: an NPS group, or the topics and sentiment of a text."""
    base, dash, _ = name.partition(" - ")
    return GROUP in name or mark.endswith(GROUP) or (bool(dash) and base in names)


def read(export: Export) -> Iterator[Piece]:
    """One row a response, below the header rows."""
    layout = layout_of(first_rows(export))
    head, names = (layout.head, layout.names) if layout else (3, [])
    return records_of(export, "response", head=head, names=lambda rows: names or surveys.distinct(rows[0]))


# --------------------------------------------------------------------------- mapping

# What a status says, as a code or in the words of the account's language.
STATUS = r"""
    case
        when status is null or status in ('0', '4', '16', '32', '48') then 'real'
        when status in ('1', '2', '9', '17') then 'test'
        when status in ('8', '12', '40') then 'spam'
        when regexp_matches(lower(status), 'preview|test|vorschau|aperçu|vista previa|anteprima|voorbeeld') then 'test'
        when contains(lower(status), 'spam') then 'spam'
        when regexp_matches(lower(status), '^(ip|adresse ip|dirección ip|indirizzo ip|endereço)|import|offline|hors')
            then 'real'
        else 'unknown'
    end as standing,
"""

PARSED = {
    "responses": f"""
with read_cells as (
    select
        row_id, source, body, 'survey' as channel, cells.id as response_id, cells.status as status,
        cells.account as account_id, cells.email as email, cells.given_name as given_name,
        cells.family_name as family_name, lower(cells.finished) as finished,
        -- Where a file has no column that says so, nothing speaks against a response.
        case
            when json_exists(body, '/Finished')
                then lower(coalesce(cells.finished, '')) in
                    ('1', 'true', 'wahr', 'vrai', 'verdadero', 'verdadeiro', 'vero', 'waar', 'sand', 'sann')
            when json_exists(body, '/Progress') then coalesce(cells.progress, '') in ('100', '100%')
            else true
        end as is_finished,
        coalesce(
            time_as(cells.occurred_at, 'occurred_at', zone),
            time_as(cells.recorded_at, 'recorded_at', zone),
            -- The start counts only in a file that says no more.
            case
                when not json_exists(body, '/EndDate') and not json_exists(body, '/RecordedDate')
                    then time_as(cells.started_at, 'started_at', zone)
            end
        ) as occurred_at,
        time_as(cells.recorded_at, 'recorded_at', zone) as recorded_at,
    from landed
    where kind = 'response'
)

select
    *,
{STATUS}
{surveys.PERSON_ID}
from read_cells
"""
}

SELECT = surveys.SELECT | {
    "records": """
with judged as (
    select
        row_id, response_id, occurred_at, recorded_at,
        case
            when response_id is null then ['the response has no ResponseId', 'ResponseId']
            when is_spoilt(response_id)
                then ['the id is no whole number: a spreadsheet has spoilt it', 'ResponseId']
            when standing = 'test' then ['a preview or test of the survey, no customer', 'Status']
            when standing = 'spam' then ['marked as spam by the vendor', 'Status']
            when standing = 'unknown' then ['a status that is not known', 'Status']
            when not is_finished then ['the response was not finished', 'Finished']
            when occurred_at is null then ['EndDate and RecordedDate hold no time that can be read', 'EndDate']
        end as problem,
    from responses
)

select
    row_id, 'response' as kind, response_id as record_key, occurred_at,
    coalesce(recorded_at, occurred_at) as recorded_at, null::timestamp as first_recorded_at, false as is_removal,
    problem[1] as set_aside, problem[2] as set_aside_column,
from judged
""",
}
