"""Maps raw rows of every format onto the conformed tables of staging."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from vocpipe.contracts import CONFORMED, Source
from vocpipe.selects import quoted
from vocpipe.settings import Settings, SourceSettings
from vocpipe.sources import formats
from vocpipe.times import swapped
from vocpipe.warehouse import keeping, marks, rows, transaction, value

# What a mapping may say of a column besides its name: the layout of its times, the mark of its decimals.
SAID = {"_format": "layout_", "_decimal": "decimal_"}
# Our names of the column that says when a thing happened.
WHEN = ("occurred_at", "ordered_at", "sent_at", "created_at")
TWICE = "the clock showed this time twice that day: read as the later one"


def register_settings(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Put what the sources' SELECTs need of the settings into temporary tables."""
    con.execute("create or replace temp table source_settings (source varchar, columns varchar, segments varchar)")
    con.execute(
        "create or replace temp table questions (source varchar, question_id varchar, path varchar, metric varchar, "
        "scale_low integer, scale_high integer, labels varchar[], position bigint)"
    )
    con.execute("create or replace temp table brand_handles (handle varchar)")
    con.execute("create or replace table staging.declared_segments (attribute varchar)")
    for name in settings.segments:
        con.execute("insert into staging.declared_segments values (?)", [name])
    register_survivorship(con, settings)
    con.execute("create or replace table staging.declared_sources (source varchar, stale_days integer)")
    for source in settings.sources:
        con.execute("insert into staging.declared_sources values (?, ?)", [source.name, source.stale_days])
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
                    "insert into questions values (?, ?, ?, ?, ?, ?, ?, ?)",
                    [source.name, q.id, pointer(q.id), metric, low, high, q.labels, position],
                )
    con.execute("create or replace table staging.case_owners (about varchar, owner varchar)")
    con.executemany("insert into staging.case_owners values (?, ?)", [*settings.actions.owners_told().items()])
    for handle in settings.brand_handles:
        con.execute("insert into brand_handles values (lower(ltrim(?, '@')))", [handle])


