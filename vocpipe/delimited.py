"""Reads delimited text as vendors write it: finds the encoding and the delimiter, keeps line numbers, loses no row."""

from __future__ import annotations

import codecs
import csv
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import orjson

from vocpipe.contracts import RawRow, Reject

BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
Row = tuple[int, list[str]]
SEPARATOR = "\x1f"  # between the columns of a signature; stands in no column name


def encoding_of(path: Path) -> str:
    """The text encoding of a file: by its byte-order mark, else UTF-8 where every byte agrees, else cp1252."""
    with path.open("rb") as file:
        start = file.read(4)
        for mark, name in BOMS.items():
            if start.startswith(mark):
                return name
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            for block in iter(lambda: file.read(1 << 20), b""):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8"


def rows_of(path: Path) -> Iterator[Row]:
    """The rows of a file with the line on which each begins (from 1); blank lines are passed over."""
    csv.field_size_limit(sys.maxsize)  # a long answer is no error; Python's default stops at 128 KiB
    with path.open(encoding=encoding_of(path), errors="replace", newline="") as file:
        delimiter = delimiter_of(file.readline())
        file.seek(0)
        reader = csv.reader(file, delimiter=delimiter)
        line_no = 1
        for row in reader:
            if row:
                yield line_no, row
            line_no = reader.line_num + 1


def delimiter_of(line: str) -> str:
    """The delimiter that divides a header line into the most cells."""
    return max(",;\t|", key=lambda mark: len(next(csv.reader([line], delimiter=mark), [])))


def header_of(cells: Sequence[str]) -> list[str]:
    """Column names: trimmed, trailing empty ones dropped, a repeated name gets `_2`, an empty one its position."""
    names = [cell.strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    seen: dict[str, int] = {}
    unique = []
    for position, name in enumerate(names, start=1):
        name = name or f"column_{position}"
        seen[name] = seen.get(name, 0) + 1
        unique.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return unique


def table_of(path: Path) -> tuple[list[str], Iterator[Row]]:
    """Header and rows of a file whose first row is its header; an empty file gives ([], no rows)."""
    rows = rows_of(path)
    first = next(rows, None)
    return (header_of(first[1]), rows) if first else ([], rows)


def fitted(row: Row, header: Sequence[str]) -> Row | Reject:
    """The row with just the header's cells, or why it does not fit."""
    line_no, cells = row
    body = cells[: len(header)]
    if len(body) < len(header) or any(cell.strip() for cell in cells[len(header) :]):
        reason = f"the row has {len(cells)} cells where the header names {len(header)} columns"
        return Reject(line_no, None, reason, joined(cells))
    if body == list(header):
        return Reject(line_no, None, "the header is repeated in the middle of the file", joined(cells))
    return line_no, body


def joined(cells: Sequence[str]) -> str:
    """The cells as one text, to be kept."""
    return "\t".join(cells)


def sample_of(path: Path, size: int = 2000) -> tuple[list[str], dict[str, list[str]]]:
    """Header and the non-empty values by column of the first rows: what recognition looks at."""
    header, rows = table_of(path)
    values: dict[str, list[str]] = {name: [] for name in header}
    for _, row in zip(range(size), rows, strict=False):
        for name, cell in zip(header, row[1], strict=False):
            if cell.strip():
                values[name].append(cell.strip())
    return header, values


def records_of(path: Path, kind: str) -> Iterator[RawRow | Reject]:
    """The rows of a file with one header row, as raw rows of one kind."""
    header, rows = table_of(path)
    for row in rows:
        fit = fitted(row, header)
        if isinstance(fit, Reject):
            yield fit
        else:
            yield RawRow(fit[0], 0, kind, orjson.dumps(dict(zip(header, fit[1], strict=True))).decode())


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
