"""How fast files are landed and parsed, against DuckDB's own readers in the same run on the same files.

    python tests/benchmarks/bench_reading.py                 # 1,000,000 rows of each kind
    python tests/benchmarks/bench_reading.py --kinds tickets # one of them
    python tests/benchmarks/bench_reading.py --gigabytes 5   # memory: one feedback CSV of that size

Each figure is taken in a process of its own. "in memory" and "in a file" are DuckDB's `read_csv`/`read_json` into a
table in memory and in a database file; ours always lands in a database file, keeps every row as it came, and parses it.
The last ratio is that of processor time (worker processes included) to DuckDB's into a file: it stays the same while
other work takes its share of the machine.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

import duckdb

from vocpipe import intake, pipeline
from vocpipe.proposing import init
from vocpipe.runs import tombstones_of
from vocpipe.warehouse import conforming, landing, opened, planning, reading

START = datetime(2024, 1, 1)
TEXTS = (
    "The crew was kind and we left on time, thank you for that",
    "Two hours late, and nobody at the desk could tell us why; we missed the last train home",
    "My suitcase came on the next day with a broken wheel. Who pays for it?",
    "Booking took five minutes, the seat was fine, the coffee was not",
)


def moment(number: int) -> str:
    """A time that no two neighbours share."""
    return (START + timedelta(seconds=37 * number)).isoformat()


def feedback(rows: int) -> Iterator[str]:
    """Survey answers with a verbatim and segments."""
    yield "id,submitted_at,email,How likely are you to recommend us? (0-10),Why?,country,cabin\n"
    for n in range(rows):
        text = f"{TEXTS[n % 4]} ({n})"
        yield f'F{n},{moment(n)}Z,person{n % 70_000}@example.com,{n % 11},"{text}",{"NO SE DK FI".split()[n % 4]},Eco\n'


def orders(rows: int) -> Iterator[str]:
    """Orders: six short cells a row."""
    yield "order_id,customer_id,ordered_at,amount,currency,status\n"
    for n in range(rows):
        yield f"B{n},K{n % 200_000},{moment(n)}Z,{n % 900}.50,EUR,paid\n"


def tickets(rows: int) -> Iterator[str]:
    """Tickets, one a line."""
    for n in range(rows):
        yield json.dumps(
            {"id": n + 1, "created_at": moment(n) + "Z", "updated_at": moment(n + 900) + "Z", "status": "solved",
             "description": f"{TEXTS[n % 4]} ({n})", "requester_id": 9_000_000 + n % 90_000, "priority": "normal",
             "subject": "A question", "assignee_id": 31, "via": {"channel": "web"}, "tags": ["bag", "late"],
             "satisfaction_rating": {"score": "good"}, "custom_fields": [{"id": 1, "value": None}],
             "metric_set": {"reply_time_in_minutes": {"calendar": 30}, "reopens": 0}}) + "\n"  # fmt: skip


def tweets(rows: int) -> Iterator[str]:
    """Pages of a hundred tweets, one page a line."""
    for page in range(0, rows, 100):
        items = [
            {"id": str(10**18 + n), "text": f"@fjordair {TEXTS[n % 4]} ({n})", "author_id": str(n % 50_000),
             "created_at": moment(n) + ".000Z", "lang": "en", "conversation_id": str(10**18 + n),
             "edit_history_tweet_ids": [str(10**18 + n)]}
            for n in range(page, min(page + 100, rows))
        ]  # fmt: skip
        users = [{"id": str(n), "username": f"user{n}", "name": f"User {n}"} for n in {t["author_id"] for t in items}]
        yield json.dumps({"data": items, "includes": {"users": users}, "meta": {"result_count": len(items)}}) + "\n"


# What to write, and how DuckDB's own reader is asked for the same rows.
KINDS = {
    "feedback": (feedback, "feedback.csv", "from read_csv('{}')"),
    "orders": (orders, "orders.csv", "from read_csv('{}')"),
    "tickets": (tickets, "tickets.jsonl", "from read_json('{}')"),
    "tweets": (tweets, "tweets.jsonl", "select unnest(data, max_depth := 2) from read_json('{}')"),
}


def write(folder: Path, kind: str, rows: int) -> Path:
    """The file of a kind."""
    make, name, _ = KINDS[kind]
    folder.mkdir(parents=True)
    with (folder / name).open("w", encoding="utf-8") as file:
        lines = make(rows)
        while batch := list(islice(lines, 20_000)):
            file.writelines(batch)
    return folder / name


def theirs(path: Path, kind: str, where: str) -> float:
    """Seconds of DuckDB's own reader into a table."""
    target = ":memory:" if where == "memory" else str(path.with_suffix(".duckdb"))
    con = duckdb.connect(target)
    started = time.monotonic()
    con.execute(f"create table t as {KINDS[kind][2].format(path)}")
    con.close()
    return time.monotonic() - started


