"""Lands the vendors' files in raw: one transaction a file, the load log in the same one."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from vocpipe.contracts import OUR_FOLDERS, Recognition, Source, UsageError
from vocpipe.settings import SourceSettings
from vocpipe.warehouse import rows, transaction, value
from vocpipe.warehouse.conforming import parse
from vocpipe.warehouse.reading import Piece

# The vendor's times count from here on when a source is loaded for the first time.
BEGINNING = datetime(1900, 1, 1)
# Without these a row is of no use, so every file must have them where the settings map them.
NEEDED = {"id", "occurred_at", "ordered_at", "account", "amount"}


@dataclass(frozen=True, slots=True)
class Batch:
    """What all loads of one source in one run share."""

    run_id: str
    loaded_at: datetime
    is_first: bool
    known_from: datetime | None
    directory: Path
    source: SourceSettings
    format: Source


@dataclass(frozen=True, slots=True)
class Load:
    """One file to land; ``found`` is None where the file is not of the source's format."""

    batch: Batch
    path: Path
    sha256: str
    found: Recognition | None

    @property
    def file(self) -> str:
        """The file below the project folder, as the tables name it."""
        return self.path.relative_to(self.batch.directory).as_posix()


def files_of(directory: Path, source: SourceSettings) -> list[Path]:
    """The files of a source, in the order of their names; never our own folders."""
    found = {path for pattern in source.files for path in directory.glob(pattern) if path.is_file()}
    return sorted(path for path in found if path.relative_to(directory).parts[0] not in OUR_FOLDERS)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_first(con: duckdb.DuckDBPyConnection, source: str) -> bool:
    """Whether nothing was ever loaded for this source."""
    return not value(con, "select count(*) from raw.loads where source = $1 and problem is null", [source])


def plan(con: duckdb.DuckDBPyConnection, batch: Batch) -> list[Load]:
    """The files of a source whose bytes it does not hold yet. Raises UsageError where a column is missing."""
    query = "select sha256 from raw.loads where source = $1 and problem is null"
    held = {sha256 for (sha256,) in rows(con, query, [batch.source.name])}
    loads: dict[str, Load] = {}  # by content: a copy of a file under another name is the same file
    for path in files_of(batch.directory, batch.source):
        sha256 = sha256_of(path)
        if sha256 not in held and sha256 not in loads:
            loads[sha256] = Load(batch, path, sha256, batch.format.recognise(path))
    require_columns(batch.source, list(loads.values()))
    return list(loads.values())


def require_columns(source: SourceSettings, loads: Sequence[Load]) -> None:
    """Refuse before anything is written: what a row cannot do without must be in every file, the rest in one."""
    headers = {load.file: set(load.found.header) for load in loads if load.found and load.found.header}
    for file, header in headers.items():
        for choices in loads[0].batch.format.NEEDS:
            if not header & set(choices):
                raise UsageError(f"{file} has no column {' or '.join(choices)!r}: export it again with that column.")
        for ours in NEEDED & source.columns.keys():
            if source.columns[ours] not in header:
                raise missing(source, source.columns[ours], file)
    every: set[str] = set().union(*headers.values())
    named = [question.id for question in source.questions]
    named += [theirs for ours, theirs in source.columns.items() if not ours.endswith("_format") and ours != "channel"]
    for column in named if headers else []:
        if column not in every:
            raise missing(source, column, min(headers))


def missing(source: SourceSettings, column: str, file: str) -> UsageError:
    """What to say of a column that the settings name and a file lacks."""
    return UsageError(
        f"{file} has no column {column!r}, which vocpipe.toml names for the source {source.name!r}: "
        "correct the name there, or export the file with that column."
    )


def land(con: duckdb.DuckDBPyConnection, load: Load, pieces: Iterable[Piece]) -> str | None:
    """Land the pieces of one file in one transaction. Gives back why the whole file was set aside, or None."""
    if load.found is None:
        return log_problem(con, load, f"the file is no {load.batch.format.TITLE}")
    meta = {"time_zone": load.found.time_zone, "columns": load.found.header}
    try:
        with transaction(con):
            load_id = value(con, "select nextval('raw.next_load_id')")
            log_load(con, load, load_id, json.dumps(meta), None)
            count = store(con, load, load_id, pieces)
            unchanged = drop_unchanged(con, load, load_id)
            con.execute(
                "update raw.loads set rows_in = $2, rows_unchanged = $3 where load_id = $1", [load_id, count, unchanged]
            )
    except (OSError, csv.Error, UnicodeError) as problem:
        return log_problem(con, load, f"the file cannot be read ({type(problem).__name__})")
    return None


def log_load(con: duckdb.DuckDBPyConnection, load: Load, load_id: int, meta: str, problem: str | None) -> None:
    """Write the load log; an earlier failure of the same file is forgotten."""
    batch = load.batch
    con.execute(
        "delete from raw.loads where source = $1 and file = $2 and problem is not null", [batch.source.name, load.file]
    )
    con.execute(
        "insert into raw.loads values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, 0, $11)",
        [load_id, batch.run_id, batch.source.name, batch.source.format, load.file, load.sha256,
         load.path.stat().st_size, meta, batch.known_from, batch.loaded_at, problem],
    )  # fmt: skip


def log_problem(con: duckdb.DuckDBPyConnection, load: Load, problem: str) -> str:
    """Log that a whole file was set aside; it is tried again in the next run."""
    with transaction(con):
        log_load(con, load, value(con, "select nextval('raw.next_load_id')"), "{}", problem)
    return problem


def store(con: duckdb.DuckDBPyConnection, load: Load, load_id: int, pieces: Iterable[Piece]) -> int:
    """Append the rows of a file to raw; gives back how many there were, unreadable pieces included."""
    count = 0
    for landed_rows, rejects in pieces:
        con.execute(
            "insert into raw.records select nextval('raw.next_row_id'), $1, $2, kind, line_no, item_no, body, "
            "md5_number(body) from landed_rows",
            [load_id, load.batch.source.format],
        )
        if rejects:
            con.executemany("insert into raw.rejects values (?, ?, ?, ?, ?)", [[load_id, *row] for row in rejects])
        count += landed_rows.num_rows + len(rejects)
    return count


def drop_unchanged(con: duckdb.DuckDBPyConnection, load: Load, load_id: int) -> int:
    """Take back rows whose thing is already held with just this content as its newest; gives back how many."""
    held = "select count(*) from information_schema.tables where table_name = 'record_versions'"
    if load.batch.is_first or not value(con, held):
        return 0
    parse(con, load.batch.source, load_id)
    found = rows(
        con,
        f"""
        with newest as (
            select kind, record_key, arg_max(body_hash, row_id) as body_hash
            from staging.record_versions
            where source = $1
            group by kind, record_key
        ),
        fresh as ({load.batch.format.SELECT["records"]})
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
        [load.batch.source.name, load_id],
    )
    return len(found)
