"""SurveyMonkey: responses by its API, landed as the CSV that its own export writes, with its two rows of headers.

The API gives answers as ids; the survey's own description, asked for first, says what they mean. Responses changed
since the last pull are asked for again: the reader takes the newest version of each.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from vocpipe.connectors.jobs import Job

VENDOR = "surveymonkey"
OPTIONS = {"surveys": "ids of the surveys (numbers), with commas between them"}
NEEDS = ("surveys",)

PER_PAGE = 100
OVERLAP = timedelta(minutes=10)
TIME = "%Y-%m-%dT%H:%M:%S"
OWN = ("Respondent ID", "Collector ID", "Start Date", "End Date", "IP Address", "Email Address", "First Name",
       "Last Name", "Custom Data 1")  # fmt: skip
TAG = re.compile(r"<[^>]+>")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the export: a question, what the row of choices says of it, and which answers stand in it."""

    question: str
    heading: str
    second: str
    row: str | None = None  # only answers of this row
    choice: str | None = None  # only this choice
    is_other: bool = False


def pull(job: Job) -> Iterator[Path]:
    """One CSV a survey that has new or changed responses."""
    for survey in [name.strip() for name in job.options["surveys"].split(",") if name.strip()]:
        details = job.web.get(f"/v3/surveys/{survey}/details")
        known: dict[str, Any] = job.cursor.setdefault(survey, {})
        since = known.get("since") or (f"{job.since}T00:00:00" if job.since else None)
        responses = list(responses_of(job, survey, since))
        if responses:
            yield job.land(job.numbered(survey, "csv"), export(details.json(), responses))
            job.counted(survey)
        known["since"] = (details.at - OVERLAP).strftime(TIME)
        job.save()


def responses_of(job: Job, survey: str, since: str | None) -> Iterator[dict[str, Any]]:
    """Every response changed since then, the oldest first."""
    number = 1
    asked = {"per_page": PER_PAGE, "sort_by": "date_modified", "sort_order": "ASC"}
    while True:
        more = {"start_modified_at": since} if since else {}
        page = job.web.get(f"/v3/surveys/{survey}/responses/bulk", asked | more | {"page": number}).json()
        yield from page.get("data", [])
        if not page.get("links", {}).get("next"):
            return
        number += 1


def export(details: Mapping[str, Any], responses: list[dict[str, Any]]) -> bytes:
    """The CSV of these responses (UTF-8); one that came twice, since pages moved meanwhile, stands in it once."""
    questions = [question for page in details.get("pages", []) for question in page.get("questions", [])]
    columns = [column for question in questions for column in columns_of(question)]
    offered = [choice for question in questions for choice in question.get("answers", {}).get("choices", [])]
    choices = {choice["id"]: choice["text"] for choice in offered}
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    named = [c.heading if i == 0 or columns[i - 1].question != c.question else "" for i, c in enumerate(columns)]
    writer.writerow([*OWN, *named])
    writer.writerow([*[""] * len(OWN), *(column.second for column in columns)])
    for response in {response["id"]: response for response in responses}.values():
        writer.writerow([*own_cells(response), *cells(response, columns, choices)])
    return out.getvalue().encode()


def columns_of(question: Mapping[str, Any]) -> Iterator[Column]:
    """The columns of one question, in the layout of SurveyMonkey's export; a text between questions has none."""
    family, answers = question.get("family"), question.get("answers", {})
    heading = TAG.sub("", (question.get("headings") or [{}])[0].get("heading", "")).strip()
    name = question["id"]
    if family == "presentation":
        return
    if family == "multiple_choice":
        for choice in answers.get("choices", []):
            yield Column(name, heading, choice["text"], choice=choice["id"])
    elif answers.get("rows") and family != "single_choice":
        for row in answers["rows"]:
            yield Column(name, heading, row.get("text") or "Response", row=row["id"])
    else:
        yield Column(name, heading, "Open-Ended Response" if family == "open_ended" else "Response")
    if other := answers.get("other"):
        yield Column(name, heading, other.get("text") or "Other (please specify)", is_other=True)


def own_cells(response: Mapping[str, Any]) -> list[str]:
    """What SurveyMonkey itself knows of a response."""
    people = response.get("metadata", {}).get("contact", {})
    known = [people.get(part, {}).get("value", "") for part in ("email", "first_name", "last_name")]
    ended = response.get("date_modified", "") if response.get("response_status") == "completed" else ""
    custom = response.get("custom_value") or (response.get("custom_variables") or {}).get("custom_value", "")
    return [response["id"], response.get("collector_id", ""), response.get("date_created", ""), ended,
            response.get("ip_address", ""), *known, custom]  # fmt: skip


def cells(response: Mapping[str, Any], columns: list[Column], choices: Mapping[str, str]) -> list[str]:
    """The cells of one response, a column each; several answers in one cell are joined by a comma."""
    given: dict[str, list[Mapping[str, Any]]] = {}
    for page in response.get("pages", []):
        for question in page.get("questions", []):
            given.setdefault(question["id"], []).extend(question.get("answers", []))
    return [", ".join(words(given.get(column.question, []), column, choices)) for column in columns]


def words(answers: list[Mapping[str, Any]], column: Column, choices: Mapping[str, str]) -> Iterator[str]:
    """What of a question's answers stands in one column."""
    for answer in answers:
        if column.is_other != ("other_id" in answer):
            continue
        if column.row is not None and answer.get("row_id") != column.row:
            continue
        if column.choice is not None and answer.get("choice_id") != column.choice:
            continue
        text = answer.get("text") or choices.get(answer.get("choice_id", ""), "")
        if text:
            yield text