def ours(folder: Path) -> float:
    """Seconds of landing and parsing in a fresh project."""
    shutil.rmtree(folder / "work", ignore_errors=True)
    if not (folder / "vocpipe.toml").exists():
        init(folder, {}, force=False)
    run = pipeline.begin(folder)
    started = time.monotonic()
    with opened(folder) as con:
        conforming.register_settings(con, run.settings)
        loads = [load for found in intake.look_at_all(con, run).values() for load in found]
        files = [(load.batch.format.NAME, load.export, load.size) for load in loads]
        pieces = reading.ahead(files, run.workers)
        for group in planning.groups_of(loads):
            landing.land(con, group, pieces, tombstones_of(folder, run.settings.phone_region))
        for source in run.settings.sources:
            conforming.parse(con, source)
    return time.monotonic() - started


def again(folder: Path) -> float:
    """Seconds until a folder that was loaded is known to hold nothing new."""
    run = pipeline.begin(folder)
    started = time.monotonic()
    with opened(folder) as con:
        conforming.register_settings(con, run.settings)
        assert not any(intake.look_at_all(con, run).values())
    return time.monotonic() - started


def measured(task: str, *parts: str) -> tuple[float, float, float]:
    """Seconds, peak memory (GB) and seconds of processor time of a task in a process of its own."""
    command = [sys.executable, __file__, "--task", task, *parts]
    seconds, memory, busy = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-3:]
    return float(seconds), float(memory), float(busy)


def busy() -> float:
    """Seconds of processor time of this process and of those that it started and that are done."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def compare(folder: Path, rows: int, kinds: list[str]) -> None:
    """One line a kind of file."""
    print(
        f"{'rows/s':<10}{'ours':>12}{'in memory':>12}{'in a file':>12}{'ratio':>8}{'ratio':>8}{'CPU':>8}"
        f"{'again s':>9}{'GB':>6}"
    )
    for kind in kinds:
        path = write(folder / kind, kind, rows)
        memory, *_ = measured("theirs", str(path), kind, "memory")
        disk, _, their_busy = measured("theirs", str(path), kind, "file")
        seconds, peak, our_busy = measured("ours", str(path.parent))
        known, *_ = measured("again", str(path.parent))
        print(
            f"{kind:<10}{rows / seconds:>12,.0f}{rows / memory:>12,.0f}{rows / disk:>12,.0f}{memory / seconds:>8.2f}"
            f"{disk / seconds:>8.2f}{their_busy / our_busy:>8.2f}{known:>9.2f}{peak:>6.1f}",
            flush=True,
        )
        shutil.rmtree(path.parent)


def large(folder: Path, gigabytes: float) -> None:
    """One large file: seconds and peak memory."""
    path = write(folder / "large", "feedback", int(gigabytes * 1e9 / 148))
    size = path.stat().st_size / 1e9
    seconds, peak, _ = measured("ours", str(path.parent))
    print(
        f"one CSV of {size:.1f} GB, landed and parsed: {seconds:.0f} s, {peak:.2f} GB of memory at its peak", flush=True
    )


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--gigabytes", type=float)
    parser.add_argument("--task", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.task:
        name, path, *rest = options.task
        before = busy()
        seconds = {"theirs": theirs, "ours": ours, "again": again}[name](Path(path), *rest)
        print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, busy() - before)
        return
    with tempfile.TemporaryDirectory() as folder:
        if options.gigabytes:
            large(Path(folder), options.gigabytes)
        else:
            compare(Path(folder), options.rows, options.kinds)


if __name__ == "__main__":
    main()
