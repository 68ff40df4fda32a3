"""The desk at which people look at persons and judge: one person's story, open cases, decisions, on the terminal.

It reads the private snapshot and the file of decisions, never the work file, so it works while a run is on.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from vocpipe import decisions, people, settings
from vocpipe.contracts import UsageError
from vocpipe.decisions import VERDICTS, Record
from vocpipe.escaping import as_json, escaped
from vocpipe.people import review, story
from vocpipe.published import open_people, people_in

SHOWN = 20  # the last so many rows of a list; JSON gives all

# The lists of a story: its key, the title, and the columns to show.
LISTS = (
    ("records", "Records, and why they are this person", "record person_kind given_name family_name birth_on town why"),
    ("identifiers", "Identifiers", "identifier_type identifier held_by"),
    ("decisions", "Judged by people", "decision verdict a b by at why status"),
    ("kept_apart", "Kept apart by rules", "ours theirs their_customer_id identifier_type reason"),
    ("unsure", "Unsure", "ours theirs their_customer_id match_weight match_probability evidence"),
    ("ended", "Judgements that ended", "ours theirs verdict rule decided_by made_at ended_at evidence"),
    ("timeline", "Timeline", "occurred_at channel interaction_id scores sentiment topic verbatim"),
    ("orders", "Orders", "ordered_at source order_id status amount currency"),
    ("tickets", "Tickets", "created_at source conversation_id status priority rating"),
    ("cases", "Cases", ""),
    ("suppressions", "Marketing pauses", "reason evidence starts_at expires_at"),
)  # fmt: skip


def customer(directory: Path, written: str, is_json: bool) -> None:
    """Print one person's whole story. Raises UsageError where nobody is known by what was written."""
    region = settings.load(directory).phone_region
    with closing(open_people(directory)) as con:
        customer_id, record = people.one_person(con, written, region)
        told = story.story(con, customer_id, record, decisions.read(directory))
    if is_json:
        print(as_json(told))
    else:
        show_story(told)


def judge(directory: Path, verdict: str, a: str, b: str, by: str, why: str) -> None:
    """Write a judgement down and say what comes of it.

    Raises UsageError where a side is not known, or where it contradicts earlier judgements.
    """
    region = settings.load(directory).phone_region
    with closing(open_people(directory)) as con:
        one, other = (side(con, name, written, region) for name, written in (("A", a), ("B", b)))
    made = decisions.judge(directory, verdict, one, other, by, why)
    out = console()
    told = (
        f"{made.a} and {made.b} are {VERDICTS[verdict]}: decision {made.decision_id} by {made.by}, {made.at:%Y-%m-%d}."
    )
    say(out, f"{told} The next run applies it.")
    say(out, f"To take it back: vocpipe judge {directory} withdraw {made.decision_id} --by WHO --why TEXT")


def side(con: Any, name: str, written: str, region: str) -> Record:
    """The record that one side of a judgement names. Raises UsageError that says which side is at fault."""
    try:
        return people.one_record(con, written, region)
    except UsageError as problem:
        raise UsageError(f"{name}: {problem}") from problem


def withdraw(directory: Path, decision_id: str, by: str, why: str) -> None:
    """Take a decision back and say so. Raises UsageError where it does not stand."""
    made = decisions.withdraw(directory, decision_id, by, why)
    say(console(), f"{made} is withdrawn. The next run undoes it.")


def show_cases(directory: Path, limit: int, is_json: bool) -> None:
    """Print the open cases, strongest first, each with the command lines that settle it."""
    with closing(open_people(directory)) as con:
        cases, count = review.cases(con, directory, decisions.read(directory), limit)
    if is_json:
        print(as_json({"count": count, "cases": cases}))
        return
    out = console()
    for case in cases:
        show_case(out, case)
    told = f"{len(cases)} of {count:,} open cases" if count else "No case is open: nobody has to judge anything."
    say(out, told)


