"""Files with names and addresses, for their owner alone, each replaced as a whole.

- `work/private.duckdb`: who is who after a run, for the commands that look at persons and judge; a file of its own, so
  that these commands neither wait for a run nor hold one up;
- `published/contacts.duckdb`: how to reach each customer, for authorised teams, where the settings ask for it.
"""

from __future__ import annotations

import os
from pathlib import Path

import duckdb

from vocpipe.contracts import SNAPSHOT
from vocpipe.warehouse.publishing import put
from vocpipe.warehouse.rooms import read_room

CONTACTS = "published/contacts.duckdb"


def path_of(directory: Path) -> Path:
    """Path of the private snapshot of a project folder."""
    return directory / SNAPSHOT


def write(con: duckdb.DuckDBPyConnection, directory: Path) -> Path:
    """Put a new snapshot (schema ``people``) in the old one's place, readable by its owner alone.

    Raises RunError where that cannot be done; the old one then stands as it was.
    """
    return write_room(con, "people", path_of(directory), "snapshot")


def write_contacts(con: duckdb.DuckDBPyConnection, directory: Path, *, is_wanted: bool) -> Path | None:
    """Put a new file of contacts (schema ``contact``) in the old one's place; remove it where it is not wanted."""
    path = directory / CONTACTS
    if is_wanted:
        return write_room(con, "contact", path, "file of contacts")
    path.unlink(missing_ok=True)
    return None


def write_room(con: duckdb.DuckDBPyConnection, room: str, path: Path, what: str) -> Path:
    """Write the tables of a room into a file of their own, readable by its owner alone."""
    selects = read_room(room)

    def copy(writer: duckdb.DuckDBPyConnection) -> None:
        writer.execute(f"create schema fresh.{room}")
        for select in selects:
            writer.execute(f"create table fresh.{select.table} as\n{select.sql}")

    old_mask = os.umask(0o077)  # names and addresses
    try:
        return put(con, path, what, copy, {s.table: (s.definition, s.columns) for s in selects})
    finally:
        os.umask(old_mask)
