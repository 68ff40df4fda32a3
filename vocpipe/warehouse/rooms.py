"""Runs the SQL rooms: one SELECT a file, in the order in which they read each other, with their comments."""

from __future__ import annotations

import re
from collections.abc import Collection
from graphlib import TopologicalSorter

import duckdb

from vocpipe.selects import PACKAGE, Select, comment, read_select

# A file that only hands a table on becomes a view: nothing is stored twice.
PLAIN = re.compile(r"^select \* from \w+\.\w+\s*$", re.MULTILINE)
# Rooms whose tables nobody outside sees: writing their comments took longer than making the tables of a small project.
PRIVATE = ("staging", "facts")


def read_room(room: str) -> list[Select]:
    """The SELECTs of a room, each behind those that it reads."""
    selects = {s.table: s for s in map(read_select, sorted((PACKAGE / room).glob("*.sql")))}
    reads = {name: {other for other in tables_read(s.sql) if other in selects} for name, s in selects.items()}
    return [selects[name] for name in TopologicalSorter(reads).static_order()]


def tables_read(sql: str) -> set[str]:
    """Names (schema.table) of the tables that a SELECT reads."""
    # DuckDB 2.0 gives "schema.table AS alias" where there is an alias.
    return {name.split(" AS ")[0] for name in duckdb.get_table_names(sql, qualified=True)}


def build_room(con: duckdb.DuckDBPyConnection, room: str, only: Collection[str] = ()) -> None:
    """Make every table of a room anew, or those named alone."""
    con.execute(f"create schema if not exists {room}")
    for select in (s for s in read_room(room) if not only or s.name in only):
        plain = PLAIN.search(select.sql)
        con.execute(f"create or replace {'view' if plain else 'table'} {select.table} as\n{select.sql}")
        if not plain and room not in PRIVATE:
            comment(con, select.table, select.definition, select.columns)
