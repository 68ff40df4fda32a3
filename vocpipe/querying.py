"""`vocpipe query`: a result of the published file as a table, CSV or JSON."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import Any

import duckdb

from vocpipe import connect
from vocpipe.contracts import UsageError
from vocpipe.escaping import as_cell, as_json, escaped

TABLES = """
select schema_name || '.' || table_name as "table", estimated_size as "rows", comment as "definition"
from duckdb_tables() where database_name = 'voc' order by 1
"""


def query(directory: Path, sql: str | None, shape: str) -> None:
    """Print the result of one query on the published file. Raises UsageError for SQL that does not run."""
    con = connect(directory)
    try:
        try:
            result = con.execute(sql or TABLES)
        except duckdb.Error as problem:
            raise UsageError(f"the query does not run: {str(problem).splitlines()[0]}") from problem
        names = [column[0] for column in result.description or []]
        found = result.fetchall()
    finally:
        con.close()
    {"csv": print_csv, "json": print_json, "table": print_table}[shape](names, found)


def print_csv(names: list[str], found: list[tuple[Any, ...]]) -> None:
    """Comma-separated values with a header; no cell is a formula to a spreadsheet."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(
        [as_cell(cell if not isinstance(cell, list | dict) else str(cell)) for cell in row] for row in found
    )


def print_json(names: list[str], found: list[tuple[Any, ...]]) -> None:
    """A JSON list of objects; times as ISO 8601."""
    print(as_json([dict(zip(names, row, strict=True)) for row in found]))


def print_table(names: list[str], found: list[tuple[Any, ...]]) -> None:
    """A table for people; long texts wrap. Control characters of verbatims are written out."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(show_edge=False, header_style="bold")
    for position, name in enumerate(names):
        numeric = any(isinstance(row[position], int | float) for row in found[:20])
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in found:
        table.add_row(*(Text(shown(cell)) for cell in row))
    console = Console(width=None if sys.stdout.isatty() else 200)
    console.print(table)
    console.print(f"{len(found)} row{'' if len(found) == 1 else 's'}", style="dim")


def shown(cell: Any) -> str:
    """A cell as text: four decimals, nothing for null, control characters written out."""
    if cell is None:
        return ""
    return f"{cell:.4f}".rstrip("0").rstrip(".") if isinstance(cell, float) else escaped(str(cell))
