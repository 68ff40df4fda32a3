"""The published tables as Parquet, for tools that read files and know no DuckDB."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import duckdb

from vocpipe.contracts import PUBLISHED, RunError
from vocpipe.selects import quoted
from vocpipe.warehouse import rows


def folder_of(directory: Path) -> Path:
    """Where a project's Parquet files stand: one a table, ``<schema>/<table>.parquet``."""
    return (directory / PUBLISHED).with_name("parquet")


def write(directory: Path, *, is_wanted: bool) -> None:
    """Make the files anew from the published file, all in one step; where they are not wanted, remove them.

    Raises RunError where they cannot be written; the last ones then stand.
    """
    target = folder_of(directory)
    fresh, old = target.with_name(".parquet.new"), target.with_name(".parquet.old")
    try:
        for leftover in (fresh, old):
            shutil.rmtree(leftover, ignore_errors=True)
        if is_wanted:
            copy_tables(directory / PUBLISHED, fresh)
        if target.exists():
            os.replace(target, old)
        if is_wanted:
            os.replace(fresh, target)
        shutil.rmtree(old, ignore_errors=True)
    except (OSError, duckdb.IOException) as problem:
        raise RunError(
            f"{target} could not be written ({type(problem).__name__}): look at the disk's free space and at the "
            f"rights of the folder, then run again. {directory / PUBLISHED} is published all the same."
        ) from problem


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
