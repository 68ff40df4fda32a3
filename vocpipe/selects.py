"""One SELECT a file: the table that it makes, what the table and its columns are, and how the database is told so."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import duckdb

PACKAGE = Path(__file__).parent
COLUMN = re.compile(r"""(?:^|[\s."])(\w+)"?,?\s*--\s*(\S.*)$""")


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


def comment(con: duckdb.DuckDBPyConnection, table: str, definition: str, columns: dict[str, str]) -> None:
    """Write the definition of a table and of its columns into the database (columns that it lacks are passed over)."""
    found = [row[0] for row in con.execute(f"select name from pragma_table_info({quoted(table)})").fetchall()]
    told = [f"comment on table {table} is {quoted(definition)}"]
    told += [
        f'comment on column {table}."{column}" is {quoted(columns[column])}' for column in found if column in columns
    ]
    con.execute("; ".join(told))


def quoted(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("'", "''") + "'"
