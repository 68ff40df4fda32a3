"""Tables of the identity schema: each from its one SELECT beside this file, with its comments."""

from __future__ import annotations

import duckdb

from vocpipe.selects import PACKAGE, Select, comment, read_select

# The tables, and the columns that name the record (of pairs: the first one) that a row is about.
ONE, PAIR = ("source", "record_id"), ("source_a", "record_id_a")
KEYS = {
    "identifiers": ONE,
    "unusable_identifiers": ONE,
    "decisions": None,
    "candidates": None,
    "links": ONE,
    "contradictions": PAIR,
    "customers": ONE,
    "former_ids": ONE,
}
READ = ("identifiers", "unusable_identifiers")  # what each record says by itself, whoever else is there


def make(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """(Re)creates the temporary table ``fresh_<name>`` from ``<name>.sql``: what this run finds."""
    con.execute(f"create or replace temp table fresh_{name} as\n{select_of(name).sql}")


def store(con: duckdb.DuckDBPyConnection, name: str, scope: str | None) -> None:
    """Puts what this run found into ``identity.<name>``.

    ``scope`` names the temporary table of the records that were looked at: their rows are replaced; None: all are. The
    file's first comment becomes the comment of the table, the comment behind each column that of the column.
    """
    key = KEYS[name]
    if scope and key:
        con.execute(f"delete from identity.{name} where {within(scope, *key)}")
        con.execute(f"insert into identity.{name} select * from fresh_{name}")
    else:
        con.execute(f"create or replace table identity.{name} as select * from fresh_{name}")
        select = select_of(name)
        comment(con, select.table, select.definition, select.columns)
    con.execute(f"drop table fresh_{name}")


def within(scope: str | None, source: str = "source", record_id: str = "record_id") -> str:
    """SQL: whether a record is one of the temporary table ``scope`` (source, record_id); None: all are.

    Two plain columns are compared: pairs of them as one value take ten times as long over a million rows.
    """
    if not scope:
        return "true"
    looked_at = f"{scope} as looked_at(its_source, its_record_id)"
    return f"exists (select 1 from {looked_at} where its_source = {source} and its_record_id = {record_id})"


def counts(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Returns the number of rows of each table."""
    return {name: con.execute(f"select count(*) from identity.{name}").fetchall()[0][0] for name in KEYS}


def select_of(name: str) -> Select:
    """Returns the SELECT of a table."""
    return read_select(PACKAGE / "identity" / f"{name}.sql")
