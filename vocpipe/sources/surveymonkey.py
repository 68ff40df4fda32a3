"""SurveyMonkey CSV/XLSX exports: a row of questions, most often a row of choices, then one response a row."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from vocpipe import surveys
from vocpipe.contracts import Recognition
from vocpipe.exports import Export
from vocpipe.questions import describe, is_segment
from vocpipe.tabular import Piece, column_like, first_rows, mapped_columns, records_of, signature_of
from vocpipe.times import format_of, layouts_of

NAME = "surveymonkey_csv"
TITLE = "SurveyMonkey export"
NEEDS = ()

COLUMNS = {
    "id": ("respondent ?id",),
    "occurred_at": ("end ?date", "date modified", "((survey|response|submission|completion) )?date"),
    "started_at": ("start ?date", "date created"),
    "email": ("e ?mail( address| adresse)?", ".* e ?mail( address| adresse)?"),
    "given_name": ("first name", "vorname", ".* first name"),
    "family_name": ("last name", "nachname", ".* last name"),
    "account": (),
}
# SurveyMonkey's own columns that are neither mapped nor questions.
OWN = ("collector ?id", "ip ?address", "ip adresse", "custom data.*", "weight")
RESPONDENT = re.compile(r"(?i)respondent ?id")
CODED = re.compile(r"q\d{4}(_\d{4}|_other)?")
# What the second row says of a question that has one column, and of one that is answered in the respondent's words.
OPEN = (
    "open-ended response|offene (antwort|beantwortung)|réponse (ouverte|libre)|respuesta abierta|risposta aperta|"
    "resposta aberta|open(e)? antwoord"
)
WHOLE = re.compile(f"(?i)response|antwort|réponse|respuesta|risposta|resposta|antwoord|{OPEN}")
TYPED = re.compile(f"(?i){OPEN}|other \\(.*|(additional )?comments?:?.*|sonstiges.*|autre \\(.*|otro \\(.*")
UNNAMED = re.compile(r"Unnamed: \d+(_level_\d+)?")
NO_DATE = "the file has no date: write occurred_on under sources.columns"

EXAMPLE = {
    "Customer survey.csv": (
        "Respondent ID,Collector ID,Start Date,End Date,IP Address,Email Address,First Name,Last Name,Custom Data 1,"
        "How likely is it that you would recommend us to a friend? (0 to 10),"
        "\"Overall, how satisfied are you? (1 = not at all, 5 = very)\",Which of these did you use?,,"
        "What could we do better?\n"
        ",,,,,,,,,Response,Response,The app,The counter,Open-Ended Response\n"
        "11500000001,390000001,03/14/2026 10:02:11,03/14/2026 10:05:40,,ada.okafor@example.com,Ada,Okafor,,"
        "9,5,The app,,The app didn’t lose my booking this time\n"
        "11500000002,390000001,03/15/2026 19:30:00,03/15/2026 19:31:12,,,,,,"
        "3,2,,The counter,Nobody at the counter could help me\n"
        "1.15E+10,390000001,03/16/2026 08:00:00,03/16/2026 08:02:00,,,,,,8,4,The app,,Faster boarding please\n"
        "11500000004,390000001,03/17/2026 08:00:00,03/17/2026 08:02:00,,,,,,0,1,,,\n"
    ).encode("cp1252")
}  # fmt: skip


class Layout(NamedTuple):
    """How many header rows a file has, its column names, what is typed freely, and what is one of several parts."""

    head: int
    names: list[str]
    typed: set[str]
    parts: set[str]


# --------------------------------------------------------------------------- header


def layout_of(rows: Sequence[Sequence[str]]) -> Layout | None:
    """The layout of a file; None where it is not SurveyMonkey's."""
    first = [bare(cell) for cell in rows[0]] if rows else []
    if len(first) < 2:
        return None
    place = next((n for n, cell in enumerate(first[:3]) if RESPONDENT.fullmatch(cell)), None)
    has_two = is_header(rows[1] if len(rows) > 1 else [], first, place or 0)
    data = rows[2 if has_two else 1 :]
    if place is not None:
        ids = [cell for row in data if (cell := cell_of(row, place))]
        is_ours = not ids or sum(is_id(cell) for cell in ids) > 0.8 * len(ids)
    elif has_two:
        is_ours = is_translated(rows)
    else:
        is_ours = {"StartDate", "EndDate"} <= {*first} and sum(map(is_coded, first)) >= 3
    return named(first, rows[1] if has_two else []) if is_ours else None


