"""The command line. Exit codes: 0 done, 1 the run failed, 2 the command or the settings are wrong."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from vocpipe import operating_commands, privacy_commands, teaching_commands, theme_commands
from vocpipe.arguments import command, moment, positive
from vocpipe.contracts import UsageError, VocpipeError
from vocpipe.escaping import escaped


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; errors go to stderr as one plain sentence."""
    options = parser().parse_args(arguments)
    try:
        return int(options.command(options) or 0)
    except VocpipeError as problem:
        print(f"vocpipe: {escaped(str(problem))}", file=sys.stderr)  # ids of records are vendors' texts
        return problem.exit_code
    except KeyboardInterrupt:
        print("vocpipe: stopped; the last published file stands as it was. Run again to go on.", file=sys.stderr)
        return 1
    except BrokenPipeError:
        sys.stderr.close()  # the reader (`| head`) has seen enough
        return 0
    except OSError as problem:
        told = f"{problem.strerror or type(problem).__name__}{f': {problem.filename}' if problem.filename else ''}"
        print(f"vocpipe: the disk or a file refused ({told}). Mend that and run again.", file=sys.stderr)
        return 1


def parser() -> argparse.ArgumentParser:
    """All commands with their examples."""
    top = argparse.ArgumentParser(
        prog="vocpipe", formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Voice-of-customer analytics on one machine, joined to the customer record.",
        epilog="examples:\n  vocpipe demo\n  vocpipe init exports\n  vocpipe run exports\n"
        '  vocpipe query exports "select metric, value, ci_low, ci_high, n from metrics.metric_value"',
    )  # fmt: skip
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    add_init(commands)
    add_check(commands)
    add_pull(commands)
    add_run(commands)
    add_demo(commands)
    add_query(commands)
    add_customer(commands)
    add_judge(commands)
    teaching_commands.add(commands)
    theme_commands.add(commands)
    privacy_commands.add(commands)
    operating_commands.add(commands)
    add_completion(commands)
    return top


