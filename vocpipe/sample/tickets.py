"""The help desk's incremental export: tickets with older versions among them, and the users with their identities."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from vocpipe.sample.people import Person, certain_identifiers, ticket_identifiers, written_phone
from vocpipe.sample.story import END, STORM, moments, month_of, mood_at
from vocpipe.sample.texts import Text, Writer
from vocpipe.sample.truth import Answer, Interaction, Ledger

AGENTS = 12
FIRST_USER, FIRST_VISITOR = 700_000_000, 800_000_000
PER_FILE = 400
Ticket = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Handling:
    """How a ticket went: minutes to the first reply and to the solution (None: still unsolved), and the rating."""

    reply: int
    solution: int | None
    reopens: int
    rating: str


def write_tickets(
    folder: Path, rng: np.random.Generator, people: list[Person], activity: np.ndarray, count: int, ledger: Ledger
) -> set[int]:
    """Write ``count`` tickets as ``tickets_NNNN.json``, and ``users.json``; gives back who has a help-desk user."""
    writer = Writer(rng)
    users: dict[int, dict[str, Any]] = {}
    tickets: list[Ticket] = []
    unhappy = activity * np.array([max(1.0, 10 - p.mood) for p in people])
    drawn = rng.choice(len(people), count, p=unhappy / unhappy.sum())
    callers = _sure_callers(people)[:count]
    drawn[: len(callers)] = callers
    for number, (who, moment) in enumerate(zip(drawn, moments(rng, count), strict=True), start=1):
        sure = number <= len(callers)
        person = people[int(who)] if sure or rng.random() > 0.05 else None
        tickets += _versions(writer, person, moment, number, users, ledger)
    tickets += _never_voice(writer, count, users, ledger)
    ledger.rows["ticket"] += len(tickets)
    ledger.rows["user"] += len(users) + AGENTS
    ledger.set_aside["agent's user"] += AGENTS
    _write(folder, tickets, [*_agents(), *users.values()])
    return {user - FIRST_USER for user in users if user < FIRST_VISITOR}


def _sure_callers(people: list[Person]) -> list[int]:
    """The second members of households whose address only the help desk has for them: each of them writes."""
    return [p.number for p in people if p.household is not None and not p.crm_email]


def _versions(
    writer: Writer,
    person: Person | None,
    moment: datetime,
    number: int,
    users: dict[int, dict[str, Any]],
    ledger: Ledger,
) -> list[Ticket]:
    """The ticket as it stands, now and then after an older version of itself."""
    language = person.language if person else "en"
    text = writer.complaint(language, month_of(moment) == STORM)
    linkable = person is not None and bool(ticket_identifiers(person) & certain_identifiers(person))
    if person and writer.rng.random() < 0.06:
        kinds = ["email", "phone", "card", "name"] if linkable else ["email", "phone", "card"]
        text = writer.with_secret(text, person, str(writer.rng.choice(kinds)))
    handling = _handling(writer.rng, person, moment)
    user = _user(person, number, moment, users)
    ticket = _ticket(writer.rng, text, moment, number, user, handling)
    _note(ticket, moment, person, linkable, text, handling, ledger)
    if number % 40 != 7:
        return [ticket]
    ledger.set_aside["older ticket version"] += 1
    return [_older(ticket), ticket]


def _handling(rng: np.random.Generator, person: Person | None, moment: datetime) -> _Handling:
    reply = 1 + int(rng.exponential(120 if month_of(moment) != STORM else 600))
    solution: int | None = reply + 1 + int(rng.exponential(1400))
    assert solution is not None
    if moment + timedelta(minutes=solution) >= END or rng.random() < 0.01:
        return _Handling(reply, None, 0, "unoffered")
    feeling = (person.mood if person else 7.0) + mood_at(moment) - reply / 400
    good = rng.random() < np.clip(0.1 + feeling / 10, 0.05, 0.97)
    rating = ("good" if good else "bad") if rng.random() < 0.35 else str(rng.choice(["offered", "unoffered"]))
    return _Handling(reply, solution, int(rng.random() < 0.06), rating)


def _ticket(
    rng: np.random.Generator, text: Text, moment: datetime, number: int, user: int, handling: _Handling
) -> Ticket:
    solved = handling.solution is not None
    updated = moment + timedelta(minutes=handling.solution or min(handling.reply, 5))
    solved_at = _iso(updated) if solved else None
    return {
        "id": number,
        "created_at": _iso(moment),
        "updated_at": _iso(min(updated, END - timedelta(seconds=1))),
        "subject": text.subject,
        "description": text.body,
        "status": ("solved" if rng.random() < 0.3 else "closed") if solved else str(rng.choice(["open", "pending"])),
        "priority": str(rng.choice(["low", "normal", "high", "urgent"], p=[0.2, 0.6, 0.15, 0.05])),
        "type": "question",
        "requester_id": user,
        "assignee_id": 9_000_001 + int(rng.integers(0, AGENTS)),
        "via": {"channel": str(rng.choice(["web", "email", "mobile"]))},
        "tags": [text.topic],
        "satisfaction_rating": {"score": handling.rating},
        "metric_set": {
            "reply_time_in_minutes": {"calendar": handling.reply if solved else None},
            "full_resolution_time_in_minutes": {"calendar": handling.solution},
            "reopens": handling.reopens,
            "solved_at": solved_at,
        },
    }


def _note(
    ticket: Ticket,
    moment: datetime,
    person: Person | None,
    linkable: bool,
    text: Text,
    handling: _Handling,
    ledger: Ledger,
) -> None:
    who = person.number if person else None
    source_id = str(ticket["id"])
    ledger.interactions.append(Interaction(source_id, "ticket", moment, who, linkable, text.secrets))
    if handling.solution is not None and handling.rating in ("good", "bad"):
        at = moment + timedelta(minutes=handling.solution)
        ledger.answers.append(Answer(source_id, "ticket_csat", int(handling.rating == "good"), at, who, linkable))


def _older(ticket: Ticket) -> Ticket:
    """The same ticket as an earlier export had it: new, unrated, unsolved."""
    times = {"reply_time_in_minutes": {"calendar": None}, "full_resolution_time_in_minutes": {"calendar": None}}
    return ticket | {
        "status": "new",
        "updated_at": ticket["created_at"],
        "satisfaction_rating": {"score": "unoffered"},
        "metric_set": times | {"reopens": 0, "solved_at": None},
    }


def _never_voice(writer: Writer, count: int, users: dict[int, dict[str, Any]], ledger: Ledger) -> list[Ticket]:
    """A ticket that was deleted, and the vendor's own sample ticket."""
    out = []
    for number, reason in ((count + 1, "deleted ticket"), (count + 2, "vendor's sample ticket")):
        moment = moments(writer.rng, 1)[0]
        text = writer.complaint("en", False)
        handling = _Handling(5, None, 0, "unoffered")
        ticket = _ticket(writer.rng, text, moment, number, _user(None, number, moment, users), handling)
        sample = reason != "deleted ticket"
        out.append(ticket | ({"via": {"channel": "sample_ticket"}} if sample else {"status": "deleted"}))
        ledger.set_aside[reason] += 1
    return out


