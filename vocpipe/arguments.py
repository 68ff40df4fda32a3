"""What the commands of the command line share: their form, and the kinds of arguments."""

from __future__ import annotations

import argparse
from datetime import datetime
from typing import Any

from vocpipe.contracts import UsageError


def command(commands: Any, name: str, function: Any, summary: str, examples: str) -> argparse.ArgumentParser:
    """A command with its help, examples at the end."""
    made: argparse.ArgumentParser = commands.add_parser(
        name, help=summary, description=summary, epilog=f"examples:\n{examples}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    made.set_defaults(command=function)
    return made


def moment(written: str) -> datetime:
    """A point in time as naive UTC."""
    from vocpipe.runs import moment as read

    try:
        return read(written)
    except UsageError as problem:
        raise argparse.ArgumentTypeError(str(problem)) from problem


def positive(written: str) -> int:
    """A number from 1 on."""
    if not written.isascii() or not written.isdigit() or not int(written):
        raise argparse.ArgumentTypeError(f"{written!r} is no number from 1 on")
    return int(written)
