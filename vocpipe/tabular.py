"""Reads files of rows and columns, whatever they are written in: delimited text, a workbook (XLSX), Parquet."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice

import numpy as np
import orjson
import pyarrow as pa

from vocpipe import columnar, delimited
from vocpipe.contracts import RawRow, Reject, Rows
from vocpipe.delimited import Row
from vocpipe.dialects import dialect_of
from vocpipe.exports import Export

SEPARATOR = "\x1f"  # between the columns of a signature; stands in no column name
SUFFIXES = (".csv", ".tsv", ".txt", ".tab", ".xlsx", ".xlsm", ".xls", ".ods", ".parquet")
SAMPLE = 2000
BATCH = 50_000
Names = Callable[[Sequence[Sequence[str]]], list[str]]
Piece = RawRow | Rows | Reject


def is_table(export: Export) -> bool:
    """Whether a file may be read as a table: by its suffix and, where it is text, by not being JSON."""
    if export.suffix not in SUFFIXES:
        return False
    return export.head(64).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in (b"{", b"[")


def rows_of(export: Export) -> Iterator[Row | Reject]:
    """All rows, the header's too, with the line on which each begins (from 1); blank lines are passed over."""
    if columnar.is_columnar(export):
        return columnar.rows_of(export)
    dialect = dialect_of(export)

    def read(data: bytes, line_no: int, is_last: bool) -> delimited.Found[Row | Reject]:
        return delimited.exact(data, line_no, dialect, is_last)

    return delimited.walk(export, dialect, read, later=delimited.HEAD)  # a sample wants a few rows of many files


def header_of(cells: Sequence[str]) -> list[str]:
    """Column names: trimmed, trailing empty ones dropped, a repeated name gets `_2`, an empty one its position."""
    names = [cell.strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    taken: dict[str, None] = {}
    for position, name in enumerate(names, start=1):
        number, unique = 1, name or f"column_{position}"
        while unique in taken:
            number += 1
            unique = f"{name or f'column_{position}'}_{number}"
        taken[unique] = None
    return list(taken)


def records_of(export: Export, kind: str, head: int = 1, names: Names | None = None) -> Iterator[Piece]:
    """The rows of a file below its ``head`` header rows, as raw rows of one kind.

    ``names`` makes the column names out of the header rows; without it the first row's cells are the names. A row
    that does not fit the header, or repeats it, is a Reject.
    """
    reader = Reader(kind, head, names or (lambda rows: header_of(rows[0])))
    if columnar.is_columnar(export):
        rows = columnar.rows_of(export)
        while batch := list(islice(rows, BATCH)):
            yield from reader.taken(batch)
        return
    dialect = dialect_of(export)

    def read(data: bytes, line_no: int, is_last: bool) -> delimited.Found[Piece]:
        is_known = reader.header and not is_last
        if is_known and (found := delimited.swift(data, line_no, dialect, reader.header, reader.first)):
            cells, lines, used, count = found
            return [Rows(kind, lines, cells)], used, count
        rows, used, count = delimited.exact(data, line_no, dialect, is_last)
        return reader.taken(rows), used, count

    yield from delimited.walk(export, dialect, read)


class Reader:
    """Turns rows into records: takes the header rows first, then fits every row to them."""

    def __init__(self, kind: str, head: int, names: Names) -> None:
        self.kind, self.head, self.names = kind, head, names
        self.first: list[list[str]] = []
        self.header: list[str] = []

    def taken(self, rows: Iterable[Row | Reject]) -> list[Piece]:
        """The records among some rows, and what is none."""
        good: list[Row] = []
        found: list[Piece] = []
        for row in rows:
            if isinstance(row, Reject):
                found.append(row)
            elif not self.header:
                self.learn(row[1])
            else:
                fit = fitted(row, self.header, self.first)
                (found if isinstance(fit, Reject) else good).append(fit)  # type: ignore[arg-type]
        if good:
            found.append(rows_as_table(self.kind, good, self.header))
        return found

    def learn(self, cells: list[str]) -> None:
        """Take one header row; the last one completes the names."""
        self.first.append(cells)
        if len(self.first) == self.head:
            self.header = self.names(self.first) or [f"column_{number + 1}" for number in range(len(cells))]


def fitted(row: Row, header: Sequence[str], first: Sequence[Sequence[str]]) -> Row | Reject:
    """The row with just the header's cells, or why it does not fit. ``first`` are the header rows as written."""
    line_no, cells = row
    body = cells[: len(header)]
    if len(body) < len(header) or any(cell.strip() for cell in cells[len(header) :]):
        reason = f"the row has {len(cells)} cells where the header names {len(header)} columns"
        return Reject(line_no, None, reason, joined(cells))
    if any(cells == line for line in first):
        return Reject(line_no, None, "the header is repeated in the middle of the file", joined(cells))
    return line_no, body


def joined(cells: Sequence[str]) -> str:
    """The cells as one text, to be kept."""
    return "\t".join(cells)


def rows_as_table(kind: str, rows: Sequence[Row], header: Sequence[str]) -> Rows:
    """Rows of cells as one piece."""
    columns = zip(*(cells for _, cells in rows), strict=True)
    cells = pa.table([pa.array(column, pa.string()) for column in columns], names=list(header))
    return Rows(kind, np.array([line_no for line_no, _ in rows]), cells)


def raw_rows(pieces: Iterable[Piece]) -> Iterator[RawRow]:
    """The records of some pieces one by one."""
    for piece in pieces:
        if isinstance(piece, RawRow):
            yield piece
        elif isinstance(piece, Rows):
            for line_no, cells in zip(piece.line_no.tolist(), piece.cells.to_pylist(), strict=True):
                yield RawRow(line_no, 0, piece.kind, orjson.dumps(cells).decode())


# --------------------------------------------------------------------------- recognition


def sample_of(export: Export, size: int = SAMPLE) -> tuple[list[str], dict[str, list[str]]]:
    """Header and the non-empty values by column of the first rows: what recognition looks at.

    A file that is no table, or cannot be opened, gives ([], {}).
    """
    rows = first_rows(export, size + 1)
    header = header_of(rows[0]) if rows else []
    values: dict[str, list[str]] = {name: [] for name in header}
    for row in rows[1:]:
        for name, cell in zip(header, row, strict=False):
            if cell.strip():
                values[name].append(cell.strip())
    return header, values


def first_rows(export: Export, size: int = SAMPLE) -> list[list[str]]:
    """The cells of the first rows of a table (the export's ``sample`` at most), header rows included.

    None where the file is no table.
    """
    if "rows" not in export.seen:
        rows: list[list[str]] = []
        if is_table(export):
            rows = [row[1] for row in islice(rows_of(export), export.sample + 8) if not isinstance(row, Reject)]
        export.seen["rows"] = rows
    return list(export.seen["rows"][:size])


def column_like(header: Sequence[str], *patterns: str) -> str | None:
    """The first column whose name matches a pattern, the patterns being tried in order (case and `_-` ignored)."""
    for pattern in patterns:
        for name in header:
            if re.fullmatch(pattern, re.sub(r"[\s_\-./]+", " ", name).strip().lower()):
                return name
    return None


def mapped_columns(header: Sequence[str], wanted: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Our name → the vendor's column, for each wanted name that a column answers to; no column serves twice."""
    found: dict[str, str] = {}
    for ours, patterns in wanted.items():
        name = column_like([column for column in header if column not in found.values()], *patterns)
        if name:
            found[ours] = name
    return found


def signature_of(columns: Iterable[str]) -> str:
    """What tells one layout from another: its columns, in any order."""
    return SEPARATOR.join(sorted(columns))
