"""The command by which people look at themes and decide on them.

It reads the published file and the file of decisions, never the work file, so it works while a run is on.
"""

from __future__ import annotations

import argparse
import re
from contextlib import closing
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from vocpipe.arguments import command
from vocpipe.contracts import UsageError

THEME_ID = re.compile(r"t_[0-9a-f]{8}")
SLUG = re.compile(r"[a-z][a-z0-9_]*")
LISTED = "theme_id status label count_texts count_customers growth last_seen_on topic"
THEMES = f"""
    select {LISTED.replace(" ", ", ")}, words, keywords, growth_low, growth_high, q_value, first_seen_on, examples
    from marts.themes
    order by status <> 'proposed', count_customers desc, theme_id
"""


def add(commands: Any) -> None:
    """Add it to the command line."""
    made = command(
        commands, "theme", run_theme, "List the themes that were found, and approve, merge or reject them.",
        "  vocpipe theme exports list\n"
        "  vocpipe theme exports approve t_0123abcd --as seat_map --label \"Seat map\" --by Eva --why \"new in May\"\n"
        "  vocpipe theme exports merge t_0123abcd --into baggage_lost --by Eva --why \"another word for it\"\n"
        "  vocpipe theme exports reject t_0123abcd --by Eva --why \"a song\"\n"
        "  vocpipe theme exports withdraw 0123456789abcdef --by Eva --why \"mixed up\"",
    )  # fmt: skip
    made.usage = (
        "vocpipe theme DIR list [--json]\n"
        "       vocpipe theme DIR approve THEME --as SLUG [--label TEXT] [--stage STAGE] [--experience KIND] --by WHO "
        "--why TEXT\n"
        "       vocpipe theme DIR merge THEME --into TOPIC|THEME --by WHO --why TEXT\n"
        "       vocpipe theme DIR reject THEME --by WHO --why TEXT\n"
        "       vocpipe theme DIR withdraw DECISION --by WHO --why TEXT"
    )
    made.add_argument("directory", metavar="DIR", type=Path, help="project folder")
    made.add_argument("words", metavar="WORD", nargs="+", help="what to do, and the theme (its id) or decision")
    made.add_argument("--as", dest="slug", metavar="SLUG", default="", help="name of the topic in all tables")
    made.add_argument("--label", metavar="TEXT", default="", help="name of the topic for people (as it was found)")
    made.add_argument("--stage", metavar="STAGE", default="", help="journey stage of the topic (unassigned)")
    made.add_argument(
        "--experience", choices=("product", "transaction", "interaction"), default="",
        help="experience of the topic (unassigned)",
    )  # fmt: skip
    made.add_argument("--into", metavar="TOPIC|THEME", default="", help="where the theme belongs")
    made.add_argument("--by", metavar="WHO", default="", help="who decides")
    made.add_argument("--why", metavar="TEXT", default="", help="for what reason; without names and addresses")
    made.add_argument("--json", action="store_true", help="print the list as JSON")


def run_theme(options: argparse.Namespace) -> None:
    """Do one of the forms of the command. Raises UsageError where it is none."""
    match options.words:
        case ["list"]:
            show(options.directory, options.json)
        case ["approve", theme_id] if options.slug and not options.into:
            approve(options, theme_id)
        case ["merge", theme_id] if options.into and not options.slug:
            merge(options, theme_id)
        case ["reject", theme_id] if not (options.slug or options.into):
            decide(options, "rejected", theme_id)
        case ["withdraw", decision_id]:
            withdraw(options, decision_id)
        case _:
            raise UsageError(
                "write `theme DIR list`, `theme DIR approve THEME --as SLUG --by WHO --why TEXT`, `theme DIR merge "
                "THEME --into TOPIC --by WHO --why TEXT`, `theme DIR reject THEME --by WHO --why TEXT` or `theme DIR "
                "withdraw DECISION --by WHO --why TEXT`."
            )


def published(directory: Path) -> dict[str, dict[str, Any]]:
    """The themes of the last published run by id, the proposed ones first, those of many customers before others."""
    from vocpipe.published import Published

    with closing(Published(directory)) as con:
        found = con.execute("select 1 from duckdb_tables() where schema_name = 'marts' and table_name = 'themes'")
        if not found.fetchall():
            raise UsageError(f"the published file is of an older vocpipe: run `vocpipe run {directory}` first.")
        result = con.execute(THEMES)
        names = [column[0] for column in result.description]
        return {row[0]: dict(zip(names, row, strict=True)) for row in result.fetchall()}


