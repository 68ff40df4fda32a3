"""vocpipe: voice-of-customer analytics on one machine, joined to the customer record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

    from vocpipe.pipeline import Summary

__all__ = ["connect", "run"]


def connect(directory: str | Path) -> duckdb.DuckDBPyConnection:
    """A read-only DuckDB connection to a project's published file.

    A publish puts a new file in the old one's place: a connection keeps the version it was opened on; connect again
    to see the new one. Raises UsageError where nothing was published yet.
    """
    import duckdb

    from vocpipe.contracts import UsageError

    path = Path(directory) / "published" / "voc.duckdb"
    if not path.is_file():
        raise UsageError(f"{path} is not there: run `vocpipe run {directory}` first.")
    # A second instance of the same path in one process would be handed the old file: each gets its own name.
    con = duckdb.connect(":memory:")
    try:
        con.execute("set autoinstall_known_extensions = false; set autoload_known_extensions = false")
        con.execute("set TimeZone = 'UTC'")
        con.execute(f"attach '{str(path).replace(chr(39), chr(39) * 2)}' as voc (read_only)")
        con.execute("use voc")
    except BaseException:
        con.close()
        raise
    return con


def run(directory: str | Path, **options: Any) -> Summary:
    """The whole nightly job on a project folder; options as for ``vocpipe.pipeline.run``."""
    from vocpipe import pipeline

    return pipeline.run(Path(directory), **options)
