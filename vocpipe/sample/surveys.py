"""The survey exports as Qualtrics writes them: one CSV a month with three header rows, local times, and its damage."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from vocpipe.sample.people import Person, certain_identifiers
from vocpipe.sample.story import STORM, moments, month_of, mood_at
from vocpipe.sample.texts import Text, Writer
from vocpipe.sample.truth import Answer, Interaction, Ledger

TIME_ZONE = ZoneInfo("America/Denver")
LIKELY = "On a scale from 0-10, how likely are you to recommend Fernwing Air to a friend or colleague?"
# (id, question text, import id) of every column, in order.
COLUMNS = (
    ("StartDate", "Start Date", "startDate"),
    ("EndDate", "End Date", "endDate"),
    ("Status", "Response Type", "status"),
    ("IPAddress", "IP Address", "ipAddress"),
    ("Progress", "Progress", "progress"),
    ("Duration (in seconds)", "Duration (in seconds)", "duration"),
    ("Finished", "Finished", "finished"),
    ("RecordedDate", "Recorded Date", "recordedDate"),
    ("ResponseId", "Response ID", "_recordId"),
    ("RecipientLastName", "Recipient Last Name", "recipientLastName"),
    ("RecipientFirstName", "Recipient First Name", "recipientFirstName"),
    ("RecipientEmail", "Recipient Email", "recipientEmail"),
    ("ExternalReference", "External Data Reference", "externalDataReference"),
    ("LocationLatitude", "Location Latitude", "locationLatitude"),
    ("LocationLongitude", "Location Longitude", "locationLongitude"),
    ("DistributionChannel", "Distribution Channel", "distributionChannel"),
    ("UserLanguage", "User Language", "userLanguage"),
    ("Q1_NPS_GROUP", f"{LIKELY} - Group", "QID1_NPS_GROUP"),
    ("Q1", LIKELY, "QID1"),
    ("Q2", "Overall, how satisfied are you with your trip?\n(1 = very dissatisfied, 5 = very satisfied)", "QID2"),
    (
        "Q3",
        "Fernwing Air made it easy for me to handle my issue. (1 = strongly disagree, 7 = strongly agree)",
        "QID3",
    ),
    ("Q4", "What is the main reason for your score?", "QID4_TEXT"),
    ("cabin", "cabin", "cabin"),
)
SCALES = {"Q1": ("nps", 0, 10), "Q2": ("csat", 1, 5), "Q3": ("ces", 1, 7)}
# What goes wrong with an answer, by the response's number modulo 97.
DAMAGE = {
    11: {"Q1": "", "Q1_NPS_GROUP": ""},
    29: {"Q1": "11", "Q1_NPS_GROUP": ""},
    41: {"Q1": "8.5", "Q1_NPS_GROUP": ""},
    53: {"Q2": ""},
    67: {"Q3": ""},
    83: {"Q2": "6"},
}
CABINS = ("Economy", "Premium", "Business")
# How a respondent can be told: shares of the ways below.
WAYS = ("email", "upper", "tag", "account", "other", "misspelt", "anonymous")
WAY_SHARES = (0.52, 0.09, 0.08, 0.12, 0.06, 0.03, 0.10)


@dataclass(frozen=True, slots=True)
class _Scores:
    likely: int
    cells: dict[str, str]


def write_surveys(
    folder: Path, rng: np.random.Generator, people: list[Person], activity: np.ndarray, count: int, ledger: Ledger
) -> None:
    """Write ``count`` responses as ``qualtrics_YYYY-MM.csv`` (by local month) and note what is true of them."""
    writer = Writer(rng)
    files: dict[str, list[dict[str, Any]]] = defaultdict(list)
    asked = rng.choice(len(people), count, p=activity / activity.sum())
    for number, (who, moment) in enumerate(zip(asked, moments(rng, count), strict=True)):
        row = _response(writer, people[int(who)], moment, number, ledger)
        files[str(row["EndDate"])[:7]].append(row)
    _export_again(files, ledger)
    for month, rows in files.items():
        ledger.rows["response"] += len(rows)
        _write_file(folder / f"qualtrics_{month}.csv", rows)


def _response(writer: Writer, person: Person, moment: datetime, number: int, ledger: Ledger) -> dict[str, Any]:
    rng = writer.rng
    scores = _scores(rng, person, moment, number)
    way = str(rng.choice(WAYS, p=WAY_SHARES))
    recipient = _recipient(way, person)
    linkable = _is_linkable(recipient, person)
    text = _verbatim(writer, person, scores.likely, moment, linkable)
    state = _state(rng)
    row = _when(rng, moment) | state | recipient | scores.cells
    row |= {
        "IPAddress": f"192.0.2.{number % 254 + 1}",
        "ResponseId": "R_" + hashlib.sha1(f"fernwing {number} {rng.random()}".encode()).hexdigest()[:15],
        "UserLanguage": person.language.upper(),
        "Q4": text.body,
        "cabin": CABINS[min(2, int(rng.integers(0, 3) + (person.tier == "Platinum")))],
    }
    _note(row, person, moment, linkable, text, ledger)
    return row


def _scores(rng: np.random.Generator, person: Person, moment: datetime, number: int) -> _Scores:
    """The three answers, now and then left blank or out of their scale."""
    feeling = person.mood + mood_at(moment) + float(rng.normal(0, 1.5))
    likely = int(np.clip(round(feeling), 0, 10))
    cells = {
        "Q1": str(likely),
        "Q2": str(int(np.clip(round(feeling / 2 + float(rng.normal(0, 0.6))), 1, 5))),
        "Q3": str(int(np.clip(round(1 + feeling * 0.6 + float(rng.normal(0, 0.9))), 1, 7))),
    }
    cells["Q1_NPS_GROUP"] = "3" if likely >= 9 else "2" if likely >= 7 else "1"
    cells |= DAMAGE.get(number % 97, {})
    return _Scores(likely, cells)


def _verbatim(writer: Writer, person: Person, score: int, moment: datetime, linkable: bool) -> Text:
    chance = writer.rng.random()
    text = writer.verbatim(score, person.language, month_of(moment) == STORM)
    if chance < 0.12:
        return Text(text.subject, "" if chance > 0.01 else "NA", text.topic)
    if chance < 0.17:
        kinds = ["email", "phone", "card", "name"] if linkable else ["email", "phone", "card"]
        return writer.with_secret(text, person, str(writer.rng.choice(kinds)))
    return text


def _recipient(way: str, person: Person) -> dict[str, str]:
    """Who the survey tool says answered."""
    user, host = person.email.split("@")
    email = {
        "email": person.email,
        "upper": person.email.upper(),
        "tag": f"{user}+survey@{host}",
        "account": person.email if person.crm_email else "",
        "other": person.other_email,
        "misspelt": f"{user[:-1]}@{host}",
        "anonymous": "",
    }[way]
    named = way != "anonymous"
    return {
        "RecipientLastName": person.family_name if named else "",
        "RecipientFirstName": person.given_name if named else "",
        "RecipientEmail": email,
        "ExternalReference": person.account_id if way == "account" else "",
        "DistributionChannel": "email" if named else "anonymous",
    }


def _is_linkable(recipient: dict[str, str], person: Person) -> bool:
    email = recipient["RecipientEmail"].lower().replace("+survey@", "@")
    return bool({f"account:{recipient['ExternalReference']}", f"email:{email}"} & certain_identifiers(person))


def _state(rng: np.random.Generator) -> dict[str, int]:
    """Status 0 and finished, or one of the three kinds that do not count."""
    chance = rng.random()
    if chance < 0.015:
        return {"Status": 1 if chance < 0.01 else 8, "Progress": 100, "Finished": 1}
    if chance < 0.05:
        return {"Status": 0, "Progress": int(rng.integers(5, 95)), "Finished": 0}
    return {"Status": 0, "Progress": 100, "Finished": 1}


def _when(rng: np.random.Generator, moment: datetime) -> dict[str, Any]:
    duration = int(rng.integers(25, 900))
    end = f"{moment.replace(tzinfo=UTC).astimezone(TIME_ZONE):%Y-%m-%d %H:%M:%S}"
    start = (moment - timedelta(seconds=duration)).replace(tzinfo=UTC).astimezone(TIME_ZONE)
    return {
        "StartDate": f"{start:%Y-%m-%d %H:%M:%S}",
        "EndDate": end,
        "RecordedDate": end,
        "Duration (in seconds)": duration,
    }


def _note(row: dict[str, Any], person: Person, moment: datetime, linkable: bool, text: Text, ledger: Ledger) -> None:
    """Note the response as valid with its valid scores, or why it does not count."""
    if reason := _reason(row):
        ledger.set_aside[reason] += 1
        return
    ledger.interactions.append(Interaction(row["ResponseId"], "survey", moment, person.number, linkable, text.secrets))
    for question, (metric, low, high) in SCALES.items():
        cell = row[question]
        if cell.isdigit() and low <= int(cell) <= high:
            ledger.answers.append(Answer(row["ResponseId"], metric, int(cell), moment, person.number, linkable))
        else:
            ledger.answers_set_aside[f"{'out of scale' if cell else 'blank'} {metric}"] += 1


def _reason(row: dict[str, Any]) -> str | None:
    """Why the response is no customer's voice, or None where it is one."""
    if row["Status"] != 0:
        return {1: "preview", 8: "spam"}[row["Status"]]
    return None if row["Finished"] == 1 else "unfinished"


def _export_again(files: dict[str, list[dict[str, Any]]], ledger: Ledger) -> None:
    """Exports overlap: one response in ninety comes again at the end of its file, and the last three of a month come
    again at the head of the next one.
    """
    last: list[dict[str, Any]] = []
    for month in sorted(files):
        own = files[month]
        again = own[7::90]
        ledger.set_aside.update(_reason(row) or "response exported twice" for row in [*last, *again])
        files[month] = [*last, *own, *again]
        last = own[-3:]


def _write_file(path: Path, rows: list[dict[str, Any]]) -> None:
    names = [name for name, _, _ in COLUMNS]
    with path.open("w", encoding="utf-8", newline="") as handle:
        out = csv.writer(handle, lineterminator="\n")
        out.writerow(names)
        out.writerow(text for _, text, _ in COLUMNS)
        out.writerow(_import_id(mark) for _, _, mark in COLUMNS)
        out.writerows([row.get(name, "") for name in names] for row in rows)


def _import_id(mark: str) -> str:
    zone = {"timeZone": TIME_ZONE.key} if mark in ("startDate", "endDate", "recordedDate") else {}
    return json.dumps({"ImportId": mark, **zone}, separators=(",", ":"))
