"""The published tables as Parquet, for tools that read files and know no DuckDB."""

from __future__ import annotations

from pathlib import Path

import duckdb

from vocpipe import folders
from vocpipe.contracts import PUBLISHED
from vocpipe.selects import quoted
from vocpipe.warehouse import rows


def folder_of(directory: Path) -> Path:
    """Where a project's Parquet files stand: one a table, ``<schema>/<table>.parquet``."""
    return (directory / PUBLISHED).with_name("parquet")


def write(directory: Path, *, is_wanted: bool) -> None:
    """Make the files anew from the published file, all in one step; where they are not wanted, remove them.

    Raises RunError where they cannot be written; the last ones then stand.
    """

    def fill(fresh: Path) -> None:
        copy_tables(directory / PUBLISHED, fresh)

    folders.replace(folder_of(directory), fill if is_wanted else None, (OSError, duckdb.IOException))


def copy_tables(published: Path, fresh: Path) -> None:
    """Write each table of the published file into a file of its own."""
    con = duckdb.connect(":memory:")  # Parquet is built in: nothing is looked for on the network
    try:
        con.execute(f"attach {quoted(str(published))} as voc (read_only)")
        found = rows(
            con, "select schema_name, table_name from duckdb_tables() where database_name = 'voc' order by 1, 2"
        )
        for schema, name in found:
            path = fresh / schema / f"{name}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            target = quoted(str(path))
            con.execute(f"copy (from voc.{schema}.{name}) to {target} (format parquet, compression zstd)")
    finally:
        con.close()