def _user(person: Person | None, number: int, moment: datetime, users: dict[int, dict[str, Any]]) -> int:
    """The id of the requester's help-desk user, which is made at the first ticket."""
    user_id = FIRST_USER + person.number if person else FIRST_VISITOR + number
    if user_id not in users:
        known = set(person.ticket_user) if person else {"email"}
        email = (person.email if person else f"visitor{number}@visitor.example") if "email" in known else None
        handle = person.handle if person and "handle" in known else None
        identities = [{"type": "email", "value": email}] if email else []
        identities += [{"type": "twitter", "value": handle}] if handle else []
        users[user_id] = {
            "id": user_id,
            "name": person.name if person else "Unknown caller",
            "email": email,
            "phone": written_phone(person.phone, person.number // 3) if person and "phone" in known else None,
            "external_id": person.account_id if person and "account" in known else None,
            "role": "end-user",
            "created_at": _iso(moment),
            "updated_at": _iso(moment),
            "identities": identities,
        }
    return user_id


def _agents() -> list[dict[str, Any]]:
    return [
        {
            "id": 9_000_001 + number,
            "name": f"Agent {number + 1}",
            "email": f"agent{number + 1}@fernwing.example",
            "phone": None,
            "external_id": None,
            "role": "agent",
            "created_at": "2024-12-01T09:00:00Z",
            "updated_at": "2024-12-01T09:00:00Z",
            "identities": [],
        }
        for number in range(AGENTS)
    ]


def _write(folder: Path, tickets: list[Ticket], users: list[dict[str, Any]]) -> None:
    for page, start in enumerate(range(0, len(tickets), PER_FILE), start=1):
        part = tickets[start : start + PER_FILE]
        last = start + PER_FILE >= len(tickets)
        _dump(folder / f"tickets_{page:04d}.json", {"tickets": part, "count": len(part), "end_of_stream": last})
    _dump(folder / "users.json", {"users": users, "count": len(users)})


def _dump(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8", newline="\n")


def _iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
