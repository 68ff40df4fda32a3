"""Erases rows that a source keeps no longer, and keeps the figures that were made of them.

A figure of a period of which rows are gone stays as it was published last; the figures of all time are those of what is
still held.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import duckdb

from vocpipe.erasure import MASK
from vocpipe.settings import Settings
from vocpipe.warehouse import erasing, rewriting, rows, transaction, value

FIGURES = ("metric_value", "metric_component")
# What makes two figures the same one over the runs.
FIGURE = "metric, metric_version, grain, period, period_start, segment_type, segment, unit"


def erase(con: duckdb.DuckDBPyConnection, settings: Settings, now: datetime) -> int:
    """Erase the rows and texts that are past their time at ``now``; returns how many rows these were."""
    con.execute("create or replace temp table kept_since (source varchar, since timestamp)")
    for source in settings.sources:
        if source.keep_days:
            con.execute("insert into kept_since values ($1, $2)", [source.name, now - timedelta(source.keep_days)])
    if not value(con, "select count(*) from kept_since"):
        return 0
    con.execute("""
        create or replace temp table going as
        select r.row_id from staging.records as r
        inner join kept_since as k on r.source = k.source and coalesce(r.vendor_at, r.loaded_at) < k.since
    """)
    con.execute("""
        create or replace temp table gone_interactions as
        select t.interaction_id as id from staging.turns as t
        inner join kept_since as k on t.source = k.source and t.occurred_at < k.since
    """)
    with transaction(con):
        keep_figures(con)
        count = erasing.remove(con)
        con.execute("""
            update raw.rejects set body = $1 where load_id in (
                select l.load_id from raw.loads as l
                inner join kept_since as k on l.source = k.source and l.loaded_at < k.since)
        """, [MASK])  # fmt: skip
        forget_tables(con)
    return count


def forget_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Take the rows and interactions out of the tables that were made of them, the texts' caches included."""
    for schema, table, columns in rows(con, rewriting.COLUMNS):
        names = {column["name"] for column in columns}
        if schema == "raw":
            continue
        if "interaction_id" in names:
            con.execute(f'delete from {schema}."{table}" where interaction_id in (from gone_interactions)')
        if "row_id" in names:
            con.execute(f'delete from {schema}."{table}" where row_id in (from going)')
    erasing.forget_texts(con)


def keep_figures(con: duckdb.DuckDBPyConnection) -> None:
    """Keep the figures as they stand, and since when all rows are held."""
    con.execute("create or replace table meta.kept_since as select max(since) as since from kept_since")
    for name in FIGURES:
        con.execute(f"create or replace table meta.kept_{name} as from metrics.{name} where period <> 'all'")


def restore_figures(con: duckdb.DuckDBPyConnection) -> None:
    """Put the figures of periods of which rows are gone back in place of those of what is left of them."""
    if not rows(con, "select 1 from duckdb_tables() where schema_name = 'meta' and table_name = 'kept_since'"):
        return
    con.execute(f"""
        create or replace temp table restored as
        select k.metric, k.metric_version, k.grain, k.period, k.period_start, k.segment_type, k.segment, k.unit
        from meta.kept_metric_component as k
        left join metrics.metric_component as c using ({FIGURE})
        where k.period_start < (select since from meta.kept_since) and k.n > coalesce(c.n, 0)
    """)
    for name in FIGURES:
        con.execute(f"delete from metrics.{name} where ({FIGURE}) in (select ({FIGURE}) from restored)")
        con.execute(f"insert into metrics.{name} by name select * from meta.kept_{name} "
                    f"where ({FIGURE}) in (select ({FIGURE}) from restored)")  # fmt: skip
    con.execute("drop table restored")
