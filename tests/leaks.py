"""Looks for strings in everything a project wrote, by its own plain reading: no code of the product takes part."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb

OURS = ("work", "published")
START = 6  # letters by which a string is looked for first


def files_of(project: Path) -> Iterator[Path]:
    """Every file that the project wrote."""
    for folder in OURS:
        yield from (path for path in sorted((project / folder).rglob("*")) if path.is_file())
    yield from sorted(project.glob("vocpipe.toml*"))


def texts_of(path: Path) -> Iterator[tuple[str, str]]:
    """Place and text of every column, comment, view and macro of a DuckDB or Parquet file; of others their bytes."""
    if path.suffix == ".parquet":
        with duckdb.connect() as con:
            yield path.name, str(con.execute(f"from read_parquet('{path}')").fetchall())
        return
    yield path.name, path.read_bytes().decode("utf-8", errors="replace")
    if path.suffix != ".duckdb":
        return
    with duckdb.connect(":memory:") as con:
        con.execute(f"attach '{path}' as looked (read_only); use looked")
        columns = con.execute(
            "select schema_name, table_name, column_name from duckdb_columns() "
            "where database_name = 'looked' and not internal"
        ).fetchall()
        assert columns
        for schema, table, column in columns:
            values = con.execute(f'select distinct cast("{column}" as varchar) from {schema}."{table}"').fetchall()
            yield f"{path.name} {schema}.{table}.{column}", "\n".join(value or "" for (value,) in values)
        for what in ("tables", "columns", "views", "functions"):
            said = con.execute(f"select * from duckdb_{what}() where database_name = 'looked'").fetchall()
            yield f"{path.name} {what}", "\n".join(str(row) for row in said)


def found(files: Iterable[Path], secrets: Iterable[str]) -> set[tuple[str, str]]:
    """(string, place) of every one of the strings that stands somewhere, whatever its case."""
    wanted: dict[str, list[str]] = {}
    for secret in {secret.lower() for secret in secrets if secret}:
        assert len(secret) >= START, "too short to be told apart"
        wanted.setdefault(secret[:START], []).append(secret)
    return {
        (secret, place)
        for path in files
        for place, text in texts_of(path)
        for lowered in [text.lower()]
        # Of thousands of strings those that may be there: their first letters are.
        for start in wanted.keys() & {lowered[i : i + START] for i in range(len(lowered))}
        for secret in wanted[start]
        if secret in lowered
    }
