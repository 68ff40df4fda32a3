"""Read-only connections to what a run leaves for readers: files that are replaced as a whole, never written to."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb

from vocpipe.contracts import PUBLISHED, SNAPSHOT, UsageError


class Published:
    """A DuckDB connection (every method and attribute of it) that follows the published file.

    Before each call it looks whether a new file has taken the old one's place, and opens that. A result that is being
    read stays with the version it was asked of. Temporary tables and registered frames belong to one version.
    """

    def __init__(self, directory: Path) -> None:
        self._path = published_in(directory)
        self._version: tuple[int, int] | None = None
        self._con = self._opened()

    def _opened(self) -> duckdb.DuckDBPyConnection:
        require(self._path)
        self._version = self._found()
        con = attached({"voc": self._path})
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


def published_in(directory: Path) -> Path:
    """Path of the published file of a project folder."""
    return directory / PUBLISHED


def people_in(directory: Path) -> Path:
    """Path of the private snapshot of a project folder."""
    return directory / SNAPSHOT


def open_people(directory: Path) -> duckdb.DuckDBPyConnection:
    """The private snapshot of the last run (schema ``people``), and the published file as ``voc`` where there is one.

    For one command: it does not follow later runs. Raises UsageError where no run has been done yet.
    """
    require(people_in(directory))
    files = {"snapshot": people_in(directory), "voc": published_in(directory)}
    con = attached({name: path for name, path in files.items() if path.is_file()})
    con.execute("use snapshot")
    return con


def require(path: Path) -> None:
    """Raises UsageError, with what to do, where a run has not yet made the file."""
    if not path.is_file():
        raise UsageError(f"{path} is not there: run `vocpipe run {path.parents[1]}` first.")


def attached(files: dict[str, Path]) -> duckdb.DuckDBPyConnection:
    """A connection that reads each file under its name."""
    # Opened by path, DuckDB would hand out the file that this process already has open: the old one.
    con = duckdb.connect(":memory:")
    con.execute("set autoinstall_known_extensions = false; set autoload_known_extensions = false")
    con.execute("set TimeZone = 'UTC'")
    for name, path in files.items():
        con.execute(f"attach '{str(path).replace(chr(39), chr(39) * 2)}' as {name} (read_only)")
    return con
