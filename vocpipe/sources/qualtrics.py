"""Qualtrics CSV/TSV exports: three header rows (ids, wording, ImportIds), then one response a row."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import orjson

from vocpipe import surveys
from vocpipe.contracts import RawRow, Recognition, Reject
from vocpipe.delimited import fitted, header_of, rows_of, signature_of
from vocpipe.questions import judged, plain_text

NAME = "qualtrics_csv"
TITLE = "Qualtrics survey export"
PRECEDENCE = -10
NEEDS = (("ResponseId",), ("EndDate", "RecordedDate"))

# Qualtrics' own fields by their ImportId; everything else is a question or embedded data.
FIELDS = {
    "startDate": "StartDate", "endDate": "EndDate", "status": "Status", "ipAddress": "IPAddress",
    "progress": "Progress", "duration": "Duration (in seconds)", "finished": "Finished",
    "recordedDate": "RecordedDate", "_recordId": "ResponseId", "recipientLastName": "RecipientLastName",
    "recipientFirstName": "RecipientFirstName", "recipientEmail": "RecipientEmail",
    "externalDataReference": "ExternalReference", "locationLatitude": "LocationLatitude",
    "locationLongitude": "LocationLongitude", "distributionChannel": "DistributionChannel",
    "userLanguage": "UserLanguage",
}  # fmt: skip

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
        "2026-01-06 09:00:00,2026-01-06 09:01:00,1,100,1,2026-01-06 09:01:00,R_3cX,,,,,3,10,5,7,Just a test run,\n"
    ).encode()
}  # fmt: skip


def recognise(path: Path) -> Recognition | None:
    """A file is Qualtrics' when its third row holds ImportIds, whatever language the wording is in."""
    rows = [cells for _, cells in islice(rows_of(path), 2003)]
    if len(rows) < 3 or sum("ImportId" in cell for cell in rows[2]) < max(1, len(rows[2]) // 2):
        return None
    header, imports = names_of(rows), [import_of(cell) for cell in rows[2]]
    zone = next((entry["timeZone"] for entry in imports if entry.get("timeZone")), None)
    signature = signature_of(f"{name}: {plain_text(text)}" for name, text in zip(header, rows[1], strict=False))
    found = Recognition(NAME, signature, header, time_zone=zone)
    for index, (name, entry) in enumerate(zip(header, imports, strict=False)):
        if name in FIELDS.values() or str(entry.get("ImportId", "")).endswith("_NPS_GROUP"):
            continue
        values = [row[index].strip() for row in rows[3:] if index < len(row) and row[index].strip()]
        describe(found, name, rows[1][index], values, f"{name}_NPS_GROUP" in header)
    found.questions.sort(key=lambda question: question.metric is not None)
    return found


def describe(found: Recognition, name: str, wording: str, values: Sequence[str], is_nps: bool) -> None:
    """Add one column to what was found: a question, or embedded data that may serve as a segment."""
    question = judged(name, wording, values, is_nps)
    if question:
        found.questions.append(question)
    elif plain_text(wording) == name and 1 < len(set(values)) <= 20:
        found.segments.append(name)


def names_of(rows: Sequence[Sequence[str]]) -> list[str]:
    """Column names: Qualtrics' own fields by their ImportId (the first row may be translated), else the first row."""
    header = header_of(rows[0])
    imports = [import_of(cell).get("ImportId", "") for cell in rows[2]]
    return [FIELDS.get(entry, name) for name, entry in zip(header, imports, strict=False)]


def import_of(cell: str) -> dict[str, str]:
    """The JSON of a third-row cell; some exports write it with single quotes."""
    for text in (cell, cell.replace("'", '"')):
        try:
            entry = json.loads(text)
        except json.JSONDecodeError:
            continue
        return entry if isinstance(entry, dict) else {}
    return {}


def read(path: Path) -> Iterator[RawRow | Reject]:
    """One row a response, from the fourth row on."""
    rows = rows_of(path)
    first = list(islice(rows, 3))
    header = names_of([cells for _, cells in first])
    for row in rows:
        fit = fitted(row, header)
        if isinstance(fit, Reject):
            yield fit
        else:
            body = orjson.dumps(dict(zip(header, fit[1], strict=True))).decode()
            yield RawRow(fit[0], 0, "response", body)


PARSED = {
    "responses": """
select
    row_id, source, body, segments, 'survey' as channel,
    text_of(body, '$.ResponseId') as response_id,
    text_of(body, '$.Status') as status,
    lower(coalesce(text_of(body, '$.Finished'), '')) as finished,
    coalesce(utc(text_of(body, '$.EndDate'), zone), utc(text_of(body, '$.RecordedDate'), zone)) as occurred_at,
    utc(text_of(body, '$.RecordedDate'), zone) as recorded_at,
    text_of(body, '$.ExternalReference') as account_id,
    text_of(body, '$.RecipientEmail') as email,
    text_of(body, '$.RecipientFirstName') as given_name,
    text_of(body, '$.RecipientLastName') as family_name,
"""
    + surveys.PERSON_ID
    + """from landed
where kind = 'response'
"""
}

SELECT = surveys.SELECT | {
    "records": """
select
    row_id, 'response' as kind, response_id as record_key, occurred_at,
    coalesce(recorded_at, occurred_at) as recorded_at, null::timestamp as first_recorded_at, false as is_removal,
    case
        when response_id is null then 'the response has no ResponseId'
        when status in ('1', '2', '9', '17', 'Survey Preview', 'Survey Test')
            then 'a preview or test of the survey, no customer'
        when status in ('8', '12', '40', 'Spam', 'Possible Spam') then 'marked as spam by the vendor'
        when status not in ('0', '4', '16', '32', '48', 'IP Address', 'Imported', 'Offline Response')
            then 'a status that is not known'
        when finished not in ('1', 'true') then 'the response was not finished'
        when occurred_at is null then 'EndDate and RecordedDate hold no time that can be read'
    end as set_aside,
    case
        when response_id is null then 'ResponseId'
        when status not in ('0', '4', '16', '32', '48', 'IP Address', 'Imported', 'Offline Response') then 'Status'
        when finished not in ('1', 'true') then 'Finished'
        when occurred_at is null then 'EndDate'
    end as set_aside_column
from responses
""",
}
