"""Lands files in raw: data and load log in one transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import duckdb

from vocpipe.erasure import Tombstones
from vocpipe.warehouse import erasing, rows, transaction, value
from vocpipe.warehouse.conforming import otherwise, parse
from vocpipe.warehouse.pieces import Piece
from vocpipe.warehouse.planning import Batch, Load, is_as_planned, unreadable
from vocpipe.warehouse.storing import Store


def land(
    con: duckdb.DuckDBPyConnection, group: Sequence[Load], pieces: Iterator[Iterable[Piece]], tombstones: Tombstones
) -> tuple[list[str], int]:
    """Land some files in one transaction, without erased persons.

    ``pieces`` gives those of the next file that has no problem yet. Gives back why files were set aside as a whole, and
    how many rows of erased persons were kept out or masked.
    """
    problems = []
    with transaction(con):
        store = Store(con, group[0].batch.format.NAME)
        known = []
        load_ids = rows(con, "select nextval('raw.next_load_id') from range($1)", [len(group)])
        for load, (load_id,) in zip(group, load_ids, strict=True):
            problem = load.problem
            if not problem:
                try:
                    store.take(load_id, next(pieces))
                    if not is_as_planned(load):
                        store.drop(load_id)
                        problem = "was written to while it was read: the next run takes it"
                except (OSError, UnicodeError) as error:
                    store.drop(load_id)
                    problem = unreadable(error)
            if problem:
                problems.append(f"{load.file}: the file {problem}")
            known.append((load, load_id, store.counts.get(load_id, 0), f"the file {problem}" if problem else None))
        store.flush()
        log_loads(con, known)
        problems += mark_otherwise(con, known)
        good = [load_id for _, load_id, _, problem in known if not problem]
        kept_out = erasing.keep_out(con, group[0].batch.source, good, tombstones)
        if not group[0].batch.is_first:
            drop_unchanged(con, group[0].batch, good)
    return problems, kept_out


def mark_otherwise(con: duckdb.DuckDBPyConnection, known: Sequence[tuple[Load, int, int, str | None]]) -> list[str]:
    """Note in the log which files write day and month the other way round; gives back what to say of them."""
    told = []
    for load, load_id, _, problem in known:
        source = load.batch.source
        for ours in [] if problem else otherwise(con, source, load_id):
            con.execute(
                "update raw.loads set meta = json_merge_patch(meta, json_object('otherwise', "
                "concat_ws(' ', meta ->> '$.otherwise', $1::varchar))) where load_id = $2",
                [ours, load_id],
            )
            column, layout = source.columns[ours], source.columns[f"{ours}_format"]
            told.append(f"{load.file}: the dates in {column!r} are not written as {layout}, its rows are set aside")
    return told


def log_loads(con: duckdb.DuckDBPyConnection, known: Sequence[tuple[Load, int, int, str | None]]) -> None:
    """Write the load log; an earlier failure of the same file is forgotten."""
    batch = known[0][0].batch
    lines = [
        {
            "load_id": load_id, "file": load.file, "sha256": load.sha256, "size_bytes": load.size, "rows_in": count,
            "problem": problem, "meta": json.dumps(
                {"time_zone": load.found.time_zone, "columns": load.found.header} if load.found else {}),
        }
        for load, load_id, count, problem in known
    ]  # fmt: skip
    con.execute(
        'create or replace temp table logged as select unnest(from_json($1::varchar, \'[{"load_id": "BIGINT", '
        '"file": "VARCHAR", "sha256": "VARCHAR", "size_bytes": "BIGINT", "rows_in": "BIGINT", "problem": "VARCHAR", '
        '"meta": "VARCHAR"}]\'), max_depth := 2)',
        [json.dumps(lines)],
    )
    con.execute(
        "delete from raw.loads where source = $1 and problem is not null and file in (select file from logged)",
        [batch.source.name],
    )
    con.execute(
        "insert into raw.loads select load_id, $1, $2, $3, file, sha256, size_bytes, meta, $4, $5, rows_in, 0, "
        "problem, 0, 0 from logged",
        [batch.run_id, batch.source.name, batch.source.format, batch.known_from, batch.loaded_at],
    )


def drop_unchanged(con: duckdb.DuckDBPyConnection, batch: Batch, load_ids: Sequence[int]) -> None:
    """Take back rows whose thing is already held with just this content as its newest; count these and the changed."""
    held = "select count(*) from information_schema.tables where table_name = 'record_versions'"
    if not load_ids or not value(con, held):
        return
    parse(con, batch.source, load_ids)
    con.execute(
        f"""
        create or replace temp table fresh as
        with newest as (
            select kind, record_key, arg_max(body_hash, row_id) as body_hash
            from staging.record_versions
            where source = $1
            group by kind, record_key
        ),
        fresh_records as ({batch.format.SELECT["records"]})
        select held.row_id, held.load_id, held.body_hash = newest.body_hash as is_unchanged
        from fresh_records
        inner join raw.records as held on fresh_records.row_id = held.row_id
        inner join newest on fresh_records.kind = newest.kind and fresh_records.record_key = newest.record_key
        """,
        [batch.source.name],
    )
    con.execute("delete from raw.records where row_id in (select row_id from fresh where is_unchanged)")
    con.execute("""
        update raw.loads as l set rows_unchanged = f.unchanged, rows_changed = f.changed
        from (
            select load_id, count(*) filter (is_unchanged) as unchanged, count(*) filter (not is_unchanged) as changed
            from fresh group by load_id
        ) as f
        where l.load_id = f.load_id
    """)
    con.execute("drop table fresh")


def finish(con: duckdb.DuckDBPyConnection, sources: Iterable[str], loaded_at: datetime) -> None:
    """Note that all files of some sources are in; what comes later is known from its own load on."""
    con.execute(
        "insert into raw.first_loads select distinct source, $1::timestamp from raw.loads where problem is null "
        "and list_contains($2, source) and source not in (select source from raw.first_loads)",
        [loaded_at, list(sources)],
    )
