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
    add_evaluate(commands)
    add_train(commands)


def add_evaluate(commands: Any) -> None:
    """`vocpipe evaluate`."""
    made = command(
        commands, "evaluate", run_evaluate, "Measure the classifiers in use on texts that people have labelled.",
        "  vocpipe evaluate exports\n  vocpipe evaluate exports --labels checked.csv --json",
    )  # fmt: skip
    made.add_argument("directory", metavar="DIR", type=Path, help="project folder")
    made.add_argument(
        "--labels", metavar="FILE", type=Path,
        help="CSV with text, sentiment and/or topic, where wanted author and channel (else the file of the settings)",
    )  # fmt: skip
    made.add_argument("--json", action="store_true", help="print a JSON object")


def add_train(commands: Any) -> None:
    """`vocpipe train`."""
    made = command(
        commands, "train", run_train, "Learn from your texts, labels and corrections; keep what is better.",
        "  vocpipe train exports\n  vocpipe train exports --use sentiment=shipped",
    )  # fmt: skip
    made.add_argument("directory", metavar="DIR", type=Path, help="project folder")
    made.add_argument(
        "--use", metavar="NAME=VERSION", help="fit nothing: put a version fitted earlier, or `shipped`, in use"
    )


def run_evaluate(options: argparse.Namespace) -> None:
    """Print the figures."""
    from vocpipe import teaching

    teaching.show_evaluation(options.directory, options.labels, options.json)


def run_train(options: argparse.Namespace) -> None:
    """Fit, or choose a version."""
    from vocpipe import teaching

    teaching.train(options.directory, options.use)


def add_correct(commands: Any) -> None:
    """`vocpipe correct`."""
    made = command(
        commands, "correct", run_correct, "Say what an interaction says in place of the classifiers, and take it back.",
        "  vocpipe correct exports tweets:1900000000000000001 sentiment negative --by Eva\n"
        '  vocpipe correct exports tickets:4711 topic "baggage_lost;delay" --by Eva --why "names both"\n'
        "  vocpipe correct exports --list\n  vocpipe correct exports --withdraw 0123456789abcdef --by Eva",
    )  # fmt: skip
    made.usage = (
        "vocpipe correct DIR INTERACTION topic|sentiment|distress LABEL --by WHO [--why TEXT]\n"
        "       vocpipe correct DIR --withdraw CORRECTION --by WHO [--why TEXT]\n"
        "       vocpipe correct DIR --list [--json]"
    )
    made.add_argument("directory", metavar="DIR", type=Path, help="project folder")
    made.add_argument(
        "words", metavar="WORD", nargs="*",
        help="an interaction_id of marts.interactions; sentiment with negative, neutral or positive, topic with a "
        "topic of the taxonomy or unknown (several with ; between them), or distress with yes or no",
    )  # fmt: skip
    made.add_argument("--by", metavar="WHO", default="", help="who says so")
    made.add_argument("--why", metavar="TEXT", default="", help="for what reason; without names and addresses")
    made.add_argument("--withdraw", metavar="CORRECTION", help="take the correction of this id back")
    made.add_argument("--list", action="store_true", help="list the corrections that stand")
    made.add_argument("--json", action="store_true", help="print the list as JSON")


def run_correct(options: argparse.Namespace) -> None:
    """Write a correction, take one back, or list them."""
    from vocpipe import teaching

    match options.words:
        case [] if options.list and not options.withdraw:
            teaching.show_corrections(options.directory, options.json)
        case [] if options.withdraw and not options.list:
            teaching.withdraw(options.directory, options.withdraw, options.by, options.why)
        case [interaction, "topic" | "sentiment" | "distress" as classifier, label] if not (
            options.list or options.withdraw
        ):
            teaching.correct(options.directory, interaction, classifier, label, options.by, options.why)
        case _:
            raise UsageError(
                "write `correct DIR INTERACTION topic|sentiment|distress LABEL --by WHO`, `correct DIR --withdraw "
                "CORRECTION --by WHO` or `correct DIR --list`."
            )