def register_survivorship(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Put down which record's value of each attribute counts, and where sources are trusted, in which order."""
    con.execute("create or replace table staging.survivorship (attribute varchar, rule varchar)")
    con.execute("create or replace table staging.trusted_sources (attribute varchar, source varchar, place integer)")
    for attribute, rule in settings.rules().items():
        named = rule if isinstance(rule, str) else "sources"
        con.execute("insert into staging.survivorship values (?, ?)", [attribute, named])
        for place, name in enumerate(rule if isinstance(rule, list) else [], start=1):
            con.execute("insert into staging.trusted_sources values (?, ?, ?)", [attribute, name, place])


def parse(
    con: duckdb.DuckDBPyConnection, source: SourceSettings, load_ids: Sequence[int] | None = None, among: str = ""
) -> None:
    """Read a source's raw rows (of some loads, or of the table ``among``) into what its format's SELECTs are made of.

    What the settings say of its columns becomes variables: they are the same for all rows, and DuckDB wants the layouts
    of times constant. Where several SELECTs read the rows their cells are read into a table first; one alone reads them
    as they are, which saves a copy of every body.
    """
    chosen = formats()[source.format]
    con.execute("set variable columns = $1::varchar", [json.dumps(source.columns)])
    con.execute("set variable segments = $1::varchar", [json.dumps(source.segments)])
    columns = columns_of(source)
    for name in names_of(chosen):
        for ending, variable in SAID.items():
            con.execute(f"set variable {variable}{name} = $1::varchar", [source.columns.get(f"{name}{ending}")])
        layout = source.columns.get(f"{name}_format", "").removesuffix(" %Z")
        con.execute(f"set variable clock_{name} = $1::varchar", [layout if "%" in layout else None])
    only = f" and r.load_id in ({', '.join(map(str, load_ids))})" if load_ids is not None else ""
    only += f" and r.row_id in (select row_id from {among})" if among else ""
    read = f"""
        select
            row_id, source, kind, {"body," if reads_body(chosen) else ""} zone,
            {struct_of(source, columns)} as cells,
        from (
            select
                r.row_id, l.source, r.kind, r.body, l.meta,
                coalesce(json_extract_string(l.meta, '$.time_zone'), {quoted(source.time_zone)}) as zone,
                json_extract_string(r.body, [{", ".join(map(quoted, columns.values()))}]) as x,
            from raw.records as r
            inner join raw.loads as l on r.load_id = l.load_id
            where l.source = {quoted(source.name)} and r.format = {quoted(source.format)}{only}
        )
    """
    forget_parsed(con)
    is_kept = columns and sum(len(re.findall(r"\bfrom landed\b", select)) for select in chosen.PARSED.values()) > 1
    if is_kept:
        con.execute(f"create temp table landed_cells as {read}")
    con.execute(f"create temp view landed as {'from landed_cells' if is_kept else read}")
    for table, select in chosen.PARSED.items():
        con.execute(f"create or replace temp table {table} as {select}")


def forget_parsed(con: duckdb.DuckDBPyConnection) -> None:
    """Free what the last source's rows took."""
    con.execute("drop view if exists landed")
    con.execute("drop table if exists landed_cells")


def reads_body(chosen: Source) -> bool:
    """Whether a format's SQL reads the body itself, besides the cells: it is large, and copied only where needed."""
    return not hasattr(chosen, "COLUMNS") or any(re.search(r"\bbody\b", select) for select in chosen.PARSED.values())


def columns_of(source: SourceSettings) -> dict[str, str]:
    """The JSON pointer of the column behind each of our names that the settings, or the format itself, map."""
    chosen = formats()[source.format]
    fixed = getattr(chosen, "FIELDS", {})
    named = {ours: source.columns.get(ours) or fixed.get(ours) for ours in names_of(chosen)}
    return {ours: pointer(theirs) for ours, theirs in named.items() if theirs}


def names_of(chosen: Source) -> list[str]:
    """Our names of the columns of a format."""
    return list(dict.fromkeys([*getattr(chosen, "COLUMNS", {}), *getattr(chosen, "FIELDS", {})]))


def struct_of(source: SourceSettings, columns: Mapping[str, str]) -> str:
    """SQL of a struct with the mapped columns by our names, each trimmed and null where it is empty or not mapped.

    The body is read once for all of them, which takes a third of the time of one reading a column.
    """
    places = {ours: place for place, ours in enumerate(columns, start=1)}
    names = names_of(formats()[source.format])
    cells = [f'"{ours}" := {cell_of(source, ours, places.get(ours))}' for ours in names]
    return f"struct_pack({', '.join(cells)})" if cells else "null"


def cell_of(source: SourceSettings, ours: str, place: int | None) -> str:
    """SQL of one cell; of a file that writes day and month the other way round the whole column is null."""
    if place is None:
        return "null::varchar"
    cell = f"trimmed(x[{place}])"
    if not swapped(source.columns.get(f"{ours}_format", "")):
        return cell
    return f"case when not contains(coalesce(meta ->> '$.otherwise', ''), {quoted(ours)}) then {cell} end"


def otherwise(con: duckdb.DuckDBPyConnection, source: SourceSettings, load_id: int) -> list[str]:
    """The time columns that a load writes otherwise than the settings say: day and month change places.

    A column is read as a whole: where some of its dates fit only the other order and none only ours, ours is not the
    file's, and those that fit both would be read wrong.
    """
    found = []
    for ours, theirs in source.columns.items():
        layout = source.columns.get(f"{ours}_format", "")
        if other := swapped(layout):
            count = rows(
                con,
                """
                with written as (
                    select
                        try_strptime(trim(json_extract_string(body, $1)), $2) is not null as is_ours,
                        try_strptime(trim(json_extract_string(body, $1)), $3) is not null as is_other,
                    from raw.records where load_id = $4
                )
                select count(*) filter (is_ours and not is_other), count(*) filter (is_other and not is_ours)
                from written
                """,
                [pointer(theirs), layout, other, load_id],
            )[0]
            found += [ours] if count[1] > count[0] else []
    return found


def pointer(column: str) -> str:
    """The JSON pointer of a column, whatever signs its name holds."""
    return "/" + column.replace("~", "~0").replace("/", "~1")


def conform(
    con: duckdb.DuckDBPyConnection, settings: Settings, load_ids: Sequence[int] | None = None
) -> None:  # fmt: skip
    """Make the conformed tables from raw: all versions of all sources, or those of some loads alone.

    They are read once, by staging, from a database of its own in memory named `conformed`. What needs no second reading
    is kept in the work file (see `keeping`). What later steps need is kept as `staging.record_versions` (which version
    is the newest) and `staging.customer_marks` (what any version of a customer record ever held).
    """
    con.execute("attach if not exists ':memory:' as conformed; create schema if not exists conformed.fresh")
    kept = keeping.look_over(con, settings, Path(__file__)) if load_ids is None else frozenset()
    home = value(con, "select current_database()")
    for table, columns in CONFORMED.items():
        con.execute(f"create or replace table conformed.fresh.{table} ({keeping.described(columns)})")
        beside = f" union all by name select {', '.join(columns)} from {home}.kept.{table}" if kept else ""
        con.execute(f"create or replace view conformed.{table} as from conformed.fresh.{table}{beside}")
    for source in settings.sources:
        if source.name not in kept:
            read(con, source, "conformed.fresh", load_ids)
        elif keep(con, source):
            read(con, source, "conformed.fresh", among="passing")
    keep_versions(con, of_kept=bool(kept))


def keep(con: duckdb.DuckDBPyConnection, source: SourceSettings) -> bool:
    """Read a source's new rows into the tables that are kept; returns whether ``passing`` has some to read each run."""
    with transaction(con):
        return bool(keeping.find_new(con, source)) and read(con, source, "kept", among="new_rows")


def read(
    con: duckdb.DuckDBPyConnection, source: SourceSettings, into: str, load_ids: Sequence[int] | None = None,
    among: str = "",
) -> bool:  # fmt: skip
    """Map a source's raw rows (as for ``parse``) onto the tables of a schema; whether ``kept`` may not keep some."""
    chosen = formats()[source.format]
    parse(con, source, load_ids, among)
    for table, select in chosen.SELECT.items():
        if into == "kept" and table == "records":
            keeping.note(con, source, select)
        else:
            con.execute(f"insert into {into}.{table} by name {select}")
    tell_twice(con, source, into, among)
    is_passing = into == "kept" and keeping.let_pass(con, source)
    for table in chosen.PARSED:
        con.execute(f"drop table {table}")
    forget_parsed(con)
    return is_passing


def tell_twice(con: duckdb.DuckDBPyConnection, source: SourceSettings, into: str, among: str) -> None:
    """Note as a cell each time without a zone in the hour that comes twice in autumn: its row is used all the same."""
    ours = next((name for name in WHEN if name in columns_of(source)), None)
    if ours is None or source.columns.get(f"{ours}_format", "").startswith("epoch"):
        return
    zone = f"coalesce(json_extract_string(l.meta, '$.time_zone'), {quoted(source.time_zone)})"
    found = rows(
        con,
        f"""
        select v.row_id
        from {into}.records as v
        inner join raw.records as r on v.row_id = r.row_id
        inner join raw.loads as l on r.load_id = l.load_id
        where l.source = $1 and v.set_aside is null and {zone} <> 'UTC' and is_twice(v.occurred_at, {zone})
            {f"and v.row_id in (select row_id from {among})" if among else ""}
        """,
        [source.name],
    )
    if found:  # few rows, so their cells are read once more
        theirs = source.columns.get(ours) or getattr(formats()[source.format], "FIELDS", {})[ours]
        con.execute(
            f"insert into {into}.cells by name select row_id, $1 as column_name, $2 as reason from landed "
            f"where list_contains($3::bigint[], row_id) and not carries_zone(cells.{ours})",
            [theirs, TWICE, [row_id for (row_id,) in found]],
        )


def keep_versions(con: duckdb.DuckDBPyConnection, *, of_kept: bool) -> None:
    """Keep of each record version where it came from and when it was known, and what tells customers."""
    columns = ", ".join(CONFORMED["records"])
    kept = f"union all by name select {columns}, load_id, line_no, item_no, body_hash from kept.records"
    con.execute(f"""
        create or replace table staging.record_versions as
        with placed as (
            select f.*, r.load_id, r.line_no, r.item_no, r.body_hash
            from conformed.fresh.records as f
            inner join raw.records as r on f.row_id = r.row_id
            {kept if of_kept else ""}
        ),
        -- Where neither a first load nor a backfill lets the vendor's times count, no time is late enough.
        loads as (select *, coalesce(known_from, timestamp '9999-12-31') as counts_from from raw.loads)
        select
            {columns}, v.load_id, l.source, l.file, v.line_no, v.item_no, v.body_hash, l.loaded_at,
            coalesce(recorded_at, occurred_at, least(counts_from, l.loaded_at)) as vendor_at,
            coalesce(first_recorded_at, recorded_at, occurred_at, least(counts_from, l.loaded_at)) as first_vendor_at,
            -- The company knew a row from the vendor's own time on where that counts, else from the load on.
            case when vendor_at >= counts_from then vendor_at else l.loaded_at end as known_at,
            case when first_vendor_at >= counts_from then first_vendor_at else l.loaded_at end as first_known_at,
        from placed as v
        inner join loads as l on v.load_id = l.load_id
    """)
    marks.keep(con)
