"""The only place that opens DuckDB for writing: the private work file, its migrations and the session settings."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from vocpipe.contracts import RunError

MIGRATIONS = Path(__file__).parent / "migrations"

# A checkpoint after every few small files would cost more than the files: one at the end of a stage is enough.
CONFIG: dict[str, str | bool | int | float | list[str]] = {"memory_limit": "4GB", "wal_autocheckpoint": "512MB"}

# `utc` reads a written time: its own zone where it carries one, else the zone given. Unreadable: null.
SESSION = """
set autoinstall_known_extensions = false;
set autoload_known_extensions = false;
set TimeZone = 'UTC';
set enable_progress_bar = false;
set preserve_insertion_order = false;
create or replace temp macro utc(written, zone) as
    case
        when regexp_matches(written, '[0-9](Z|[+-][0-9]{2}(:?[0-9]{2})?)$') and contains(written, ':')
            then timezone('UTC', try_cast(written as timestamptz))
        else timezone('UTC', timezone(zone, try_cast(written as timestamp)))
    end;
create or replace temp macro text_of(body, path) as nullif(trim(json_extract_string(body, path)), '');
create or replace temp macro column_of(body, name) as text_of(body, '$."' || name || '"');
create or replace temp macro mapped(body, columns, ours) as column_of(body, json_extract_string(columns, '$.' || ours));
create or replace temp macro time_as(written, ours, zone) as
    case
        when getvariable('layout_' || ours) is null then utc(written, zone)
        else timezone('UTC', timezone(zone, try_strptime(written, coalesce(getvariable('layout_' || ours), '%Y'))))
    end;
create or replace temp macro chosen(body, names) as
    cast(to_json(map(
        from_json(names, '["VARCHAR"]'),
        list_transform(from_json(names, '["VARCHAR"]'), lambda name: column_of(body, name))
    )) as varchar);
"""


def path_of(directory: Path) -> Path:
    """Path of the private work file of a project folder."""
    return directory / "work" / "warehouse.duckdb"


@contextmanager
def opened(directory: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The private work file, open for writing, migrated, closed afterwards.

    Raises RunError when another process holds it or the folder cannot be written to.
    """
    path = path_of(directory)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    old_mask = os.umask(0o077)  # the file, its log and its spill files hold personal data
    try:
        con = duckdb.connect(str(path), config=CONFIG | {"temp_directory": str(path.parent / "tmp")})
    except duckdb.IOException as problem:
        raise RunError(
            f"{path} cannot be opened for writing: another program has it open, or the disk refuses. "
            "Close other programs that use it and run again."
        ) from problem
    finally:
        os.umask(old_mask)
    try:
        con.execute(SESSION)
        migrate(con)
        yield con
    finally:
        con.close()


def migrate(con: duckdb.DuckDBPyConnection) -> None:
    """Bring the work file up to date: each numbered migration runs once, in a transaction of its own."""
    con.execute("create schema if not exists meta")
    con.execute("create table if not exists meta.migrations (name varchar, applied_at timestamp)")
    done = {name for (name,) in con.execute("select name from meta.migrations").fetchall()}
    known = sorted(path.name for path in MIGRATIONS.glob("*.sql"))
    if done - set(known):
        raise RunError(
            f"the work file was written by a newer vocpipe (migration {max(done - set(known))}): update vocpipe."
        )
    for name in known:
        if name not in done:
            with transaction(con):
                con.execute((MIGRATIONS / name).read_text(encoding="utf-8"))
                con.execute("insert into meta.migrations values (?, now()::timestamp)", [name])


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All or nothing: commits at the end, rolls back on any error."""
    con.execute("begin")
    try:
        yield
    except BaseException:
        con.execute("rollback")
        raise
    con.execute("commit")


def set_variables(con: duckdb.DuckDBPyConnection, values: Mapping[str, Any]) -> None:
    """Make the parameters of the SQL rooms readable by ``getvariable(name)``."""
    for name, value in values.items():
        kind = {datetime: "timestamp", int: "bigint", float: "double"}.get(type(value), "varchar")
        con.execute(f"set variable {name} = cast($1 as {kind})", [value])


def rows(con: duckdb.DuckDBPyConnection, query: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
    """All rows of a query as tuples."""
    return con.execute(query, parameters or []).fetchall()


def value(con: duckdb.DuckDBPyConnection, query: str, parameters: list[Any] | None = None) -> Any:
    """The first cell of a query's result."""
    return rows(con, query, parameters)[0][0]