def is_header(second: Sequence[str], first: Sequence[str], place: int) -> bool:
    """Whether the second row is one of choices: no id and no time in it, words such as `Response`, names for gaps."""
    if cell_of(second, place) or not second:
        return False
    gaps = [bare(cell) for cell, above in zip(second, first, strict=False) if not above]
    times = [cell_of(second, n) for n, cell in enumerate(first) if column_like([cell], "(start|end) ?date")]
    if any(times):
        return False
    return bool(times) or any(WHOLE.fullmatch(cell.strip()) for cell in second) or (bool(gaps) and all(gaps))


def is_translated(rows: Sequence[Sequence[str]]) -> bool:
    """Whether a file in another language has the shape: long ids first, then at least two columns of times."""
    data = rows[2:]
    ids = [cell_of(row, 0) for row in data]
    if not ids or sum(re.fullmatch(r"\d{8,13}", cell) is not None for cell in ids) <= 0.8 * len(ids):
        return False
    return len(times_in(data, [cell_of(rows[1], n) for n in range(10)])) >= 2


def times_in(data: Sequence[Sequence[str]], second: Sequence[str]) -> list[int]:
    """The places of columns of times among those that the vendor adds (the second row is empty there)."""
    places = []
    for place in [n for n, cell in enumerate(second) if n and not cell]:
        values = [cell for row in data if (cell := cell_of(row, place))]
        if values and layouts_of(values) not in ([], ["epoch"], ["excel"], ["epoch_ms"]):
            places.append(place)
    return places


def named(first: Sequence[str], second: Sequence[str]) -> Layout:
    """Column names: the question, and where it has several columns `question - choice`."""
    width = max((n + 1 for n in range(len(first)) if first[n] or cell_of(second, n)), default=0)
    questions: list[str] = []
    for cell in first[:width]:
        questions.append(cell or (questions[-1] if second and questions else ""))
    choices = [bare(cell_of(second, place)) for place in range(width)]
    unique = surveys.distinct([name_of(*pair) for pair in zip(questions, choices, strict=True)])
    typed = {name for name, choice in zip(unique, choices, strict=True) if TYPED.fullmatch(choice)}
    counts = Counter(questions)
    parts = {name for name, one in zip(unique, questions, strict=True) if second and counts[one] > 1}
    return Layout(2 if second else 1, unique, typed, parts - typed)


def name_of(question: str, choice: str) -> str:
    """The name of a column of a question."""
    return question if not choice or WHOLE.fullmatch(choice) else f"{question} - {choice}".removeprefix(" - ")


def bare(cell: str) -> str:
    """A header cell on one line; empty where a spreadsheet or a program has filled a gap."""
    return "" if UNNAMED.fullmatch(cell.strip()) else " ".join(cell.split())


def cell_of(row: Sequence[str], place: int) -> str:
    """A cell of a row, trimmed; empty where the row is too short."""
    return row[place].strip() if place < len(row) else ""


def is_coded(name: str) -> bool:
    """Whether a column has a coded name such as `q0007_0002`."""
    return CODED.fullmatch(name) is not None


def is_id(cell: str) -> bool:
    """Whether a cell holds an id, even as a program (`11500000001.0`) or a spreadsheet (`1.15E+10`) left it."""
    return re.fullmatch(r"\d+(\.0)?|\d([.,]\d+)?[Ee]\+\d+", cell) is not None


# --------------------------------------------------------------------------- recognition


