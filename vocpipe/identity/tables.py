"""Tables of the identity schema: each from its one SELECT beside this file, with its comments."""

from __future__ import annotations

import re
from importlib.resources import files

import duckdb

COLUMN = re.compile(r"^.*?\b(\w+),\s+-- (.+)$", re.MULTILINE)


def create(con: duckdb.DuckDBPyConnection, name: str) -> int:
    """(Re)creates ``identity.<name>`` from ``<name>.sql`` and returns its number of rows.

    The file's first comment becomes the comment of the table, the comment behind each column that of the column.
    """
    select = files(__package__).joinpath(f"{name}.sql").read_text(encoding="utf-8")
    con.execute(f"create or replace table identity.{name} as\n{select}")
    for statement in _comments(name, select):
        con.execute(statement)
    return int(con.execute(f"select count(*) from identity.{name}").fetchall()[0][0])


def _comments(name: str, select: str) -> list[str]:
    head = select[: select.index("with\n")]
    title = " ".join(line.removeprefix("--").strip() for line in head.splitlines())
    said = [f"comment on table identity.{name} is {_quoted(title.strip())}"]
    final = select[select.rindex("\nselect") :]
    return said + [f"comment on column identity.{name}.{c} is {_quoted(text)}" for c, text in COLUMN.findall(final)]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
