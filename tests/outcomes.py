"""What became of the rows of a small project's files, as tests compare it."""

from __future__ import annotations

import duckdb

from vocpipe.warehouse import rows
from vocpipe.warehouse.rooms import build_room

# One equation a load: every row of a file is used, set aside, already held, or a piece that is no row.
UNACCOUNTED = """
    select file, rows_in, rows_used, rows_set_aside, rows_unchanged, rows_unreadable
    from quality.loads
    where rows_in <> rows_used + rows_set_aside + rows_unchanged + rows_unreadable
"""


def used(con: duckdb.DuckDBPyConnection) -> list[tuple]:
    """Line and key of every row in use, in the order of files and lines."""
    found = rows(
        con, "select line_no, record_key from staging.records where reason is null order by file, line_no, item_no"
    )
    assert not unaccounted(con)
    return found


def quarantine(con: duckdb.DuckDBPyConnection) -> list[tuple]:
    """File, line, column and reason of everything that is not used."""
    build_room(con, "quality", only=("loads", "quarantine"))
    return rows(
        con, 'select file, line_no, "column", reason from quality.quarantine order by file, line_no, item_no, reason'
    )


def unaccounted(con: duckdb.DuckDBPyConnection) -> list[tuple]:
    """The loads whose rows do not add up; there should be none."""
    build_room(con, "quality", only=("loads", "quarantine"))
    return rows(con, UNACCOUNTED)
