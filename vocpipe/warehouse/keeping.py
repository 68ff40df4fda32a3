"""Keeps the conformed rows of earlier runs, so that a night reads only the raw rows that are new to it.

A format whose rows say the same whatever other rows are held has ``KEPT``: SQL of the row ids that say it at any later
as-of time too. What its SELECTs make of such a row is kept in the schema ``kept`` and holds as long as the row, the
settings of its source and the code that read it stay what they were; where one of them did not, the rows are read anew.
So the tables are always those that reading everything anew would give (a test holds it for every format).
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

import duckdb

from vocpipe.contracts import CONFORMED
from vocpipe.settings import Settings, SourceSettings
from vocpipe.sources import formats
from vocpipe.warehouse import SESSION, rows, transaction, value

# What of a source's settings says nothing of how its rows are read.
ASIDE = {"files", "keep_days", "stale_days"}
OUTDATED = """
create or replace temp table outdated as
select k.row_id
from kept.records as k
left join raw.records as r on k.row_id = r.row_id and k.body_hash = r.body_hash
where r.row_id is null
    or (k.source, k.recipe) not in (select (source, recipe) from recipes)
"""
NEW = """
create or replace temp table new_rows as
select r.row_id, r.load_id, r.line_no, r.item_no, r.body_hash
from raw.records as r
inner join raw.loads as l on r.load_id = l.load_id
left join kept.records as k on r.row_id = k.row_id
where l.source = $1 and r.format = $2 and k.row_id is null
"""
# What is kept of a row besides what it says: where it stands, and by what it was read.
BESIDE = {"load_id": "bigint", "line_no": "bigint", "item_no": "integer", "body_hash": "uhugeint", "source": "varchar",
          "recipe": "varchar"}  # fmt: skip


def look_over(con: duckdb.DuckDBPyConnection, settings: Settings, read_by: Path) -> frozenset[str]:
    """Drop what does not hold any more; returns the sources whose rows may be kept in this run.

    ``read_by`` is the file of the code that reads rows. A run that looks back, or that knows no as-of time, keeps
    nothing and uses nothing of what is kept.
    """
    as_of: datetime | None = value(con, "select cast(getvariable('as_of') as timestamp)")
    lay_out(con)
    until: datetime | None = value(con, "select max(as_of) from kept.until")
    if as_of is None or (until and as_of < until):
        return frozenset()
    code = read_by.read_bytes()
    recipes = {
        source.name: recipe_of(source, settings.brand_handles, code)
        for source in settings.sources
        if hasattr(formats()[source.format], "KEPT")
    }
    con.execute("create or replace temp table recipes (source varchar, recipe varchar)")
    for name, recipe in recipes.items():
        con.execute("insert into recipes values ($1, $2)", [name, recipe])
    con.execute(OUTDATED)
    with transaction(con):
        con.execute("delete from kept.until")
        con.execute("insert into kept.until values ($1)", [as_of])
        drop(con, "outdated")
    return frozenset(recipes)


def lay_out(con: duckdb.DuckDBPyConnection) -> None:
    """Make the tables of the schema where they are not there, or have other columns than conformed tables now have."""
    layout = repr((CONFORMED, BESIDE))
    held = "select count(*) from duckdb_tables() where schema_name = 'kept' and table_name = 'layout'"
    if value(con, held) and rows(con, "select layout from kept.layout") == [(layout,)]:
        return
    with transaction(con):
        forget(con)
        con.execute("create schema kept")
        con.execute("create table kept.until (as_of timestamp)")
        for table, columns in CONFORMED.items():
            further = BESIDE if table == "records" else {}
            con.execute(f"create table kept.{table} ({described(columns | further)})")
        con.execute("create table kept.layout as select cast($1 as varchar) as layout", [layout])


def described(columns: dict[str, str]) -> str:
    """SQL of the columns of a conformed table."""
    return ", ".join(f'"{name}" {kind}' for name, kind in columns.items())


def recipe_of(source: SourceSettings, brand_handles: list[str], code: bytes) -> str:
    """The hash of all that says how the rows of a source are read."""
    chosen = formats()[source.format]
    given = (source.model_dump_json(exclude=ASIDE), brand_handles, SESSION, duckdb.__version__)
    told = (
        *given,
        {name: str(getattr(chosen, name, "")) for name in ("PARSED", "SELECT", "KEPT", "COLUMNS", "FIELDS")},
    )
    return hashlib.sha256(repr(told).encode() + code).hexdigest()


def find_new(con: duckdb.DuckDBPyConnection, source: SourceSettings) -> int:
    """Make the temporary table ``new_rows`` of a source's rows that are not kept; returns how many these are."""
    con.execute(NEW, [source.name, source.format])
    return int(value(con, "select count(*) from new_rows"))


def note(con: duckdb.DuckDBPyConnection, source: SourceSettings, records: str) -> None:
    """Keep the records of ``new_rows`` that the SELECT ``records`` gives."""
    con.execute(
        f"""
        insert into kept.records by name
        select v.*, n.* exclude (row_id), $1 as source, (select recipe from recipes where source = $1) as recipe
        from ({records}) as v
        inner join new_rows as n on v.row_id = n.row_id
        """,
        [source.name],
    )


def let_pass(con: duckdb.DuckDBPyConnection, source: SourceSettings) -> bool:
    """Drop those of ``new_rows`` again that would be read otherwise at a later as-of time.

    They are in the temporary table ``passing``. Returns whether there are any. The tables of the format are there.
    """
    kept = vars(formats()[source.format])["KEPT"]
    con.execute(f"create or replace temp table passing as select row_id from new_rows where row_id not in ({kept})")
    return drop(con, "passing")


def drop(con: duckdb.DuckDBPyConnection, those: str) -> bool:
    """Delete the rows of a temporary table from all that is kept; returns whether there are any."""
    if not value(con, f"select count(*) from {those}"):
        return False
    for table in CONFORMED:
        con.execute(f"delete from kept.{table} where row_id in (select row_id from {those})")
    return True


def forget(con: duckdb.DuckDBPyConnection) -> None:
    """Keep nothing any more: the next run reads all rows anew."""
    con.execute("drop schema if exists kept cascade")


def forget_derived(con: duckdb.DuckDBPyConnection) -> None:
    """Empty every cache of costly work, so that all is made anew from raw and the decisions."""
    for table in (
        "identity.phones",
        "enrichment.redactions",
        "enrichment.redaction_marks",
        "enrichment.annotations",
        "enrichment.annotation_history",
    ):
        con.execute(f"delete from {table}")
    forget(con)
