"""A run that is killed at any moment: what it said was done is there, nothing is there twice, the next run completes.

By default three moments of loading; `pytest -m long tests/test_kill.py` takes a hundred moments of whole runs.
"""

from __future__ import annotations

import json
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from outcomes import unaccounted
from project import qualtrics, read_quickly, response, staged, ticket, tickets, tweet, tweets, user, write

import vocpipe
from vocpipe.proposing import init
from vocpipe.warehouse import landing, opened, planning, rows

__all__ = ["staged"]

# Imports once, then forks for every run, since Python takes longer to start than some of the runs: reads lines of JSON
# (folder, verbs, seconds until the kill or null) and answers each with the exit code and the seconds that it took.
# Few files a transaction: many moments at which something is done and something is not.
SERVER = """
import json, os, signal, sys, time
from datetime import datetime
from pathlib import Path
from vocpipe import pipeline
from vocpipe.sources import formats
from vocpipe.warehouse import planning
formats()
planning.GROUP_FILES = 3

def work(folder, verbs):
    summary = pipeline.Summary(pipeline.begin(Path(folder), as_of=datetime(2099, 1, 1)))
    with pipeline.locked(Path(folder)), pipeline.recorded(summary):
        for verb in verbs:
            if verb == "publish":
                pipeline.publish(summary.run, summary)
            elif verb == "keep_people":
                pipeline.keep_people(summary.run)
            else:
                pipeline.stage(verb, summary)

for line in sys.stdin:
    folder, verbs, until = json.loads(line)
    started = time.monotonic()
    child = os.fork()
    if not child:
        code = 1
        try:
            work(folder, verbs)
            code = 0
        finally:
            os._exit(code)
    while until is not None and time.monotonic() - started < until and os.waitpid(child, os.WNOHANG) == (0, 0):
        time.sleep(0.002)
    try:
        if until is not None:
            os.kill(child, signal.SIGKILL)
        code = os.waitpid(child, 0)[1]
    except (ChildProcessError, ProcessLookupError):
        code = 0  # it was done before its time
    print(json.dumps([code, time.monotonic() - started]), flush=True)
"""
INGEST, WHOLE = ["ingest"], ["ingest", "resolve", "enrich", "build", "check", "publish", "keep_people"]
# What differs between any two runs: when and as what number something was loaded.
AUDIT = {
    "run_id", "loaded_at", "linked_at", "started_at", "ended_at", "finished_at", "row_id", "load_id", "as_of",
    "arrived_at", "made_at", "scored_at", "judgement_id", "fingerprint", "component",
}  # fmt: skip
Runner = Callable[..., list]


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    """Runs some verbs on a folder in a process of its own, killed after some seconds; gives exit code and seconds."""
    command = [sys.executable, "-c", SERVER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin
        assert server.stdout

        def run(folder: Path, verbs: list[str], until: float | None = None) -> list:
            print(json.dumps([str(folder), verbs, until]), file=server.stdin, flush=True)
            return json.loads(server.stdout.readline())

        yield run
        server.stdin.close()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, runner):
    """A folder of exports with settings, and one like it after a run: what any other should come to."""
    folder = tmp_path_factory.mktemp("kill")
    files = {f"surveys/q_{n}.csv": qualtrics([response(50 * n + i, i % 11) for i in range(50)]) for n in range(8)}
    files |= {f"zendesk/t_{n}.json": tickets(*(ticket(20 * n + i) for i in range(20))) for n in range(8)}
    people = [user(9000 + n) for n in range(40)]
    files["zendesk/users.json"] = json.dumps({"users": people, "count": 40}).encode()
    for n in range(8):
        files[f"x/t_{n}.jsonl"] = b"".join(tweets(tweet(30 * n + i, f"text {i}")) for i in range(30)) + b"{broken\n"
    line = "O{n},K{n},2026-01-0{d}T10:00:00Z,{n}.50,EUR,paid"
    head = "order_id,customer_id,ordered_at,amount,currency,status"
    for n in range(8):
        lines = [head, *(line.format(n=100 * n + i, d=1 + i % 9) for i in range(100)), "too,few"]
        files[f"orders/o_{n}.csv"] = ("\n".join(lines) + "\n").encode()
    write(folder / "plain", files)
    init(folder / "plain", {}, force=False)
    read_quickly(folder / "plain")
    return folder


