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

# DuckDB spills to disk above its limit: four times as much gained a tenth of the time on a million interactions. A
# checkpoint after every few small files would cost more than the files: one at the end of a stage is enough.
CONFIG: dict[str, str | bool | int | float | list[str]] = {"memory_limit": "1000MB", "wal_autocheckpoint": "512MB"}

# The work file is written and read once a night: packing it would take three times as long as writing it.
# `utc` reads a written time: its own zone where it carries one, else the zone given. Unreadable: null.
SESSION = r"""
set autoinstall_known_extensions = false;
set autoload_known_extensions = false;
set TimeZone = 'UTC';
set enable_progress_bar = false;
set preserve_insertion_order = false;
set force_compression = 'uncompressed';
create or replace temp macro is_local(written) as regexp_full_match(
    written, '[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?)?');
create or replace temp macro is_zoned(written) as regexp_full_match(
    written, '[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?'
    || '( ?(Z|z|[+-][0-9]{2}(:?[0-9]{2})?)| UTC)');
-- A local time in UTC. An hour that the clock passed over in spring is no time; of one that it showed twice in autumn
-- the later is taken, so that nothing is known before it was (and `conforming` tells of it).
create or replace temp macro from_zone(local, zone) as
    case
        when zone = 'UTC' then local
        when timezone(zone, timezone(zone, local)) = local then timezone('UTC', timezone(zone, local))
    end;
create or replace temp macro utc(written, zone) as
    case
        -- By far most times are UTC, which costs a third of what a zone does.
        when ends_with(written, 'Z') then case when is_zoned(written) then try_cast(written as timestamp) end
        when is_local(written) then from_zone(try_cast(written as timestamp), zone)
        when is_zoned(written) then timezone('UTC', try_cast(
            replace(replace(replace(written, ' UTC', 'Z'), ' +', '+'), ' -', '-') as timestamptz))
    end;
-- `trim` looks at every sign of a text, so only what begins or ends with a space is given to it. To compare costs less
-- than `starts_with`, and a cell is read for every column of every row.
create or replace temp macro trimmed(text) as
    case
        when text < '!' or ends_with(text, ' ') or (text >= chr(160) and text < chr(161)) or ends_with(text, chr(160))
            then nullif(trim(text), '')
        else text
    end;
create or replace temp macro text_of(body, path) as trimmed(json_extract_string(body, path));
create or replace temp macro column_of(body, name) as
    text_of(body, '/' || replace(replace(name, '~', '~0'), '/', '~1'));
create or replace temp macro layout_of(ours) as getvariable('layout_' || ours);
-- An abbreviation of a zone that many lands use (CST, IST, AST) tells nothing: the zone of the settings counts.
create or replace temp macro zone_hours(abbreviation) as
    case abbreviation
        when 'UTC' then 0 when 'GMT' then 0 when 'WET' then 0 when 'WEST' then 1 when 'CET' then 1 when 'CEST' then 2
        when 'EET' then 2 when 'EEST' then 3 when 'EST' then -5 when 'EDT' then -4 when 'CDT' then -5
        when 'MDT' then -6 when 'PST' then -8 when 'PDT' then -7
        else try_cast(nullif(regexp_extract(abbreviation, '^(?:GMT|UTC)?([+-][0-9]{1,2})(?::?00)?$', 1), '') as integer)
    end;
create or replace temp macro zone_of(written) as regexp_extract(written, ' ([A-Z+-][A-Z0-9:+-]*)$', 1);
create or replace temp macro without_zone(written) as regexp_replace(written, ' [A-Z+-][A-Z0-9:+-]*$', '');
-- The layout is a variable of its own: DuckDB wants it constant.
create or replace temp macro clock_time(written, ours) as
    try_strptime(written, coalesce(getvariable('clock_' || ours), '%Y'));
create or replace temp macro count_as_time(count, layout, zone) as
    case layout
        when 'excel' then from_zone(timestamp '1899-12-30'
            + to_seconds(case when count between 1 and 200000 then round(count * 86400) end), zone)
        when 'epoch' then timestamp '1970-01-01' + to_seconds(case when abs(count) < 1e11 then count end)
        when 'epoch_ms' then timestamp '1970-01-01' + to_seconds(case when abs(count) < 1e14 then count / 1000 end)
    end;
create or replace temp macro time_as(written, ours, zone) as
    case
        when layout_of(ours) is null then utc(written, zone)
        when layout_of(ours) in ('excel', 'epoch', 'epoch_ms')
            then count_as_time(try_cast(replace(written, ',', '.') as double), layout_of(ours), zone)
        when layout_of(ours) = 'ambiguous' then null
        when layout_of(ours) not like '% %Z' then from_zone(clock_time(written, ours), zone)
        when zone_hours(zone_of(written)) is not null
            then clock_time(without_zone(written), ours) - to_hours(zone_hours(zone_of(written))::bigint)
        else from_zone(clock_time(without_zone(written), ours), zone)
    end;
create or replace temp macro carries_zone(written) as
    regexp_matches(written, ':.*(Z|z|[0-9] ?[+-][0-9]{1,2}(:?[0-9]{2})?)$') or zone_hours(zone_of(written)) is not null;
create or replace temp macro is_twice(at_utc, zone) as
    timezone(zone, timezone('UTC', at_utc)) = timezone(zone, timezone('UTC', at_utc - interval 1 hour));
-- A column writes its decimals with a point, or with a comma where the settings say so; thousands in full groups only.
create or replace temp macro number_as(written, ours) as
    case
        when coalesce(getvariable('decimal_' || ours), '.') = ','
            then case
                when regexp_full_match(written, '[+-]?([0-9]+|[0-9]{1,3}([. ''\x{a0}\x{202f}][0-9]{3})+)(,[0-9]+)?')
                    then try_cast(replace(regexp_replace(written, '[. ''\x{a0}\x{202f}]', '', 'g'), ',', '.') as double)
            end
        when regexp_full_match(written, '[+-]?([0-9]+|[0-9]{1,3}([, ''\x{a0}\x{202f}][0-9]{3})+)(\.[0-9]+)?')
            then try_cast(regexp_replace(written, '[, ''\x{a0}\x{202f}]', '', 'g') as double)
    end;
create or replace temp macro is_spoilt(written) as
    contains(written, '+') and regexp_full_match(written, '[0-9]([.,][0-9]+)?[Ee]\+[0-9]+');
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
    except (duckdb.IOException, duckdb.FatalException) as problem:
        raise RunError(
            f"{path} could not be written to: the disk is full or refuses. What was loaded is kept and the last "
            "published file stands; make room, then run again."
        ) from problem
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
