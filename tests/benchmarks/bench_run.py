"""How long a first run and the night after it take, and how much memory they need, on a sample of any size.

    python tests/benchmarks/bench_run.py --customers 200000 --interactions 1000000 --folder /tmp/project --night 10000

Makes the sample's files in a temporary folder (or in --folder, which is kept), then runs `vocpipe init` and
`vocpipe run` on them as a user would, and prints the seconds of each stage and the peak memory of the largest process.
With --night that many of the newest rows are held back from the first run and come in files of their own for the second
one; with --lists too these files go to new lists first (`vocpipe run --actions-only`). A folder that has had its first
run is not made again: copy one to measure the same night twice.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import vocpipe
from vocpipe import sample
from vocpipe.contracts import PUBLISHED

LATE = "late"  # folder beside the project in which the second night's files wait
CUSTOMERS_PER_NIGHT, ORDERS_PER_NIGHT = 0.02, 0.08


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--customers", type=int, default=2_000)
    options.add_argument("--interactions", type=int, default=10_000)
    options.add_argument("--seed", type=int, default=7)
    options.add_argument("--folder", type=Path, help="where to put the project; kept afterwards")
    options.add_argument("--night", type=int, default=0, help="rows that come in a second night")
    options.add_argument("--lists", action="store_true", help="new lists before the second night")
    options.add_argument("--settings", default="", help="lines to add to vocpipe.toml")
    chosen = options.parse_args()
    if chosen.folder:
        measure(chosen.folder, chosen)
        return
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder) / "project", chosen)


def measure(folder: Path, chosen: argparse.Namespace) -> None:
    late = folder.with_name(f"{folder.name}-{LATE}")
    if not (folder / "vocpipe.toml").exists():
        started = time.monotonic()
        sample.write(folder, seed=chosen.seed, customers=chosen.customers, interactions=chosen.interactions)
        if chosen.night:
            hold_back(folder, late, chosen.night)
        print(f"files made in {time.monotonic() - started:.0f} s", flush=True)
        subprocess.run([vocpipe_command(), "init", folder, "--force"], check=True, capture_output=True)
        settings = folder / "vocpipe.toml"
        told = settings.read_text(encoding="utf-8")
        for name in ("orders", "customers"):  # so that the second night's files are taken too
            told = told.replace(f'"crm/{name}.csv"', f'"crm/{name}*.csv"')
        settings.write_text(told + chosen.settings.replace("\\n", "\n"), encoding="utf-8")
    if not (folder / PUBLISHED).exists():
        run("first run", folder)
    if chosen.night and late.exists():
        for path in sorted(late.rglob("*.*")):
            path.rename(folder / path.relative_to(late))
        if chosen.lists:
            run("lists alone", folder, "--actions-only")
        run("night", folder)


def vocpipe_command() -> Path:
    return Path(sys.executable).with_name("vocpipe")


def run(title: str, folder: Path, *options: str) -> None:
    """Run a night, or a part of it, and print what it took."""
    started = time.monotonic()
    job = subprocess.Popen([vocpipe_command(), "run", folder, *options])
    _, status, used = os.wait4(job.pid, 0)
    seconds = time.monotonic() - started
    if status:
        raise SystemExit(f"the {title} failed")
    with vocpipe.connect(folder) as con:
        timings = con.execute("select timings from quality.runs order by started_at desc limit 1").fetchall()[0][0]
        count = con.execute("select count(*) from marts.interactions").fetchall()[0][0]
    print(
        f"{title}: {count:,} interactions in {seconds:.0f} s, {used.ru_utime + used.ru_stime:.0f} s of processor time; "
        f"peak memory of the largest process {used.ru_maxrss / 2**20:.1f} GB"
    )
    if not options:  # of a part the published file knows nothing; it has told its seconds itself
        print(json.dumps(json.loads(timings), indent=1), flush=True)


# --------------------------------------------------------------------------- the second night's files


def hold_back(folder: Path, late: Path, rows: int) -> None:
    """Move the newest rows of each source into files of their own: 45 % answers, 25 % tickets, 20 % tweets, and orders
    and customers."""
    for name in ("crm", "surveys", "zendesk", "twitter"):
        (late / name).mkdir(parents=True, exist_ok=True)
    last = sorted((folder / "surveys").glob("*.csv"))[-1]
    hold_back_csv(last, late / "surveys" / "qualtrics_late.csv", rows * 45 // 100, heads=3)
    tickets = sorted((folder / "zendesk").glob("tickets_*.json"))
    hold_back_tickets(tickets, late / "zendesk" / "tickets_late.json", rows * 25 // 100)
    hold_back_lines(
        next((folder / "twitter").glob("*.jsonl")), late / "twitter" / "tweets_late.jsonl", rows * 20 // 100
    )
    hold_back_csv(folder / "crm" / "orders.csv", late / "crm" / "orders_late.csv", int(rows * ORDERS_PER_NIGHT))
    hold_back_csv(
        folder / "crm" / "customers.csv", late / "crm" / "customers_late.csv", int(rows * CUSTOMERS_PER_NIGHT)
    )


def hold_back_csv(path: Path, late: Path, count: int, heads: int = 1) -> None:
    with path.open(encoding="utf-8-sig", newline="") as file:
        table = list(csv.reader(file))
    keep = max(heads + 1, len(table) - count)
    for target, lines in ((path, table[:keep]), (late, table[:heads] + table[keep:])):
        with target.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(lines)


def hold_back_tickets(paths: list[Path], late: Path, count: int) -> None:
    held = []
    while len(held) < count and len(paths) > 1:
        path = paths.pop()
        held += json.loads(path.read_text(encoding="utf-8"))["tickets"]
        path.unlink()
    late.write_text(json.dumps({"tickets": held, "count": len(held)}), encoding="utf-8")


def hold_back_lines(path: Path, late: Path, tweets: int) -> None:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    count, keep = 0, len(lines)
    while count < tweets and keep > 1:
        keep -= 1
        count += len(json.loads(lines[keep]).get("data", []))
    path.write_text("".join(lines[:keep]), encoding="utf-8")
    late.write_text("".join(lines[keep:]), encoding="utf-8")


if __name__ == "__main__":
    main()
