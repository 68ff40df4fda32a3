"""Runs the SQL rooms: one SELECT a file, in the order in which they read each other.

What tables and columns are is written into the published file alone (`publishing`): in the work file it would take
longer than making the tables of a small project.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from graphlib import TopologicalSorter

import duckdb

from vocpipe.selects import PACKAGE, Select, read_select

# A file that only hands a table on becomes a view: nothing is stored twice.
PLAIN = re.compile(r"^select \* from \w+\.\w+\s*$", re.MULTILINE)


def read_room(room: str) -> list[Select]:
    """The SELECTs of a room, each behind those that it reads."""
    selects = {s.table: s for s in map(read_select, sorted((PACKAGE / room).glob("*.sql")))}
    reads = {name: {other for other in tables_read(s.sql) if other in selects} for name, s in selects.items()}
    return [selects[name] for name in TopologicalSorter(reads).static_order()]


def needed(wanted: Collection[str], held: Collection[str]) -> list[Select]:
    """The SELECTs of facts, marts, actions and lists behind some tables, each behind those that it reads.

    Tables that are ``held`` stand already, and nothing behind them is needed.
    """
    order = [select for room in ("facts", "marts", "actions") for select in read_room(room)]
    by_table = {select.table: select for select in order}
    found: set[str] = set()
    waiting = list(wanted)
    while waiting:
        table = waiting.pop()
        if table in by_table and table not in found and table not in held:
            found.add(table)
            waiting += tables_read(by_table[table].sql)
    return [select for select in order if select.table in found]


def tables_read(sql: str) -> set[str]:
    """Names (schema.table) of the tables that a SELECT reads."""
    # DuckDB 2.0 gives "schema.table AS alias" where there is an alias.
    return {name.split(" AS ")[0] for name in duckdb.get_table_names(sql, qualified=True)}


def build_room(con: duckdb.DuckDBPyConnection, room: str, only: Collection[str] = ()) -> None:
    """Make every table of a room anew, or those named alone."""
    con.execute(f"create schema if not exists {room}")
    for select in (s for s in read_room(room) if not only or s.name in only):
        build(con, select)


def build(con: duckdb.DuckDBPyConnection, select: Select) -> None:
    """Make one table anew."""
    kind = "view" if PLAIN.search(select.sql) else "table"
    con.execute(f"create or replace {kind} {select.table} as\n{select.sql}")
