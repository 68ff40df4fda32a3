"""What whoever runs it every night needs: earlier files put back, days that have passed, a doctor, a log."""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from project import qualtrics, read_quickly, response, write

from vocpipe import backfilling, doctor, logs, rolling_back, runs, settings
from vocpipe.cli import main
from vocpipe.contracts import RunError, UsageError
from vocpipe.proposing import init
from vocpipe.warehouse import earlier, ledger, opened, publishing, rows


@pytest.fixture
def folder(tmp_path):
    made = write(tmp_path / "shop", {"q.csv": qualtrics([response(n, n % 11) for n in range(20)])})
    init(made, {}, force=False)
    read_quickly(made)
    return made


# --------------------------------------------------------------------------- rollback


def publish(folder, number, keep=2):
    """A published file that says which it is, as a run leaves it."""
    path = publishing.path_of(folder)
    path.parent.mkdir(exist_ok=True)
    fresh = path.with_name(f"{number}.new")
    with duckdb.connect(str(fresh)) as con:
        con.execute(f"create table number as select {number} as number")
    os.replace(fresh, path)
    earlier.keep(folder, f"2026070{number}T020000-00000{number}", keep)


def number_in(path):
    with duckdb.connect(str(path), read_only=True) as con:
        return con.execute("from number").fetchall()[0][0]


def test_the_last_files_are_kept_and_one_is_put_back_in_one_step(folder):
    for number in range(1, 5):
        publish(folder, number)
    ids = [f"2026070{number}T020000-00000{number}" for number in (4, 3, 2)]
    assert rolling_back.listed(folder) == [(ids[0], True), (ids[1], False), (ids[2], False)]
    assert rolling_back.roll_back(folder) == ids[1]
    assert number_in(publishing.path_of(folder)) == 3
    assert rolling_back.roll_back(folder) == ids[2]
    assert rolling_back.roll_back(folder, ids[0]) == ids[0]
    assert number_in(publishing.path_of(folder)) == 4
    with opened(folder) as con:
        told = rows(con, "select outcome, problem from quality.runs order by started_at, run_id")
    assert told == [("rolled back", f"to run {run_id}") for run_id in (ids[1], ids[2], ids[0])]
    publish(folder, 5)
    assert [number_in(path) for path in earlier.kept(folder)] == [3, 4, 5]


def test_keeping_none_leaves_none(folder):
    publish(folder, 1)
    publish(folder, 2, keep=0)
    assert earlier.kept(folder) == []


def test_what_cannot_be_put_back_changes_nothing(folder):
    with pytest.raises(UsageError, match="no file of a run before"):
        rolling_back.roll_back(folder)
    publish(folder, 1)
    with pytest.raises(UsageError, match="no file of a run before"):
        rolling_back.roll_back(folder)
    for named in ("20260101T000000-000000", "../voc"):
        with pytest.raises(UsageError, match="is not kept"):
            rolling_back.roll_back(folder, named)
    publish(folder, 2)
    with runs.locked(folder), pytest.raises(RunError, match="Another run"):
        rolling_back.roll_back(folder)
    assert number_in(publishing.path_of(folder)) == 2


# --------------------------------------------------------------------------- backfill


def test_a_day_ends_at_midnight_of_the_business_whatever_the_clock_does(folder):
    path = folder / settings.FILE_NAME
    text = path.read_text(encoding="utf-8")
    path.write_text('time_zone = "Europe/Berlin"\n' + text.replace('time_zone = "UTC"', "", 1), encoding="utf-8")
    found = backfilling.nights(folder, date(2026, 3, 27), date(2026, 3, 29))
    assert found == [datetime(2026, 3, 27, 23), datetime(2026, 3, 28, 23), datetime(2026, 3, 29, 22)]  # 23 hours


def test_days_that_have_not_ended_or_do_not_follow_are_refused(folder):
    today = datetime.now(UTC).date()
    with pytest.raises(UsageError, match="has not ended yet"):
        backfilling.nights(folder, today - timedelta(days=3), today + timedelta(days=1))
    with pytest.raises(UsageError, match="lies before the first"):
        backfilling.nights(folder, date(2026, 3, 2), date(2026, 3, 1))


def ran(folder, as_of, outcome, minute):
    with opened(folder) as con:
        at = datetime(2026, 8, 1, 0, minute)
        ledger.start(con, f"run-{minute}", at, as_of, settings.hash_of(folder))
        ledger.close(con, f"run-{minute}", outcome, None, {}, {})


def test_a_backfill_goes_on_behind_the_days_that_are_done(folder):
    days = backfilling.nights(folder, date(2026, 3, 1), date(2026, 3, 4))
    ran(folder, days[0], "not published", 1)
    ran(folder, days[1], "failed", 2)
    ran(folder, days[2], "not published", 3)
    assert backfilling.finished(folder, days) == 1
    ran(folder, days[1], "published", 4)
    assert backfilling.finished(folder, days) == 2, "the third day came before the second"
    ran(folder, days[2], "not published", 5)
    assert backfilling.finished(folder, days[:3]) == 2, "the last day is published"
    ran(folder, days[3], "published", 6)
    assert backfilling.finished(folder, days) == 4
    with opened(folder) as con:
        con.execute("insert into raw.loads (source, loaded_at) values ('qualtrics', timestamp '2026-08-02')")
    assert backfilling.finished(folder, days) == 0, "a file came since"


