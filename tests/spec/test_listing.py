"""The lists for campaign systems and help desks: what a cell may hold, who may read them, what changed."""

from __future__ import annotations

import csv
import os
import stat
from datetime import datetime, timedelta

import duckdb
import pytest

from vocpipe.contracts import RunError
from vocpipe.warehouse import listing, rooms

AS_OF = datetime(2026, 7, 1)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, ""),
        (7, "7"),
        (datetime(2026, 7, 1, 8, 30), "2026-07-01T08:30:00Z"),
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("  =1+1", "'  =1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("＝1+1", "'＝1+1"),
        ("-2 stars", "'-2 stars"),
        ("\t=1", "'\t=1"),
        ("red \x1b[31m alert", "red \\x1b[31m alert"),
        ("turned \u202e round", "turned \\u202e round"),
        ("a plain text", "a plain text"),
    ],
)
def test_a_cell_does_no_harm(value, written):
    assert listing.cell(value) == written


@pytest.fixture
def con():
    with duckdb.connect() as con:
        con.execute("create schema actions; create schema identity")
        con.execute(
            "create table actions.suppressions (customer_id varchar, reason varchar, evidence varchar, "
            "starts_at timestamp, expires_at timestamp)"
        )
        con.execute(
            "create table identity.links (source varchar, record_id varchar, person_kind varchar, customer_id varchar)"
        )
        con.execute(
            "create table identity.identifiers (source varchar, record_id varchar, identifier_type varchar, "
            "identifier varchar)"
        )
        for n in (1, 2, 3):
            con.execute(f"insert into identity.links values ('crm', 'K{n}', 'customer_record', 'c{n}')")
        con.execute("insert into identity.links values ('crm', 'K9', 'customer_record', 'c1')")
        yield con


@pytest.fixture
def only_suppressions(monkeypatch):
    whole = rooms.read_room
    monkeypatch.setattr(listing, "read_room", lambda room: [s for s in whole(room) if s.name == listing.SUPPRESSED])


def pause(con, *customers):
    con.execute("delete from actions.suppressions")
    for who in customers:
        con.execute("insert into actions.suppressions values (?, 'detractor', 'e', ?, null)", [who, AS_OF])


def read(folder, name):
    with (folder / "published" / "actions" / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def changes(folder):
    return [(row["changed_at"][:10], row["change"], row["record_id"]) for row in read(folder, listing.CHANGES)]


def test_the_list_has_every_record_of_a_customer_and_its_owner_alone_reads_it(con, only_suppressions, tmp_path):
    pause(con, "c1")
    con.execute("insert into actions.suppressions values ('c1', 'fresh negative text', 'f', ?, ?)",
                [AS_OF + timedelta(hours=1), AS_OF + timedelta(days=14)])  # fmt: skip
    assert listing.write_lists(con, tmp_path, AS_OF) == {listing.SUPPRESSED: 2, listing.CHANGES: 2}
    found = read(tmp_path, listing.SUPPRESSED)
    assert [row["record_id"] for row in found] == ["K1", "K9"]
    assert {row["reason"] for row in found} == {"fresh negative text; detractor"}
    assert {row["expires_at"] for row in found} == {""}  # one of the reasons has no end
    for path in (tmp_path / "published" / "actions").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_difference_to_the_last_list_is_told_and_kept_for_a_week(con, only_suppressions, tmp_path):
    pause(con, "c2", "c3")
    listing.write_lists(con, tmp_path, AS_OF)
    pause(con, "c3")
    listing.write_lists(con, tmp_path, AS_OF + timedelta(days=1))
    listing.write_lists(con, tmp_path, AS_OF + timedelta(days=2))  # nothing changed
    assert changes(tmp_path) == [
        ("2026-07-01", "added", "K2"),
        ("2026-07-01", "added", "K3"),
        ("2026-07-02", "released", "K2"),
    ]
    listing.write_lists(con, tmp_path, AS_OF + timedelta(days=8))
    assert changes(tmp_path) == [("2026-07-02", "released", "K2")]


def test_the_same_run_twice_writes_the_same_files(con, only_suppressions, tmp_path):
    pause(con, "c2", "c3")
    listing.write_lists(con, tmp_path, AS_OF)
    before = {path.name: path.read_bytes() for path in (tmp_path / "published" / "actions").iterdir()}
    listing.write_lists(con, tmp_path, AS_OF)
    assert {path.name: path.read_bytes() for path in (tmp_path / "published" / "actions").iterdir()} == before


def test_a_list_that_cannot_be_written_leaves_the_last_one(con, only_suppressions, tmp_path, monkeypatch):
    pause(con, "c2")
    listing.write_lists(con, tmp_path, AS_OF)

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    pause(con, "c3")
    with pytest.raises(RunError, match="the last lists stand"):
        listing.write_lists(con, tmp_path, AS_OF)
    assert [row["record_id"] for row in read(tmp_path, listing.SUPPRESSED)] == ["K2"]