def recognise(export: Export) -> Recognition | None:
    """A respondent's id and questions below it, with or without the second row of choices."""
    rows = first_rows(export)
    layout = layout_of(rows)
    if layout is None:
        return None
    names, data = layout.names, rows[layout.head :]
    values = {name: answers_in(data, place) for place, name in enumerate(names)}
    found = Recognition(NAME, signature_of(names), names, columns=mapped(names, values))
    if layout.head == 2 and "id" not in found.columns:
        places = times_in(data, [cell_of(rows[1], place) for place in range(10)])
        at = {"started_at": names[places[0]], "occurred_at": names[places[1]]} if len(places) > 1 else {}
        found.columns |= {"id": names[0]} | at
    times = {ours: values[found.columns[ours]] for ours in ("occurred_at", "started_at") if ours in found.columns}
    every = [value for one in times.values() for value in one]  # written alike: one may settle day and month for both
    for ours, mine in times.items():
        if mine:
            format_of(found, ours, every if layouts_of(every) else mine)
    if not {"occurred_at", "started_at"} & found.columns.keys():
        found.notes.append('no column holds a date: add occurred_on = "YYYY-MM-DD" (when the survey was in the field)')
    own = {column for pattern in OWN for column in names if column_like([column], pattern)}
    if custom := next((name for name in own if name.startswith("Custom") and values[name]), None):
        found.notes.append(f'if {custom} holds your customer number, add account = "{custom}"')
    for name in names:
        if name in found.columns.values() or name in own or name.startswith("column_"):
            continue
        question = describe(found, name, name, values[name], is_text=name in layout.typed)
        if not question and name not in layout.parts and is_segment(values[name]):
            found.segments.append(name)
    return found


def mapped(names: Sequence[str], values: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The columns we read by our names; one that holds something goes before one that is empty throughout."""
    filled = mapped_columns([name for name in names if values[name]], COLUMNS)
    return filled | {k: v for k, v in mapped_columns(names, COLUMNS).items() if k not in filled}


def answers_in(data: Sequence[Sequence[str]], place: int) -> list[str]:
    """The answers of a column; a lone dash stands for none."""
    return [cell for row in data if (cell := cell_of(row, place)) and cell != "-"]


def read(export: Export) -> Iterator[Piece]:
    """One row a response, below the header rows."""
    layout = layout_of(first_rows(export))
    head, names = (layout.head, layout.names) if layout else (1, [])
    return records_of(export, "response", head=head, names=lambda rows: names or surveys.distinct(rows[0]))


# --------------------------------------------------------------------------- mapping

PARSED = {
    "responses": rf"""
with read_cells as (
    select
        row_id, source, body, 'survey' as channel, regexp_replace(cells.id, '\.0$', '') as vendor_id,
        json_extract_string(getvariable('columns'), '$.id') is not null as has_ids,
        coalesce(regexp_replace(cells.id, '\.0$', ''), {surveys.CONTENT_ID}) as response_id,
        coalesce(cells.occurred_at, cells.started_at) as written_at,
        case
            when cells.occurred_at is not null then time_as(cells.occurred_at, 'occurred_at', zone)
            when cells.started_at is not null then time_as(cells.started_at, 'started_at', zone)
            -- A file without dates: the settings may say when the survey was in the field.
            when json_extract_string(getvariable('columns'), '$.occurred_at') is null
                and json_extract_string(getvariable('columns'), '$.started_at') is null
                then utc(json_extract_string(getvariable('columns'), '$.occurred_on'), zone)
        end as occurred_at,
        json_extract_string(getvariable('columns'), '$.occurred_at') is null
            and json_extract_string(getvariable('columns'), '$.started_at') is null as has_no_dates,
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
    "records": f"""
with judged as (
    select
        row_id, response_id, occurred_at,
        case
            when has_ids and vendor_id is null then ['the response has no id', 'Respondent ID']
            when is_spoilt(vendor_id)
                then ['the id is no whole number: a spreadsheet has spoilt it', 'Respondent ID']
            when occurred_at is null and has_no_dates then ['{NO_DATE}', 'occurred_on']
            when occurred_at is null and written_at is null then ['the response has no date', 'End Date']
            when occurred_at is null then ['the date cannot be read', 'End Date']
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