def show_decisions(directory: Path, is_json: bool) -> None:
    """Print the decisions that stand, with what the last run made of each."""
    found = decisions.read(directory)
    status = {}
    if people_in(directory).is_file():
        with closing(open_people(directory)) as con:
            status = story.status_of(con)
    told = story.decision_rows(found, status)
    if is_json:
        print(as_json(told))
    elif told:
        show_list(console(), "Decisions that stand", told, "decision verdict a b by at why status".split())
    else:
        say(console(), "No decision stands.")


# --------------------------------------------------------------------------- on the terminal


def console() -> Console:
    """Standard output; wide where it is no terminal."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else 200)


def say(out: Console, line: str, style: str = "") -> None:
    """One line, which wraps where the terminal does, so that a command in it can be copied."""
    out.print(Text(escaped(line), style=style), soft_wrap=True)


def show_story(told: story.Story) -> None:
    """The story as lists, one below the other; the newest of each last."""
    out = console()
    name = told["customer_id"] or "One record that belongs to no customer"
    former = f" (formerly {', '.join(told['former_customer_ids'])})" if told["former_customer_ids"] else ""
    say(out, f"{name}{former}", style="bold")
    if told["profile"]:
        show_facts(out, {name: cell for name, cell in told["profile"].items() if name != "customer_id"})
    for key, title, columns in LISTS:
        rows = told[key]
        if rows:
            show_list(out, title, [with_record(row) for row in rows], columns.split() or list(rows[0]))
    if told["customer_id"] and not told["profile"]:
        say(out, "\nNothing is published of this customer yet: `vocpipe run` without --no-publish does that.")
    elif told["profile"] and not told["timeline"]:
        say(out, "\nNo interaction so far.")


def with_record(row: dict[str, Any]) -> dict[str, Any]:
    """A row whose record is one word, as a person can write it in a command."""
    return {"record": f"{row['source']}:{row['record_id']}", **row} if "record_id" in row else row


def show_facts(out: Console, profile: dict[str, Any]) -> None:
    """Everything that is known of a customer, names beside values, in as many columns as fit."""
    known = [f"{name}: {shown(cell)}" for name, cell in profile.items() if cell is not None]
    table = Table(show_edge=False, show_header=False, box=None)
    for start in range(0, len(known), 3):
        table.add_row(*(Text(cell) for cell in known[start : start + 3]))
    out.print(table)


def show_list(out: Console, title: str, rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> None:
    """Rows as a table under a title; columns that say nothing are left out."""
    last = rows[-SHOWN:]
    told = [name for name in columns if any(row[name] is not None for row in last)]
    table = Table(show_edge=False, header_style="bold")
    for name in told:
        table.add_column(name, overflow="fold", no_wrap=isinstance(last[0][name], datetime))
    for row in last:
        table.add_row(*(Text(shown(row[name])) for name in told))
    more = f", the last {SHOWN} of {len(rows):,} (--json gives all)" if len(rows) > SHOWN else ""
    say(out, f"\n{title}{more}", style="bold")
    out.print(table)


def show_case(out: Console, case: review.Case) -> None:
    """One open case: both sides, what speaks for and against, how to settle it."""
    weight = f"weight {case['match_weight']:.1f}, probability {case['match_probability']:.3f}"
    say(out, f"{case['a']} and {case['b']}: {weight}", style="bold")
    lines: Iterable[str] = (
        f"  why asked: {case['evidence']}",
        *(f"  agrees: {name} {cell}" for name, cell in case["agrees"].items()),
        *(f"  differs: {name} {one} | {other}" for name, (one, other) in case["differs"].items()),
        *(f"  {command}" for command in case["commands"]),
    )
    for line in lines:
        say(out, line)
    say(out, "")


def shown(cell: Any) -> str:
    """A cell as text: times to the minute, figures short, nothing for null, control characters written out."""
    if cell is None:
        return ""
    if isinstance(cell, list):
        return "\n".join(escaped(str(item)) for item in cell)
    if isinstance(cell, float):
        return f"{cell:.3f}".rstrip("0").rstrip(".")
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M}"
    return escaped(str(cell))