def show(directory: Path, is_json: bool) -> None:
    """Print the themes, and the decisions on them that stand."""
    from vocpipe.decisions import themes
    from vocpipe.desk import console, say, show_list
    from vocpipe.escaping import as_json

    found = list(published(directory).values())
    decided = [
        {"decision": made.decision_id, "theme": made.theme.theme_id, "verdict": made.verdict,
         "topic": made.slug or made.into, "by": made.by, "at": made.at, "why": made.why}
        for made in themes.in_force(themes.read(directory)).values()
    ]  # fmt: skip
    if is_json:
        print(as_json({"themes": found, "decisions": decided}))
        return
    out = console()
    if found:
        show_list(out, "Themes", found[::-1], LISTED.split())
    else:
        say(out, "No theme was found so far.")
    if decided:
        show_list(out, "Decisions that stand", decided, list(decided[0]))


def approve(options: argparse.Namespace, theme_id: str) -> None:
    """Make a theme a topic. Raises UsageError where the name of the topic is none or is taken."""
    slugs = topics(options.directory)
    if not SLUG.fullmatch(options.slug) or options.slug == "unknown" or THEME_ID.fullmatch(options.slug):
        raise UsageError(f"--as {options.slug!r}: write lower-case letters, digits and _, such as seat_map.")
    if options.slug in slugs and options.slug not in decided_slugs(options.directory, theme_id):
        raise UsageError(
            f"--as {options.slug!r} is a topic already: merge the theme into it (`--into {options.slug}`)."
        )
    named = {"journey_stage": options.stage, "experience": options.experience}
    decide(options, "approved", theme_id, slug=options.slug, label=options.label, **named)


def merge(options: argparse.Namespace, theme_id: str) -> None:
    """Put a theme into a topic or another theme. Raises UsageError where there is no such."""
    places = [*topics(options.directory), *published(options.directory)]
    if options.into not in places:
        close = get_close_matches(options.into, places, n=1)
        told = f"did you mean {close[0]!r}?" if close else "`vocpipe theme DIR list` shows the themes."
        raise UsageError(f"--into {options.into!r} is no topic and no theme: {told}")
    if options.into == theme_id:
        raise UsageError(f"--into {options.into!r} is the theme itself: name another one, or a topic.")
    decide(options, "merged", theme_id, into=options.into)


def topics(directory: Path) -> list[str]:
    """The slugs of the taxonomy in use, approved themes included."""
    from vocpipe import settings
    from vocpipe.runs import read_taxonomy

    return [topic.slug for topic in read_taxonomy(directory, settings.load(directory).taxonomy).topics]


def decided_slugs(directory: Path, theme_id: str) -> set[str | None]:
    """The topic that this very theme is approved as already."""
    from vocpipe.decisions import themes

    made = themes.in_force(themes.read(directory)).get(theme_id)
    return {made.slug} if made else set()


def decide(options: argparse.Namespace, verdict: str, theme_id: str, **named: str) -> None:
    """Write a decision on a published theme down and say what comes of it."""
    from vocpipe.decisions import themes
    from vocpipe.desk import console, say

    found = published(options.directory)
    if theme_id not in found:
        raise UsageError(f"no theme has the id {theme_id!r}: `vocpipe theme {options.directory} list` shows them.")
    told = found[theme_id]
    theme = themes.Theme(theme_id, told["label"], tuple(told["words"]), tuple(told["keywords"]))
    if verdict == "approved":
        named["label"] = named["label"] or told["label"]
    made = themes.decide(options.directory, verdict, theme, options.by, options.why, **named)
    say(console(), f"{made}. The next run applies it.")
    say(
        console(), f"To take it back: vocpipe theme {options.directory} withdraw {made.decision_id} --by WHO --why TEXT"
    )


def withdraw(options: argparse.Namespace, decision_id: str) -> None:
    """Take a decision back and say so."""
    from vocpipe.decisions import themes
    from vocpipe.desk import console, say

    made = themes.withdraw(options.directory, decision_id, options.by, options.why)
    say(console(), f"{made} is withdrawn. The next run undoes it.")
