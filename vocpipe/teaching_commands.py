"""The commands by which people teach and measure the classifiers."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from vocpipe.arguments import command
from vocpipe.contracts import UsageError


def add(commands: Any) -> None:
    """Add them to the command line."""
    add_correct(commands)


def add_correct(commands: Any) -> None:
    made = command(
        commands, "correct", run_correct, "Say what an interaction says in place of the classifiers, and take it back.",
        "  vocpipe correct exports tweets:1900000000000000001 sentiment negative --by Eva\n"
        '  vocpipe correct exports tickets:4711 topic "baggage_lost;delay" --by Eva --why "names both"\n'
        "  vocpipe correct exports --list\n  vocpipe correct exports --withdraw 0123456789abcdef --by Eva",
    )  # fmt: skip
    made.usage = (
        "vocpipe correct DIR INTERACTION topic|sentiment LABEL --by WHO [--why TEXT]\n"
        "       vocpipe correct DIR --withdraw CORRECTION --by WHO [--why TEXT]\n"
        "       vocpipe correct DIR --list [--json]"
    )
    made.add_argument("directory", metavar="DIR", type=Path, help="project folder")
    made.add_argument(
        "words", metavar="WORD", nargs="*",
        help="an interaction_id of marts.interactions, topic or sentiment, and the label: negative, neutral, positive; "
        "or a topic of the taxonomy or unknown (several with ; between them)",
    )  # fmt: skip
    made.add_argument("--by", metavar="WHO", default="", help="who says so")
    made.add_argument("--why", metavar="TEXT", default="", help="for what reason; without names and addresses")
    made.add_argument("--withdraw", metavar="CORRECTION", help="take the correction of this id back")
    made.add_argument("--list", action="store_true", help="list the corrections that stand")
    made.add_argument("--json", action="store_true", help="print the list as JSON")


def run_correct(options: argparse.Namespace) -> None:
    from vocpipe import teaching

    match options.words:
        case [] if options.list and not options.withdraw:
            teaching.show_corrections(options.directory, options.json)
        case [] if options.withdraw and not options.list:
            teaching.withdraw(options.directory, options.withdraw, options.by, options.why)
        case [interaction, "topic" | "sentiment" as classifier, label] if not (options.list or options.withdraw):
            teaching.correct(options.directory, interaction, classifier, label, options.by, options.why)
        case _:
            raise UsageError(
                "write `correct DIR INTERACTION topic|sentiment LABEL --by WHO`, `correct DIR --withdraw CORRECTION "
                "--by WHO` or `correct DIR --list`."
            )