def whole(runner, folder, verbs):
    """The project after a run that nobody disturbs, and the seconds that it took."""
    done = folder / "-".join(verbs)
    if not done.exists():
        shutil.copytree(folder / "plain", done)
        code, seconds = runner(done, verbs)
        assert code == 0
        (done / "seconds").write_text(str(seconds))
    return done, float((done / "seconds").read_text())


def contents(con):
    """Every table as a sorted list of rows, without what differs between any two runs."""
    found = {}
    names = rows(
        con, "select schema_name, table_name from duckdb_tables() where not temporary and schema_name <> 'meta' "
        "and database_name = 'warehouse' "
        "and table_name not in ('runs', 'checks', 'notices', 'run_states', 'run_figures')"
    )  # fmt: skip
    for schema, name in names:
        columns = [column for column, *_ in rows(con, f"describe {schema}.{name}") if column not in AUDIT]
        if columns:
            listed = ", ".join(f'"{column}"' for column in columns)
            found[f"{schema}.{name}"] = sorted(map(repr, rows(con, f"select {listed} from {schema}.{name}")))
    return found


def acknowledged(con):
    """Files that the log says are loaded; all that the log says of each is there, once."""
    loads = rows(
        con,
        """
        with held as (
            select load_id, count(*) as rows_held from (
                select load_id from raw.records union all select load_id from raw.rejects
            ) group by load_id
        )
        select l.file, l.rows_in - l.rows_unchanged, coalesce(held.rows_held, 0)
        from raw.loads as l full join held on l.load_id = held.load_id
        """,
    )
    assert all(expected == held for _, expected, held in loads), "a load is there in part, or without its log"
    files = [file for file, *_ in loads]
    assert len(files) == len(set(files)), "a file is there twice"
    return set(files)


def is_whole(project):
    """Whether the published file opens, every table in it can be read, and its ledger ends with its own publish."""
    with vocpipe.connect(project) as con:
        names = con.execute("select schema_name || '.' || table_name from duckdb_tables()").fetchall()
        counts = {name: con.execute(f"select count(*) from {name}").fetchall()[0][0] for (name,) in names}
        last = con.execute("select outcome from quality.runs order by started_at desc limit 1").fetchall()
    return last == [("published",)] and counts["marts.interactions"] > 0


def killed(runner, folder, verbs, moments, tmp_path):
    done, seconds = whole(runner, folder, verbs)
    with opened(done) as con:
        expected = contents(con)
        every = acknowledged(con)
    rng = random.Random(len(verbs))
    cut = 0
    for number in range(moments):
        project = tmp_path / str(number)
        shutil.copytree(folder / "plain", project)
        (project / "work").mkdir(mode=0o700)
        if (key := done / "work" / "pseudonym.key").exists():  # pseudonyms are made with it
            shutil.copy(key, project / "work")
        if (before := done / "published" / "voc.duckdb").exists():  # of last night
            (project / "published").mkdir()
            shutil.copy(before, project / "published")
        for _ in range(1 + number % 2):  # some are killed twice
            cut += runner(project, verbs, seconds * rng.uniform(0.05, 0.95))[0] == signal.SIGKILL
            assert "publish" not in verbs or is_whole(project)
        with opened(project) as con:
            held = acknowledged(con) if rows(con, "select 1 from duckdb_tables() where table_name = 'loads'") else set()
        code, _ = runner(project, verbs)
        assert code == 0, f"the run after moment {number} does not complete"
        with opened(project) as con:
            assert acknowledged(con) == every
            assert held <= every
            if "build" in verbs:
                assert unaccounted(con) == []
            assert contents(con) == expected, f"the run after moment {number} comes to something else"
        shutil.rmtree(project)
    assert cut, "every run was done before it was killed"


@pytest.mark.parametrize("moments", [3, pytest.param(10, marks=pytest.mark.slow)])
def test_a_load_that_is_killed_loses_and_doubles_nothing(undisturbed, runner, tmp_path, moments):
    killed(runner, undisturbed, INGEST, moments, tmp_path)


