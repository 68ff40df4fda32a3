"""The commands of whoever runs it every night: backfill, rollback, acknowledge and doctor."""

from __future__ import annotations

import argparse
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

from vocpipe.arguments import command
from vocpipe.contracts import UsageError
from vocpipe.escaping import escaped


def add(commands: Any) -> None:
    """Add them to the command line."""
    add_backfill(commands)
    add_rollback(commands)
    add_acknowledge(commands)
    made = command(
        commands, "doctor", run_doctor, "Say whether this machine, and a project, are fit for tonight's run.",
        "  vocpipe doctor\n  vocpipe doctor exports",
    )  # fmt: skip
    made.add_argument("directory", metavar="DIR", type=Path, nargs="?", help="project folder")


def add_backfill(commands: Any) -> None:
    """The nightly job for days that have passed."""
    made = command(
        commands, "backfill", run_backfill, "Do the nightly job for days that have passed, as if each night had run.",
        "  vocpipe backfill exports --from 2026-04-01 --to 2026-06-30",
    )  # fmt: skip
    made.add_argument("directory", metavar="DIR", type=Path, help="project folder")
    made.add_argument("--from", dest="start", metavar="DATE", type=date.fromisoformat, required=True, help="first day")
    made.add_argument("--to", dest="end", metavar="DATE", type=date.fromisoformat, required=True, help="last day")


def add_rollback(commands: Any) -> None:
    """An earlier published file."""
    made = command(
        commands, "rollback", run_rollback, "Put the published file of an earlier run back, in one step.",
        "  vocpipe rollback exports --list\n  vocpipe rollback exports\n"
        "  vocpipe rollback exports 20260701T020000-0a1b2c",
    )  # fmt: skip
    made.add_argument("directory", metavar="DIR", type=Path, help="project folder")
    made.add_argument("run", metavar="RUN", nargs="?", default="", help="id of the run (the one before the published)")
    made.add_argument("--list", action="store_true", help="list the runs whose files are kept")


def add_acknowledge(commands: Any) -> None:
    """Warnings and alerts that are known."""
    made = command(
        commands, "acknowledge", run_acknowledge, "List warnings and alerts that hold, and say that one is known.",
        "  vocpipe acknowledge exports\n"
        '  vocpipe acknowledge exports 0123456789ab --by Eva --why "survey is paused until May"',
    )  # fmt: skip
    made.add_argument("directory", metavar="DIR", type=Path, help="project folder")
    made.add_argument("notice", metavar="ID", nargs="?", default="", help="id of what holds, as listed or told")
    made.add_argument("--by", metavar="WHO", default="", help="who knows of it")
    made.add_argument("--why", metavar="TEXT", default=None, help="what is known; without names and addresses")


def run_backfill(options: argparse.Namespace) -> None:
    """Do the days one after the other; the last one is shown."""
    from vocpipe import backfilling, screen

    outcome = backfilling.Outcome()
    with screen.bars() as progress:
        for summary in backfilling.backfill(options.directory, options.start, options.end, progress=progress):
            outcome.add(summary)
    if outcome.last:
        screen.show_summary(outcome.last)
    else:
        screen.console().print("Every day of these is done already.")
    outcome.require_complete()


def run_rollback(options: argparse.Namespace) -> None:
    """List what is kept, or put one back. Raises UsageError where nothing is kept."""
    from vocpipe import rolling_back, screen

    out = screen.console()
    if options.list:
        for run_id, is_published in rolling_back.listed(options.directory):
            out.print(f"{run_id}{'  published now' if is_published else ''}", markup=False)
        return
    run_id = rolling_back.roll_back(options.directory, options.run)
    out.print(f"The file of run {run_id} is published again; the next run publishes a new one.", markup=False)


def run_acknowledge(options: argparse.Namespace) -> None:
    """List what holds, or write down that one of it is known."""
    from vocpipe import decisions, screen
    from vocpipe.published import Published

    out = screen.console()
    if options.notice:
        decisions.acknowledged.acknowledge(options.directory, options.notice, options.by, options.why)
        out.print(f"{options.notice} is not told again until it ends and comes back.", markup=False)
        return
    if options.by or options.why:
        raise UsageError("write the id too: `vocpipe acknowledge DIR ID --by WHO`; without any option it lists them.")
    query = (
        "select notice_id, kind, told, first_found_at, coalesce('known to ' || acknowledged_by, '') "
        "from quality.notices where ended_at is null order by first_found_at desc, kind, subject"
    )
    with closing(Published(options.directory)) as con:
        found = con.execute(query).fetchall()
    for notice_id, kind, told, since, known in found:
        out.print(escaped(f"{notice_id}  {kind:<6} {since:%Y-%m-%d}  {told}  {known}".rstrip()), markup=False)
    if not found:
        out.print("Nothing warns and no alert holds.")


def run_doctor(options: argparse.Namespace) -> int:
    """Show every finding; exit code 1 where a run would fail."""
    from vocpipe import doctor, screen

    out = screen.console()
    found = [*doctor.findings(options.directory), *doctor.scheduler()]
    for level, about, told in found:
        out.print(escaped(f"{level:<5} {about}: {told}"), markup=False)
    return int(any(one.level == "bad" for one in found))