def commands_of(top: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The parser of each command, by its name."""
    (commands,) = (action for action in top._actions if isinstance(action, argparse._SubParsersAction))
    return dict(commands.choices)


def add_init(commands: Any) -> None:
    made = command(
        commands, "init", run_init, "Look through a folder of exports and write its vocpipe.toml.",
        "  vocpipe init exports\n  vocpipe init exports --force\n  vocpipe init exports --question Q7=other",
    )  # fmt: skip
    made.add_argument("directory", metavar="DIR", type=Path, help="folder that holds the vendors' exports")
    made.add_argument("--force", action="store_true", help="write anew over an existing file, keeping a backup")
    made.add_argument(
        "--question", action="append", default=[], metavar="ID=METRIC",
        help="settle a question: nps, csat, ces, ces_v1, verbatim or other (left out)",
    )  # fmt: skip


def add_check(commands: Any) -> None:
    made = command(
        commands,
        "check",
        run_check,
        "Say what a run would make of every file; writes nothing.",
        "  vocpipe check exports",
    )
    made.add_argument("directory", metavar="DIR", type=Path, help="project folder")


def add_pull(commands: Any) -> None:
    made = command(
        commands, "pull", run_pull, "Fetch the vendors' files that the settings name under [[connectors]].",
        "  vocpipe pull exports\n  vocpipe pull exports zendesk",
    )  # fmt: skip
    made.add_argument("directory", metavar="DIR", type=Path, help="project folder")
    made.add_argument("names", metavar="NAME", nargs="*", help="connectors to pull; left out: all of them")


def add_run(commands: Any) -> None:
    made = command(
        commands, "run", run_run, "Do the whole nightly job: ingest, recognise, classify, measure, publish.",
        "  vocpipe run exports\n  vocpipe run exports --as-of 2026-07-01T00:00:00Z\n"
        "  vocpipe run exports --full-refresh\n  vocpipe run exports --actions-only",
    )  # fmt: skip
    made.add_argument("directory", metavar="DIR", type=Path, help="project folder")
    made.add_argument("--as-of", metavar="TIMESTAMP", type=moment, help="see only what happened and was known before")
    made.add_argument(
        "--since", metavar="DATE", type=date.fromisoformat,
        help="a backfill: rows of new files from this day on count as known from the vendor's own time",
    )  # fmt: skip
    made.add_argument("--full-refresh", action="store_true", help="make everything anew from the raw tables")
    made.add_argument("--no-publish", action="store_true", help="do all but publish")
    made.add_argument(
        "--actions-only", action="store_true", help="new files to new action lists alone, for every quarter of an hour"
    )


def add_demo(commands: Any) -> None:
    made = command(
        commands, "demo", run_demo, "Make sample files of an invented airline and run the nightly flow on them.",
        "  vocpipe demo\n  vocpipe demo my-demo",
    )  # fmt: skip
    made.add_argument("directory", metavar="DIR", type=Path, nargs="?", default=Path("demo"))


def add_query(commands: Any) -> None:
    made = command(
        commands, "query", run_query, "Ask the published file; without SQL: list its tables.",
        '  vocpipe query exports\n  vocpipe query exports "from metrics.metric_value where metric = \'nps\'"\n'
        '  vocpipe query exports "select nps(score) from marts.responses where metric = \'nps\'" --csv',
    )  # fmt: skip
    made.add_argument("directory", metavar="DIR", type=Path, help="project folder")
    made.add_argument("sql", nargs="?", help="one SELECT")
    kinds = made.add_mutually_exclusive_group()
    kinds.add_argument("--csv", action="store_true", help="print comma-separated values")
    kinds.add_argument("--json", action="store_true", help="print a JSON list of objects")


def add_customer(commands: Any) -> None:
    made = command(
        commands, "customer", run_customer, "Tell one person's whole story: records, links and why, timeline, orders.",
        "  vocpipe customer exports ana.lopez@example.com\n  vocpipe customer exports zendesk:4711\n"
        "  vocpipe customer exports c_0123456789abcdef --json",
    )  # fmt: skip
    made.add_argument("directory", metavar="DIR", type=Path, help="project folder")
    made.add_argument(
        "identifier", metavar="IDENTIFIER",
        help="an e-mail address, phone number, handle or account id, a customer id, or source:record_id",
    )  # fmt: skip
    made.add_argument("--json", action="store_true", help="print a JSON object")


def add_judge(commands: Any) -> None:
    made = command(
        commands, "judge", run_judge, "Say that two records are the same person or different ones, and take it back.",
        '  vocpipe judge exports --review\n  vocpipe judge exports same crm:K1 crm:K7 --by Eva --why "moved house"\n'
        '  vocpipe judge exports different crm:K1 zendesk:4711 --by Eva --why "father and son"\n'
        '  vocpipe judge exports withdraw 0123456789abcdef --by Eva --why "mixed up"\n  vocpipe judge exports --list',
    )  # fmt: skip
    made.usage = (
        "vocpipe judge DIR same|different A B --by WHO --why TEXT\n"
        "       vocpipe judge DIR withdraw DECISION --by WHO --why TEXT\n"
        "       vocpipe judge DIR --review [--limit N] [--json]\n       vocpipe judge DIR --list [--json]"
    )
    made.add_argument("directory", metavar="DIR", type=Path, help="project folder")
    made.add_argument(
        "words", metavar="VERDICT", nargs="*",
        help="same or different and two records (source:record_id, a customer id, or an identifier that one record "
        "holds); or withdraw and the id of a decision",
    )  # fmt: skip
    made.add_argument("--by", metavar="WHO", default="", help="who judges")
    made.add_argument("--why", metavar="TEXT", default="", help="for what reason; without names and addresses")
    lists = made.add_mutually_exclusive_group()
    lists.add_argument("--review", action="store_true", help="list the pairs that a person should look at")
    lists.add_argument("--list", action="store_true", help="list the decisions that stand")
    made.add_argument("--limit", metavar="N", type=positive, default=20, help="so many open cases at most (20)")
    made.add_argument("--json", action="store_true", help="print the list as JSON")


def add_completion(commands: Any) -> None:
    made = command(
        commands, "completion", run_completion, "Print what makes a shell complete commands, options and folders.",
        '  eval "$(vocpipe completion bash)"\n'
        "  vocpipe completion fish > ~/.config/fish/completions/vocpipe.fish",
    )  # fmt: skip
    made.add_argument("shell", metavar="SHELL", choices=("bash", "zsh", "fish", "tcsh"), help="bash, zsh, fish or tcsh")


def run_init(options: argparse.Namespace) -> None:
    from vocpipe import screen
    from vocpipe.proposing import init

    overrides = dict(overriding(text) for text in options.question)
    target, findings = init(options.directory, overrides, options.force)
    screen.show_findings(target, findings)


def overriding(text: str) -> tuple[str, str]:
    """Question and metric of `--question ID=METRIC`."""
    question, mark, metric = text.rpartition("=")
    if not mark or metric not in ("nps", "csat", "ces", "ces_v1", "verbatim", "other"):
        raise UsageError(f"--question {text!r}: write ID=METRIC with nps, csat, ces, ces_v1, verbatim or other.")
    return question, metric


def run_check(options: argparse.Namespace) -> int:
    from vocpipe import pipeline, screen

    return screen.show_files(pipeline.dry_run(options.directory))


def run_pull(options: argparse.Namespace) -> None:
    from vocpipe import pulling, screen

    with screen.bars() as progress:
        found = pulling.pull(options.directory, options.names, progress=progress)
    screen.show_pulled(found)
    pulling.require_complete(found)


def run_run(options: argparse.Namespace) -> None:
    from vocpipe import acting, pipeline, screen

    if options.actions_only:
        if options.since or options.full_refresh or options.no_publish:
            raise UsageError("--actions-only goes with --as-of alone: leave the other options out.")
        with screen.bars() as progress:
            summary = acting.act(options.directory, as_of=options.as_of, progress=progress)
        screen.show_lists(summary)
        pipeline.require_complete(summary)
        return
    with screen.bars() as progress:
        summary = pipeline.run(
            options.directory, as_of=options.as_of, since=options.since, full_refresh=options.full_refresh,
            no_publish=options.no_publish, progress=progress,
        )  # fmt: skip
    screen.show_summary(summary)
    pipeline.require_complete(summary)


def run_demo(options: argparse.Namespace) -> None:
    from vocpipe.demo import demo

    demo(options.directory)


def run_query(options: argparse.Namespace) -> None:
    from vocpipe import querying

    querying.query(options.directory, options.sql, "csv" if options.csv else "json" if options.json else "table")


def run_customer(options: argparse.Namespace) -> None:
    from vocpipe import desk

    desk.customer(options.directory, options.identifier, options.json)


def run_judge(options: argparse.Namespace) -> None:
    from vocpipe import desk

    match options.words:
        case [] if options.review:
            desk.show_cases(options.directory, options.limit, options.json)
        case [] if options.list:
            desk.show_decisions(options.directory, options.json)
        case ["same" | "different" as verdict, a, b] if not (options.review or options.list):
            desk.judge(options.directory, verdict, a, b, options.by, options.why)
        case ["withdraw", decision_id] if not (options.review or options.list):
            desk.withdraw(options.directory, decision_id, options.by, options.why)
        case _:
            raise UsageError(
                "write `judge DIR same A B --by WHO --why TEXT` (or different), `judge DIR withdraw DECISION --by WHO "
                "--why TEXT`, `judge DIR --review` or `judge DIR --list`."
            )


def run_completion(options: argparse.Namespace) -> None:
    """Print the completion of one shell; an argument DIR completes to folders."""
    import shtab

    top = parser()
    for one in commands_of(top).values():
        for action in one._actions:
            if action.metavar == "DIR":
                action.complete = shtab.DIR
    print(shtab.complete(top, options.shell))


if __name__ == "__main__":
    sys.exit(main())
