"""Decides which files of a source are to be loaded: those that are of its format and whose bytes it does not hold."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb

from vocpipe.contracts import LABELS, OUR_FOLDERS, Recognition, Source, UsageError
from vocpipe.exports import Damaged, Export, exports_of
from vocpipe.settings import SourceSettings
from vocpipe.tabular import first_rows, header_of, signature_of
from vocpipe.warehouse import rows, value

# The vendor's times count from here on when a source is loaded for the first time.
BEGINNING = datetime(1900, 1, 1)
# Without these a row is of no use, so every file must have them where the settings map them.
NEEDED = {"id", "occurred_at", "ordered_at", "account", "amount"}
# The settings say what the columns are: a few rows are enough to see that a file is of its source's format.
LOOK = 100
# Entries of a mapping that name no column.
NO_COLUMN = ("channel", "occurred_on")
NO_COLUMN_ENDINGS = ("_format", "_decimal")
# Small files share a transaction: up to so many files or bytes.
GROUP_FILES, GROUP_BYTES = 1_000, 200_000_000


@dataclass(frozen=True, slots=True)
class Held:
    """What is already loaded of a source: the SHA-256 of the contents, and whether no load ever came to its end."""

    contents: frozenset[str]
    is_first: bool


@dataclass(frozen=True, slots=True)
class Batch:
    """What all loads of one source in one run share."""

    run_id: str
    loaded_at: datetime
    is_first: bool
    known_from: datetime | None
    directory: Path
    source: SourceSettings
    format: Source


@dataclass(frozen=True, slots=True)
class Load:
    """One export to land; ``found`` is None where it is not of the source's format, and ``problem`` says why."""

    batch: Batch
    export: Export
    sha256: str
    size: int
    modified: int
    found: Recognition | None
    problem: str | None = None
    is_damaged: bool = False

    @property
    def file(self) -> str:
        """The file below the project folder (and its place in an archive), as the tables name it."""
        return named(self.export, self.batch.directory)


def is_as_planned(load: Load) -> bool:
    """Whether a file is still what was looked at: one that is being written to is for the next run."""
    state = load.export.path.stat()
    return (state.st_size, state.st_mtime_ns) == (load.size, load.modified)


def named(export: Export, directory: Path) -> str:
    """An export's path below a folder; a member of an archive stands behind the archive's name."""
    path = export.path.relative_to(directory).as_posix()
    name = f"{path}/{export.member}" if export.member else path
    return name.encode("utf-8", errors="replace").decode()  # a name may hold bytes that are no text


def files_of(directory: Path, source: SourceSettings) -> list[Path]:
    """The files of a source, in the order of their names; never our own folders."""
    found = {path for pattern in source.files for path in directory.glob(pattern) if path.is_file()}
    return sorted(path for path in found if path.relative_to(directory).parts[0] not in (*OUR_FOLDERS, LABELS))


def contents_of(path: Path) -> Iterator[tuple[Export, str, os.stat_result]]:
    """The exports in a file, each with the SHA-256 that tells its content and the state of the file before it."""
    state = path.stat()
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    for export in (replace(export, sample=LOOK) for export in exports_of(path)):
        own = hashlib.sha256(f"{digest}/{export.member}".encode()).hexdigest() if export.member else digest
        yield export, own, state


def held(con: duckdb.DuckDBPyConnection, source: str) -> Held:
    """What is already loaded of a source; a first load that was killed before its end goes on as one."""
    query = "select sha256 from raw.loads where source = $1 and problem is null"
    contents = frozenset(sha256 for (sha256,) in rows(con, query, [source]))
    return Held(contents, not value(con, "select count(*) from raw.first_loads where source = $1", [source]))


def plan(held: Held, batch: Batch) -> list[Load]:
    """The exports of a source whose bytes it does not hold yet. Raises UsageError where a column is missing."""
    loads: dict[str, Load] = {}  # by content: a copy of a file under another name is the same file
    for path in files_of(batch.directory, batch.source):
        try:
            contents = list(contents_of(path))
        except OSError as problem:
            contents = []
            loads[path.as_posix()] = Load(batch, Export(path), "", 0, 0, None, unreadable(problem), is_damaged=True)
        for export, sha256, state in contents:
            if sha256 in held.contents or sha256 in loads:
                continue
            load = looked_at(batch, export, sha256, state)
            if load.found or not export.member or load.is_damaged:  # an archive may hold other sources' files too
                loads[sha256] = load
    require_columns(batch.source, list(loads.values()))
    return list(loads.values())


def looked_at(batch: Batch, export: Export, sha256: str, state: os.stat_result) -> Load:
    """The load of one export, recognised or with the reason why not."""
    known = (batch, export, sha256, state.st_size, state.st_mtime_ns)
    try:
        found = batch.format.recognise(export) or by_columns(batch, export)
        problem = None if found else "is empty" if not export.head(1) else f"is no {batch.format.TITLE}"
    except OSError as error:
        return Load(*known, None, unreadable(error), is_damaged=True)
    finally:
        export.seen.clear()
    return Load(*known, found, problem)


def unreadable(error: Exception) -> str:
    """What to say of a file that cannot be opened or unpacked; never the system's own words, which name paths."""
    return f"cannot be read ({error if isinstance(error, Damaged) else type(error).__name__})"


def by_columns(batch: Batch, export: Export) -> Recognition | None:
    """A table is of a mapped format when it has one of the mapped columns at least, however few rows it holds."""
    columns = set(columns_named(batch.source))
    first = first_rows(export, 1) if columns and getattr(batch.format, "COLUMNS", None) else []
    header = header_of(first[0]) if first else []
    return Recognition(batch.format.NAME, signature_of(header), header) if columns & set(header) else None


def columns_named(source: SourceSettings) -> list[str]:
    """The vendor's columns that a mapping names."""
    return [
        theirs
        for ours, theirs in source.columns.items()
        if ours not in NO_COLUMN and not ours.endswith(NO_COLUMN_ENDINGS)
    ]


def require_columns(source: SourceSettings, loads: Sequence[Load]) -> None:
    """Refuse before anything is written: what a row cannot do without must be in every file, the rest in one."""
    headers = {load.file: set(load.found.header) for load in loads if load.found and load.found.header}
    for file, header in headers.items():
        for choices in loads[0].batch.format.NEEDS:
            if not header & set(choices):
                raise UsageError(f"{file} has no column {' or '.join(choices)!r}: export it again with that column.")
        for ours in NEEDED & source.columns.keys():
            if source.columns[ours] not in header:
                raise missing(source, source.columns[ours], file)
    every: set[str] = set().union(*headers.values())
    named = [question.id for question in source.questions] + columns_named(source)
    for column in named if headers else []:
        if column not in every:
            raise missing(source, column, min(headers))


def missing(source: SourceSettings, column: str, file: str) -> UsageError:
    """What to say of a column that the settings name and a file lacks."""
    return UsageError(
        f"{file} has no column {column!r}, which vocpipe.toml names for the source {source.name!r}: "
        "correct the name there, or export the file with that column."
    )


def groups_of(loads: Sequence[Load]) -> Iterator[list[Load]]:
    """Loads that share a transaction: neighbours of one source, as long as they are small."""
    group: list[Load] = []
    size = 0
    for load in loads:
        is_full = len(group) == GROUP_FILES or size + load.size > GROUP_BYTES
        if group and (is_full or group[0].batch is not load.batch):
            yield group
            group, size = [], 0
        group.append(load)
        size += load.size
    if group:
        yield group
