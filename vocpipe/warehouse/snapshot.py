"""The private snapshot `work/private.duckdb`: who is who after a run, for the commands that look at persons and judge.

It is a file of its own, replaced as a whole, so that these commands neither wait for a run nor hold one up.
"""

from __future__ import annotations

import os
from pathlib import Path

import duckdb

from vocpipe.contracts import SNAPSHOT
from vocpipe.warehouse.publishing import put
from vocpipe.warehouse.rooms import read_room


def path_of(directory: Path) -> Path:
    """Path of the private snapshot of a project folder."""
    return directory / SNAPSHOT


def write(con: duckdb.DuckDBPyConnection, directory: Path) -> Path:
    """Put a new snapshot (schema ``people``) in the old one's place, readable by its owner alone.

    Raises RunError where that cannot be done; the old one then stands as it was.
    """
    selects = read_room("people")

    def copy(writer: duckdb.DuckDBPyConnection) -> None:
        writer.execute("create schema fresh.people")
        for select in selects:
            writer.execute(f"create table fresh.{select.table} as\n{select.sql}")

    old_mask = os.umask(0o077)  # names and addresses
    try:
        return put(con, path_of(directory), "snapshot", copy, {s.table: (s.definition, s.columns) for s in selects})
    finally:
        os.umask(old_mask)
