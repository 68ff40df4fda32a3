"""The shared steps of the room: one SELECT a file of `tables/`, each the temporary table or view of its name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb

from vocpipe.selects import quoted

FOLDER = Path(__file__).parent / "tables"


def step(name: str) -> str:
    """The SELECT of one of the shared steps."""
    return (FOLDER / f"{name}.sql").read_text(encoding="utf-8")


def make(con: duckdb.DuckDBPyConnection, *names: str) -> None:
    """Make the temporary tables of some of the shared steps anew, in this order."""
    for name in names:
        con.execute(f"create or replace temp table {name} as\n{step(name)}")


def define(con: duckdb.DuckDBPyConnection, *names: str) -> None:
    """Make the temporary views of some of the shared steps: what they select is made where it is read."""
    for name in names:
        con.execute(f"create or replace temp view {name} as\n{step(name)}")


def add(con: duckdb.DuckDBPyConnection, table: str, *names: str) -> None:
    """Add what some of the shared steps select to a table; without names, the step that is called like it."""
    for name in names or (table,):
        con.execute(f"insert into {table} by name\n{step(name)}")


def put(con: duckdb.DuckDBPyConnection, table: str, rows: Iterable[Sequence[str]]) -> None:
    """Fill one of the small tables that say what is to be made, in the place of what it held."""
    con.execute(f"delete from {table}")
    if listed := ", ".join(f"({', '.join(map(quoted, row))})" for row in rows):
        con.execute(f"insert into {table} values {listed}")


def drop(con: duckdb.DuckDBPyConnection, tables: Iterable[str], views: Iterable[str]) -> None:
    """Drop temporary tables and views."""
    for name in views:
        con.execute(f"drop view temp.{name}")
    for name in tables:
        con.execute(f"drop table temp.{name}")
