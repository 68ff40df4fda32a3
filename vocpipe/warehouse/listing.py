"""Writes the lists for campaign systems and help desks: `published/actions/*.csv`, one for each file of `lists/`.

A file is written anew beside the old one and takes its place in one step; only its owner may read it. What a
spreadsheet would take for a formula is written with an apostrophe before it, and signs that steer a terminal are
written out.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from vocpipe import private
from vocpipe.contracts import ACTIONS, RunError
from vocpipe.escaping import as_cell
from vocpipe.warehouse.rooms import read_room

SUPPRESSED = "suppress_marketing"
CHANGES = f"{SUPPRESSED}_changes"
# A campaign system that slept for a few days still finds what changed meanwhile.
KEPT = timedelta(days=7)
RECORD = ("customer_id", "source", "record_id", "account_id")
CHANGE = ("changed_at", "change", *RECORD)
Row = Sequence[Any]


def write_lists(con: duckdb.DuckDBPyConnection, directory: Path, as_of: datetime) -> dict[str, int]:
    """Write every list, and what changed of the customers whom marketing leaves alone; returns the rows of each.

    Raises RunError where a file cannot be written: the one that stood there then stands still.
    """
    folder = directory / ACTIONS
    counts = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for select in read_room("lists"):
            result = con.execute(f"select * from (\n{select.sql}\n) order by all")
            names, found = [column[0] for column in result.description], result.fetchall()
            counts[select.name] = len(found)
            if select.name == SUPPRESSED:
                changes = changed(folder, dict_rows(names, found), as_of)
                counts[CHANGES] = sum(change[0] == cell(as_of) for change in changes)
                put(folder / f"{CHANGES}.csv", CHANGE, changes)
            put(folder / f"{select.name}.csv", names, found)
    except OSError as problem:
        raise RunError(
            f"{folder} could not be written to ({type(problem).__name__}), the last lists stand: "
            "look at the disk's free space and at the rights of the folder, then run again."
        ) from problem
    return counts


def dict_rows(names: Sequence[str], found: Iterable[Row]) -> list[dict[str, str]]:
    """Rows as they will be read again."""
    return [dict(zip(names, map(cell, row), strict=True)) for row in found]


def changed(folder: Path, fresh: Sequence[dict[str, str]], as_of: datetime) -> list[Row]:
    """The changes of the last days: those noted before, and what this list adds to the last one or releases."""
    before = {tuple(row[name] for name in RECORD) for row in read(folder / f"{SUPPRESSED}.csv")}
    now = {tuple(row[name] for name in RECORD) for row in fresh}
    since = cell(as_of - KEPT)
    earlier = [tuple(row[name] for name in CHANGE) for row in read(folder / f"{CHANGES}.csv")]
    new = [(cell(as_of), "added", *key) for key in now - before]
    new += [(cell(as_of), "released", *key) for key in before - now]
    kept = [row for row in earlier if since <= row[0] <= cell(as_of)]
    return [*sorted(kept + new)]


def read(path: Path) -> list[dict[str, str]]:
    """The rows of a list written before; none where there is none."""
    if not path.is_file():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def put(path: Path, names: Sequence[str], found: Iterable[Row]) -> None:
    """Write one list and let it take the place of the last one."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows([cell(value) for value in row] for row in found)
    private.put(path, text.getvalue().encode())


def cell(value: Any) -> str:
    """A value as a cell that no spreadsheet takes for a formula: times as ISO 8601 in UTC, nothing for null."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    return "" if value is None else str(as_cell(str(value)))
