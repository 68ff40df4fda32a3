"""Runs the SQL rooms: one SELECT a file, in the order in which they read each other, with their comments."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

import duckdb

PACKAGE = Path(__file__).parent.parent
COLUMN = re.compile(r"""(?:^|[\s."])(\w+)"?,?\s*--\s*(\S.*)$""")
# A file that only hands a table on becomes a view: nothing is stored twice.
PLAIN = re.compile(r"^select \* from \w+\.\w+\s*$", re.MULTILINE)
# Rooms whose tables nobody outside sees: writing their comments took longer than making the tables of a small project.
PRIVATE = ("staging", "facts")


@dataclass(frozen=True, slots=True)
class Select:
    """One .sql file: the table it makes, its SELECT, its definition and the comments of its columns."""

    room: str
    name: str
    sql: str
    definition: str
    columns: dict[str, str]

    @property
    def table(self) -> str:
        """Schema and name."""
        return f"{self.room}.{self.name}"


def read_select(path: Path) -> Select:
    """The SELECT of one file. The comment lines before it are the definition; `-- …` behind a column describes it."""
    lines = path.read_text(encoding="utf-8").splitlines()
    head = [line[2:].strip() for line in lines[: next(i for i, x in enumerate(lines) if not x.startswith("--"))]]
    found = (COLUMN.search(line) for line in lines[len(head) :])
    columns = {match[1]: match[2] for match in found if match}
    return Select(path.parent.name, path.stem, "\n".join(lines), " ".join(head), columns)


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
    plain = PLAIN.search(select.sql)
    con.execute(f"create or replace {'view' if plain else 'table'} {select.table} as\n{select.sql}")
    if not plain and select.room not in PRIVATE:
        comment(con, select.table, select.definition, select.columns)


def comment(con: duckdb.DuckDBPyConnection, table: str, definition: str, columns: dict[str, str]) -> None:
    """Write the definition of a table and of its columns into the database (columns that it lacks are passed over)."""
    con.execute(f"comment on table {table} is {quoted(definition)}")
    schema, name = table.split(".")
    found = con.execute(
        "select column_name from duckdb_columns() where database_name = current_database() "
        "and schema_name = $1 and table_name = $2",
        [schema, name],
    ).fetchall()
    for (column,) in found:
        if column in columns:
            con.execute(f'comment on column {table}."{column}" is {quoted(columns[column])}')


def quoted(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("'", "''") + "'"
