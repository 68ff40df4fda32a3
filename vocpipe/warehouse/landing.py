"""Lands the vendors' files in raw: one transaction a file, the load log in the same one."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

import duckdb
import pyarrow as pa

from vocpipe.contracts import RawRow, Reject, Source
from vocpipe.delimited import SEPARATOR
from vocpipe.settings import SourceSettings
from vocpipe.warehouse import rows, transaction, value
from vocpipe.warehouse.conforming import view_landed

BATCH = 50_000
# The vendor's times count from here on when a source is loaded for the first time.
BEGINNING = datetime(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class Load:
    """One file to land: in which run, for which source, and from when on the vendor's own times count."""

    run_id: str
    loaded_at: datetime
    known_from: datetime | None
    source: SourceSettings
    format: Source
    directory: Path
    path: Path

    @property
    def file(self) -> str:
        return self.path.relative_to(self.directory).as_posix()


def files_of(directory: Path, source: SourceSettings) -> list[Path]:
    """The files of a source, in the order of their names; never our own folders."""
    found = {path for pattern in source.files for path in directory.glob(pattern) if path.is_file()}
    return sorted(path for path in found if path.relative_to(directory).parts[0] not in ("work", "published"))


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_loaded(con: duckdb.DuckDBPyConnection, source: str, sha256: str) -> bool:
    """Whether this source already holds a file of these bytes."""
    query = "select count(*) from raw.loads where source = $1 and sha256 = $2 and problem is null"
    return bool(value(con, query, [source, sha256]))


def is_first(con: duckdb.DuckDBPyConnection, source: str) -> bool:
    """Whether nothing was ever loaded for this source."""
    return not value(con, "select count(*) from raw.loads where source = $1 and problem is null", [source])


def land(con: duckdb.DuckDBPyConnection, load: Load) -> str | None:
    """Land one file unless it is held already. Gives back why the whole file was set aside, or None."""
    sha256 = sha256_of(load.path)
    if is_loaded(con, load.source.name, sha256):
        return None
    found = load.format.recognise(load.path)
    if found is None:
        return log_problem(con, load, sha256, f"the file is no {load.format.TITLE}")
    try:
        with transaction(con):
            load_id = value(con, "select nextval('raw.next_load_id')")
            meta = json.dumps({"time_zone": found.time_zone, "columns": found.signature.split(SEPARATOR)})
            log_load(con, load, load_id, sha256, meta, None)
            count = store(con, load, load_id)
            unchanged = drop_unchanged(con, load, load_id)
            con.execute(
                "update raw.loads set rows_in = $2, rows_unchanged = $3 where load_id = $1", [load_id, count, unchanged]
            )
    except (OSError, csv.Error, UnicodeError) as problem:
        return log_problem(con, load, sha256, f"the file cannot be read ({type(problem).__name__})")
    return None


def log_load(
    con: duckdb.DuckDBPyConnection, load: Load, load_id: int, sha256: str, meta: str, problem: str | None
) -> None:
    """Write the load log; an earlier failure with the same bytes is forgotten."""
    con.execute("delete from raw.loads where source = $1 and file = $2 and problem is not null", [load.source.name, load.file])
    con.execute(
        "insert into raw.loads values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, 0, $11)",
        [load_id, load.run_id, load.source.name, load.source.format, load.file, sha256, load.path.stat().st_size,
         meta, load.known_from, load.loaded_at, problem],
    )  # fmt: skip


def log_problem(con: duckdb.DuckDBPyConnection, load: Load, sha256: str, problem: str) -> str:
    """Log that a whole file was set aside; it is tried again in the next run."""
    with transaction(con):
        log_load(con, load, value(con, "select nextval('raw.next_load_id')"), sha256, "{}", problem)
    return problem


def store(con: duckdb.DuckDBPyConnection, load: Load, load_id: int) -> int:
    """Append the rows of a file to raw; gives back how many there were, unreadable pieces included."""
    count = 0
    for batch in batches(load.format.read(load.path)):
        good = [row for row in batch if isinstance(row, RawRow)]
        bad = [row for row in batch if isinstance(row, Reject)]
        landed_rows = pa.table(dict(zip(RawRow._fields, columns_of(good, 4), strict=True)))
        con.execute(
            "insert into raw.records select nextval('raw.next_row_id'), $1, $2, kind, line_no, item_no, body, "
            "md5_number(body) from landed_rows",
            [load_id, load.source.format],
        )
        if bad:
            con.executemany("insert into raw.rejects values (?, ?, ?, ?, ?)", [[load_id, *row] for row in bad])
        count += len(batch)
        del landed_rows
    return count


def columns_of(batch: list[RawRow], width: int) -> list[pa.Array]:
    """The rows as columns; typed, so that an empty batch is no special case."""
    types = (pa.int64(), pa.int32(), pa.string(), pa.string())
    cells = list(zip(*batch, strict=True)) or [()] * width
    return [pa.array(column, kind) for column, kind in zip(cells, types, strict=True)]


def batches(found: Iterable[RawRow | Reject]) -> Iterator[list[RawRow | Reject]]:
    """The rows in batches of at most BATCH."""
    source = iter(found)
    while batch := list(islice(source, BATCH)):
        yield batch


def drop_unchanged(con: duckdb.DuckDBPyConnection, load: Load, load_id: int) -> int:
    """Take back rows whose thing is already held with just this content as its newest; gives back how many."""
    held = value(con, "select count(*) from information_schema.tables where table_name = 'record_versions'")
    earlier = "select count(*) from raw.loads where source = $1 and run_id <> $2 and problem is null"
    if not held or not value(con, earlier, [load.source.name, load.run_id]):
        return 0
    view_landed(con, load.source, load_id)
    found = rows(
        con,
        f"""
        with newest as (
            select kind, record_key, arg_max(body_hash, row_id) as body_hash
            from staging.record_versions
            where source = $1
            group by kind, record_key
        ),
        fresh as ({load.format.SELECT["records"]})
        delete from raw.records
        where load_id = $2 and row_id in (
            select fresh.row_id
            from fresh
            inner join raw.records as held on fresh.row_id = held.row_id
            inner join newest on fresh.kind = newest.kind and fresh.record_key = newest.record_key
                and held.body_hash = newest.body_hash
        )
        returning row_id
        """,
        [load.source.name, load_id],
    )
    return len(found)