@pytest.mark.parametrize(
    "moments", [pytest.param(2, marks=pytest.mark.slow), pytest.param(100, marks=pytest.mark.long)]
)
def test_whole_runs_that_are_killed_lose_and_double_nothing(undisturbed, runner, tmp_path, moments):
    killed(runner, undisturbed, WHOLE, moments, tmp_path)


def test_the_rest_of_a_first_load_that_was_killed_is_a_first_load_still(tmp_path, staged, monkeypatch):
    write(tmp_path, {f"z/t_{n}.json": tickets(ticket(n)) for n in (1, 2, 3)})
    land = landing.land

    def killed_after_the_first(con, group, pieces, *rest):
        if rows(con, "select 1 from raw.loads"):
            raise KeyboardInterrupt
        return land(con, group, pieces, *rest)

    monkeypatch.setattr(planning, "GROUP_FILES", 1)
    monkeypatch.setattr(landing, "land", killed_after_the_first)
    with pytest.raises(KeyboardInterrupt), staged(tmp_path):
        pass
    monkeypatch.setattr(landing, "land", land)
    with staged(tmp_path) as con:
        found = rows(con, "select record_key, known_at, reason from staging.records order by 1")
        assert found == [(str(n), datetime(2026, 2, 2, 8), None) for n in (1, 2, 3)]


def test_a_first_load_that_was_killed_at_its_very_end_is_over(tmp_path, staged, monkeypatch):
    def killed(*_):
        raise KeyboardInterrupt

    write(tmp_path, {"z/t_1.json": tickets(ticket(1))})
    monkeypatch.setattr(landing, "finish", killed)
    with pytest.raises(KeyboardInterrupt), staged(tmp_path):
        pass
    monkeypatch.undo()
    with staged(tmp_path):
        pass
    write(tmp_path, {"z/t_2.json": tickets(ticket(2))})
    with staged(tmp_path) as con:
        found = rows(con, "select record_key, known_at = loaded_at from staging.records order by 1")
        assert found == [("1", False), ("2", True)]


@pytest.mark.parametrize("count", [500, pytest.param(10_000, marks=pytest.mark.long)])
def test_a_folder_of_very_many_small_files(tmp_path, staged, count):
    head = "order_id,customer_id,ordered_at,amount,currency,status"
    files = {}
    for n in range(count // 2):
        broken = b"{broken\n" if n % 10 == 0 else b""
        page = b"".join(tweets(tweet(3 * n + i, f"said {i} of file {n}")) for i in range(3))
        files[f"x/t_{n:05d}.jsonl"] = broken + page
        lines = [f"O{4 * n + i},K{n},2026-01-0{1 + i}T10:00:00Z,{n}.25,EUR,paid" for i in range(4)]
        files[f"o/o_{n:05d}.csv"] = "\n".join([head, *lines, *["short,row"] * (n % 7 == 0), ""]).encode()
    write(tmp_path, dict(list(files.items())[:2]))
    init(tmp_path, {}, force=False)
    toml = (tmp_path / "vocpipe.toml").read_text(encoding="utf-8")
    toml = toml.replace('"x/t_00000.jsonl"', '"x/t_*.jsonl"').replace('"o/o_00000.csv"', '"o/o_*.csv"')
    (tmp_path / "vocpipe.toml").write_text(toml, encoding="utf-8")
    write(tmp_path, files)
    half = count // 2
    with staged(tmp_path) as con:
        query = "select source, count(*), sum(rows_in) from raw.loads where problem is null group by source order by 1"
        assert rows(con, query) == [
            ("orders", half, 4 * half + -(-half // 7)), ("x_api", half, 3 * half + -(-half // 10))
        ]  # fmt: skip
        query = "select source, count(*) from staging.records where reason is null group by source order by source"
        assert rows(con, query) == [("orders", 4 * half), ("x_api", 3 * half)]
        assert unaccounted(con) == []
    with staged(tmp_path) as con:
        assert rows(con, "select count(*) from raw.loads") == [(count,)]
