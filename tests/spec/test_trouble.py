"""What goes wrong on a machine by night: a full disk, a growing file, a clock that jumps, readers all along."""

from __future__ import annotations

import resource
import subprocess
import sys
from datetime import datetime, timedelta

import duckdb
import pytest
from project import AS_OF, qualtrics, read_quickly, response, staged, ticket, tickets, write

import vocpipe
from vocpipe import pipeline, runs
from vocpipe.contracts import RunError
from vocpipe.proposing import init
from vocpipe.warehouse import landing, ledger, opened, publishing, rows, storing

__all__ = ["staged"]

READER = """
import sys, duckdb, vocpipe
from pathlib import Path
folder, stop, count = Path(sys.argv[1]), Path(sys.argv[2]), 0
left_open = vocpipe.connect(folder)
query = "select a.number, b.number from marts.one as a, metrics.other as b"
while not stop.exists():
    for con in (vocpipe.connect(folder), duckdb.connect(str(folder / "published" / "voc.duckdb"), read_only=True)):
        ((one, other),) = con.execute(query).fetchall()
        assert one == other, "two versions in one file"
        con.close()
    left_open.execute(query).fetchall()
    count += 1
print(count)
"""


def numbered(con, number):
    con.execute("create schema if not exists marts; create schema if not exists metrics")
    con.execute(f"create or replace table marts.one as select {number} as number")
    con.execute(f"create or replace table metrics.other as select {number} as number")


def publish(con, folder):
    """What a run does, without the macros, which want the tables of a run."""
    return publishing.put(con, publishing.path_of(folder), "published file", publishing.copy_tables, {})


def test_readers_through_fifty_publishes_see_whole_files_and_block_nobody(tmp_path):
    stop = tmp_path / "stop"
    with opened(tmp_path) as con:
        numbered(con, 0)
        publish(con, tmp_path)
        command = [sys.executable, "-c", READER, str(tmp_path), str(stop)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as reader:
            for number in range(1, 51):
                numbered(con, number)
                publish(con, tmp_path)
            while reader.poll() is None and not stop.exists():
                stop.touch()
            told, problem = reader.communicate()
    assert (reader.returncode, problem) == (0, "")
    assert int(told) >= 1


@pytest.fixture
def folder(tmp_path):
    made = write(tmp_path / "shop", {"q.csv": qualtrics([response(n, n % 11) for n in range(40)])})
    init(made, {}, force=False)
    read_quickly(made)
    return made


@pytest.mark.slow
def test_a_full_disk_is_told_plainly_and_the_next_run_heals(folder):
    command = [sys.executable, "-m", "vocpipe.cli", "run", str(folder), "--as-of", "2026-07-01"]

    def small():
        resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))

    full = subprocess.run(command, capture_output=True, text=True, preexec_fn=small)
    assert full.returncode == 1
    assert "Traceback" not in full.stderr
    assert full.stderr.splitlines()[-1].startswith("vocpipe: ")
    assert not (folder / "published" / "voc.duckdb").exists()
    healed = subprocess.run(command, capture_output=True, text=True)
    assert healed.returncode == 0, healed.stderr
    with vocpipe.connect(folder) as con:
        assert con.execute("select count(*) from marts.interactions").fetchall() == [(40,)]


def test_a_publish_without_room_leaves_the_last_file(tmp_path, monkeypatch):
    with opened(tmp_path) as con:
        numbered(con, 1)
        path = publish(con, tmp_path)
        numbered(con, 2)
        monkeypatch.setattr(publishing.os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space")))
        with pytest.raises(RunError, match="the last published file stands"):
            publish(con, tmp_path)
        monkeypatch.undo()
        with duckdb.connect(str(path), read_only=True) as reader:
            assert reader.execute("from marts.one").fetchall() == [(1,)]
        publish(con, tmp_path)
    with duckdb.connect(str(path), read_only=True) as reader:
        assert reader.execute("from marts.one").fetchall() == [(2,)]


def test_the_disk_that_refuses_in_the_middle_is_told_in_one_sentence(tmp_path):
    with pytest.raises(RunError, match="make room, then run again"), opened(tmp_path):
        raise duckdb.IOException("No space left on device")


def test_a_file_that_grows_while_it_is_read_is_left_to_the_next_run(tmp_path, staged, monkeypatch):
    path = write(tmp_path, {"t.json": tickets(ticket(1)), "u.json": tickets(ticket(2))}) / "t.json"
    take = storing.Store.take

    def grown(store, load_id, pieces):
        take(store, load_id, pieces)
        path.write_bytes(tickets(ticket(1), ticket(3)))

    with monkeypatch.context() as patched:
        patched.setattr(landing.Store, "take", grown)
        with staged(tmp_path) as con:
            assert rows(con, "select file, problem from raw.loads where problem is not null") == [
                ("t.json", "the file was written to while it was read: the next run takes it")
            ]
            assert rows(con, "select record_key from staging.records") == [("2",)]
    with staged(tmp_path) as con:
        assert rows(con, "select record_key from staging.records order by 1") == [("1",), ("2",), ("3",)]
        assert rows(con, "select count(*) from raw.loads where problem is not null") == [(0,)]


@pytest.mark.parametrize("as_of", [None, AS_OF])
def test_a_clock_that_went_back_loses_nothing(folder, as_of):
    run = runs.begin(folder, as_of=as_of)
    later = run.loaded_at + timedelta(days=2)
    with opened(folder) as con:
        ledger.start(con, "from the future", later, later, "")
    summary = pipeline.Summary(run)
    with runs.recorded(summary):
        assert summary.run.loaded_at == later + timedelta(milliseconds=1)
        assert summary.run.as_of == (as_of or summary.run.loaded_at + timedelta(seconds=1))
    with opened(folder) as con:
        assert ledger.latest(con) == summary.run.loaded_at


def test_two_schedulers_at_once_one_works_and_one_says_why_not(folder):
    with runs.locked(folder), pytest.raises(RunError, match="Another run is working on"):
        pipeline.run(folder)
    assert not (folder / "published").exists()


def test_the_day_of_a_backlog_run_is_right_through_the_nights_when_the_clocks_change(folder):
    run = runs.begin(folder, as_of=datetime.fromisoformat("2026-10-25T02:30:00+02:00"))
    again = runs.begin(folder, as_of=datetime.fromisoformat("2026-10-25T02:30:00+01:00"))
    assert (run.as_of, again.as_of) == (datetime(2026, 10, 25, 0, 30), datetime(2026, 10, 25, 1, 30))
