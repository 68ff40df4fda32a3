"""Maps raw rows of every format onto the conformed tables of staging."""

from __future__ import annotations

import json

import duckdb

from vocpipe.contracts import CONFORMED
from vocpipe.settings import Settings, SourceSettings
from vocpipe.sources import formats
from vocpipe.warehouse import rows
from vocpipe.warehouse.rooms import quoted

# Our names of columns that hold times; a mapping may give each a layout as `<name>_format`.
TIME_COLUMNS = ("birth_on", "signed_up_on", "updated_at", "ordered_at", "occurred_at")


def register_settings(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Put what the sources' SELECTs need of the settings into temporary tables."""
    con.execute("create or replace temp table source_settings (source varchar, columns varchar, segments varchar)")
    con.execute(
        "create or replace temp table questions (source varchar, question_id varchar, path varchar, metric varchar, "
        "scale_low integer, scale_high integer, position bigint)"
    )
    con.execute("create or replace temp table brand_handles (handle varchar)")
    con.execute("create or replace table staging.declared_segments (attribute varchar)")
    for name in settings.segments:
        con.execute("insert into staging.declared_segments values (?)", [name])
    con.execute("create or replace table staging.declared_sources (source varchar)")
    for source in settings.sources:
        con.execute("insert into staging.declared_sources values (?)", [source.name])
        con.execute(
            "insert into source_settings values (?, ?, ?)",
            [source.name, json.dumps(source.columns), json.dumps(source.segments)],
        )
        # Position counts verbatims and scores apart: the first verbatim of a response carries its plain id.
        for is_verbatim in (True, False):
            chosen = [q for q in source.questions if (q.metric == "verbatim") == is_verbatim]
            for position, q in enumerate(chosen, start=1):
                metric, (low, high) = (None, (None, None)) if is_verbatim else (q.metric, q.scale)
                con.execute(
                    "insert into questions values (?, ?, ?, ?, ?, ?, ?)",
                    [source.name, q.id, f'$."{q.id}"', metric, low, high, position],
                )
    for handle in settings.brand_handles:
        con.execute("insert into brand_handles values (lower(ltrim(?, '@')))", [handle])


def parse(con: duckdb.DuckDBPyConnection, source: SourceSettings, load_id: int | None = None) -> None:
    """Read a source's raw rows (those of one load, if given) into what its format's SELECTs are made of.

    The layouts of its time columns become variables, since DuckDB wants them constant.
    """
    for ours in TIME_COLUMNS:
        con.execute(f"set variable layout_{ours} = $1::varchar", [source.columns.get(f"{ours}_format")])
    only = f" and r.load_id = {int(load_id)}" if load_id is not None else ""
    con.execute(f"""
        create or replace temp view landed as
        select
            r.row_id, l.source, r.kind, r.body, {quoted(json.dumps(source.columns))} as columns,
            {quoted(json.dumps(source.segments))} as segments,
            coalesce(json_extract_string(l.meta, '$.time_zone'), {quoted(source.time_zone)}) as zone,
        from raw.records as r
        inner join raw.loads as l on r.load_id = l.load_id
        where l.source = {quoted(source.name)} and r.format = {quoted(source.format)}{only}
    """)
    for table, select in formats()[source.format].PARSED.items():
        con.execute(f"create or replace temp table {table} as {select}")


def conform(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Make the conformed tables anew from raw: all versions of all sources.

    They are read once, by staging, so they stay in memory (a database of its own named `conformed`): writing them to
    the work file took a tenth of a whole run. What later steps need is kept as `staging.record_versions` (which version
    is the newest) and `staging.name_versions` (every name that the customer record ever held).
    """
    if not rows(con, "select 1 from duckdb_databases() where database_name = 'conformed'"):
        con.execute("attach ':memory:' as conformed")
    for table, columns in CONFORMED.items():
        described = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
        con.execute(f"create or replace table conformed.{table} ({described})")
    for source in settings.sources:
        parse(con, source)
        for table, select in formats()[source.format].SELECT.items():
            con.execute(f"insert into conformed.{table} by name {select}")
    keep_versions(con)


def keep_versions(con: duckdb.DuckDBPyConnection) -> None:
    """Keep of each record version where it came from, and the names of customers."""
    con.execute("""
        create or replace table staging.record_versions as
        select
            v.*, r.load_id, l.source, l.file, r.line_no, r.item_no, r.body_hash, l.loaded_at,
            -- Where neither a first load nor a backfill lets the vendor's times count, no time is late enough.
            coalesce(l.known_from, timestamp '9999-12-31') as known_from,
        from conformed.records as v
        inner join raw.records as r on v.row_id = r.row_id
        inner join raw.loads as l on r.load_id = l.load_id
    """)
    con.execute("""
        create or replace table staging.name_versions as
        select distinct given_name, family_name
        from conformed.persons
        where person_kind = 'customer_record' and given_name is not null and family_name is not null
    """)


def forget_derived(con: duckdb.DuckDBPyConnection) -> None:
    """Empty every cache of costly work, so that all is made anew from raw and the decisions."""
    for table in ("identity.phones", "enrichment.redactions", "enrichment.annotations"):
        con.execute(f"delete from {table}")
