"""The commands about persons' rights and about sharing: forget and export."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vocpipe.arguments import command, positive
from vocpipe.contracts import UsageError
from vocpipe.escaping import escaped


def add(commands: Any) -> None:
    """Add them to the command line."""
    add_forget(commands)
    made = command(
        commands, "export", run_export, "Write a file to share, with k customers at least behind every row of it.",
        "  vocpipe export exports --share shared.duckdb\n  vocpipe export exports --share shared.duckdb --k 10",
    )  # fmt: skip
    made.add_argument("directory", metavar="DIR", type=Path, help="project folder")
    made.add_argument("--share", metavar="FILE", type=Path, required=True, help="the file to write")
    made.add_argument("--k", metavar="N", type=positive, default=5, help="so many customers at least (5)")


def add_forget(commands: Any) -> None:
    """Erasure, its list, its withdrawal and its proof."""
    made = command(
        commands, "forget", run_forget, "Erase one person from every file that the project wrote, and keep them out.",
        '  vocpipe forget exports ana.lopez@example.com --by Eva --why "request of 2 July"\n'
        '  vocpipe forget exports crm:K1 @ana_l ana@old.example.com --by Eva --why "request of 2 July"\n'
        "  vocpipe forget exports --verify\n  vocpipe forget exports --list\n"
        '  vocpipe forget exports --withdraw 0123456789abcdef --by Eva --why "is a customer again"',
    )  # fmt: skip
    made.add_argument("directory", metavar="DIR", type=Path, help="project folder")
    made.add_argument(
        "identifiers", metavar="IDENTIFIER", nargs="*", default=[],
        help="an e-mail address, phone number, handle or account id, a customer id, or source:record_id; of the same "
        "person also addresses that are in no record",
    )  # fmt: skip
    made.add_argument("--by", metavar="WHO", default="", help="who erases")
    made.add_argument("--why", metavar="TEXT", default="", help="for what reason; without names and addresses")
    others = made.add_mutually_exclusive_group()
    others.add_argument("--verify", action="store_true", help="look through every file for what was erased")
    others.add_argument("--list", action="store_true", help="list the erasures that stand")
    others.add_argument("--withdraw", metavar="ERASURE", default="", help="take what comes of the person in again")


def run_forget(options: argparse.Namespace) -> int:
    """Do one of the forms of the command; exit code 1 where `--verify` finds something."""
    from vocpipe import forgetting
    from vocpipe.desk import console, say

    out = console()
    if options.verify:
        return verify(options.directory, options.identifiers)
    if options.list:
        for made in forgetting.listed(options.directory):
            told = ", ".join(f"{count} {what}" for what, count in made.counts.items())
            say(out, f"{made.decision_id}  {made.at:%Y-%m-%d}  {made.by}: {made.why} ({told})")
        return 0
    if options.withdraw:
        made = forgetting.withdraw(options.directory, options.withdraw, options.by, options.why)
        say(out, f"Erasure {made.decision_id} is withdrawn: what comes of the person from now on is taken in again.")
        return 0
    if not options.identifiers:
        raise UsageError("write `forget DIR IDENTIFIER --by WHO --why TEXT`, `forget DIR --verify` or --list.")
    done = forgetting.forget(options.directory, options.identifiers, options.by, options.why)
    told = ", ".join(f"{count} {what}" for what, count in done.counts.items())
    say(out, f"Erased: {told}. Erasure {done.made.decision_id} by {done.made.by}, {done.made.at:%Y-%m-%d}.")
    if done.counts["identifiers of others"]:
        say(out, "Identifiers that other persons hold too stay with them: `vocpipe customer` shows whose they are.")
    say(out, "Figures that were published stay; the next run makes them anew without this person.")
    return 0


def verify(directory: Path, written: Sequence[str]) -> int:
    """Say where something of an erased person was found."""
    from vocpipe import verifying
    from vocpipe.screen import console

    out = console()
    found, looked = verifying.verify(directory, written)
    for one in found:
        out.print(escaped(f"{one.where}: {one.count} × {one.kind}"), markup=False)
    told = f"{looked.erasures} erasures, {looked.files} files, {looked.texts:,} different texts looked through"
    out.print(f"{'Something was found' if found else 'Nothing was found'}: {told}.", markup=False)
    return int(bool(found))


def run_export(options: argparse.Namespace) -> None:
    """Write the shared file. Raises UsageError where k is 1, or where the file would be one of ours."""
    from vocpipe.contracts import OUR_FOLDERS
    from vocpipe.published import published_in, require
    from vocpipe.screen import console
    from vocpipe.warehouse.sharing import share

    require(published_in(options.directory))
    if options.k < 2:
        raise UsageError("--k 1 hides nobody: write 2 or more (5 is usual).")
    ours = [(options.directory / folder).resolve() for folder in OUR_FOLDERS]
    if options.share.suffix != ".duckdb" or any(folder in options.share.resolve().parents for folder in ours):
        raise UsageError(f"--share {options.share}: name a .duckdb file outside {' and '.join(OUR_FOLDERS)}.")
    counts = share(options.directory, options.share, options.k)
    told = ", ".join(f"{name} {count:,}" for name, count in counts.items())
    console().print(f"Wrote {options.share}, {options.k} customers at least behind every row: {told}.", markup=False)
