"""Serve the nightly run on one machine: `python -m flows.serve DIR --cron "0 2 * * *" --timezone Europe/Berlin`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from vocpipe import settings
from vocpipe.contracts import UsageError, VocpipeError


def main(arguments: Sequence[str] | None = None) -> int:
    """Check everything first, then serve until stopped. Exit code 2 where the command or the settings are wrong."""
    options = parser().parse_args(arguments)
    try:
        directory = checked(options.directory, options.cron, options.timezone)
    except VocpipeError as problem:
        print(f"flows.serve: {problem}", file=sys.stderr)
        return problem.exit_code
    serve(directory, options.cron, options.timezone)
    return 0


def parser() -> argparse.ArgumentParser:
    """The command's arguments."""
    made = argparse.ArgumentParser(prog="python -m flows.serve", description=__doc__)
    made.add_argument("directory", metavar="DIR", type=Path, help="project folder")
    made.add_argument("--cron", default="0 2 * * *", help="when to run, as a cron line (default: every night at two)")
    made.add_argument("--timezone", default="UTC", help="time zone of the cron line")
    return made


def checked(directory: Path, cron: str, zone: str) -> Path:
    """The folder, once its settings, the cron line and the time zone hold. Raises UsageError otherwise."""
    settings.load(directory)
    from prefect.client.schemas.schedules import CronSchedule

    try:
        settings.known_zone(zone)
    except ValueError as problem:
        raise UsageError(f"--timezone: {problem}.") from problem
    try:
        CronSchedule(cron=cron, timezone=zone)  # the judge is who will run it
    except ValueError as problem:
        raise UsageError(f"--cron {cron!r} is no cron line: write five fields such as '0 2 * * *'.") from problem
    return directory.resolve()


def serve(directory: Path, cron: str, zone: str) -> None:
    """Serve one project: one run at a time; a run that comes while another is on waits."""
    from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
    from prefect.schedules import Cron

    from flows.nightly import nightly

    nightly.serve(
        name=f"vocpipe-{directory.name}",
        schedule=Cron(cron, timezone=zone),
        parameters={"project": str(directory)},
        global_limit=ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.ENQUEUE),
        limit=1,
    )


if __name__ == "__main__":
    sys.exit(main())
