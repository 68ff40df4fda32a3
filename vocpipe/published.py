"""A read-only connection to the published file, which is replaced as a whole at each publish."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb

from vocpipe.contracts import UsageError


class Published:
    """A DuckDB connection (every method and attribute of it) that follows the published file.

    Before each call it looks whether a new file has taken the old one's place, and opens that. A result that is being
    read stays with the version it was asked of. Temporary tables and registered frames belong to one version.
    """

    def __init__(self, directory: Path) -> None:
        self._path = directory / "published" / "voc.duckdb"
        self._version: tuple[int, int] | None = None
        self._con = self._opened()

    def _opened(self) -> duckdb.DuckDBPyConnection:
        if not self._path.is_file():
            raise UsageError(f"{self._path} is not there: run `vocpipe run {self._path.parents[1]}` first.")
        self._version = self._found()
        # Opened by path, DuckDB would hand out the file that this process already has open: the old one.
        con = duckdb.connect(":memory:")
        con.execute("set autoinstall_known_extensions = false; set autoload_known_extensions = false")
        con.execute("set TimeZone = 'UTC'")
        con.execute(f"attach '{str(self._path).replace(chr(39), chr(39) * 2)}' as voc (read_only)")
        con.execute("use voc")
        return con

    def _found(self) -> tuple[int, int]:
        """What tells the file that now stands in the place from every other."""
        stat = self._path.stat()
        return stat.st_ino, stat.st_mtime_ns

    def __getattr__(self, name: str) -> Any:
        if self._version is not None and self._path.is_file() and self._found() != self._version:
            self._con = self._opened()
        return getattr(self._con, name)

    def __enter__(self) -> Published:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file; further calls fail."""
        self._version = None
        self._con.close()