def test_each_day_is_given_in_order_and_only_the_last_is_published(folder):
    asked = []
    for _ in backfilling.backfill(
        folder, date(2026, 3, 1), date(2026, 3, 3), night=lambda *given: asked.append(given) or runs.Summary(None)
    ):
        pass
    assert asked == [
        (datetime(2026, 3, 2), date(2026, 3, 1), False),
        (datetime(2026, 3, 3), date(2026, 3, 1), False),
        (datetime(2026, 3, 4), date(2026, 3, 1), True),
    ]


# --------------------------------------------------------------------------- doctor and log


def levels(folder, about):
    return [one.level for one in doctor.findings(folder) if one.about == about]


def test_the_doctor_finds_nothing_bad_in_a_sound_project(folder):
    assert [one for one in doctor.findings(folder) if one.level == "bad"] == []
    assert levels(folder, "published file") == ["warn"]  # there is none yet


def test_the_doctor_names_what_would_stop_a_run(folder, monkeypatch):
    publish(folder, 1)
    assert levels(folder, "published file") == ["bad"], "it is no file of ours"
    publishing.path_of(folder).with_name("voc.duckdb.wal").touch()
    assert "bad" in levels(folder, "published file")
    monkeypatch.setattr(doctor, "FREE_BYTES", 10**18)
    assert levels(folder, "disk") == ["bad"]
    with runs.locked(folder):
        assert levels(folder, "lock") == ["warn"]
    (folder / "work" / "secret.duckdb").touch()
    (folder / "work" / "secret.duckdb").chmod(0o644)
    assert levels(folder, "secret.duckdb") == ["warn"]
    (folder / settings.FILE_NAME).write_text("nothing", encoding="utf-8")
    assert levels(folder, "settings") == ["bad"]


def test_the_doctor_sees_a_clock_that_went_back(folder):
    path = publishing.path_of(folder)
    path.parent.mkdir()
    with duckdb.connect(str(path)) as con:
        con.execute("create schema quality; create table quality.runs (started_at timestamp, outcome varchar)")
        con.execute("insert into quality.runs values (now()::timestamp + interval 3 day, 'published')")
    assert levels(folder, "clock") == ["bad"]


def test_a_package_outside_its_range_is_found(monkeypatch):
    monkeypatch.setattr(doctor, "version", lambda name: "0.1" if name == "duckdb" else "99999")
    bad = {one.about: one.told for one in doctor.machine() if one.level == "bad"}
    assert "0.1 is outside" in bad["duckdb"]


def test_the_log_is_json_lines_that_rotate(tmp_path, monkeypatch):
    monkeypatch.setattr(logs, "SIZE", 300)
    for number in range(20):
        logs.write(tmp_path, stage="ingest", share="100 %", seconds=number)
    path = logs.path_of(tmp_path)
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert lines[-1]["seconds"] == 19
    assert lines[-1]["share"] == "100 %"
    assert len(list(path.parent.iterdir())) == logs.FILES + 1


def test_a_log_that_cannot_be_written_is_no_silence(tmp_path):
    logs.path_of(tmp_path).mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        logs.write(tmp_path, stage="ingest")


def test_stages_log_numbers_and_no_text(tmp_path, folder):
    summary = runs.Summary(runs.begin(folder))
    summary.counts["ingest"] = {"rows in": 3, "reasons": {"ana@example.com": 1}, "problems": ["x"]}
    with runs.timed(summary, "ingest"):
        pass
    with pytest.raises(ValueError, match="ana"), runs.timed(summary, "resolve"):
        raise ValueError("ana@example.com")
    first, second = (json.loads(line) for line in logs.path_of(folder).read_text(encoding="utf-8").splitlines())
    assert (first["counts"], first["outcome"], second["outcome"]) == ({"rows in": 3}, "done", "failed")
    assert "@" not in logs.path_of(folder).read_text(encoding="utf-8")


# --------------------------------------------------------------------------- at the command line


def test_the_commands_say_what_is_wrong(folder, capsys):
    assert main(["rollback", str(folder)]) == 2
    assert main(["acknowledge", str(folder), "--by", "Eva"]) == 2
    assert main(["acknowledge", str(folder)]) == 2  # nothing is published
    assert main(["backfill", str(folder), "--from", "2026-03-02", "--to", "2026-03-01"]) == 2
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 4
    assert all(line.startswith("vocpipe: ") for line in told)


def test_the_read_only_folder_is_told_plainly(folder, monkeypatch):
    monkeypatch.setattr(Path, "mkdir", lambda *_, **__: (_ for _ in ()).throw(PermissionError()))
    with pytest.raises(UsageError, match="give this user the right"), runs.locked(folder):
        pass
