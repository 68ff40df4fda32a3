"""Reads delimited text as vendors write it: keeps line numbers, loses no row.

Blocks without damage are read by pyarrow, all others row by row with Python's csv module: the same rows either way
(a property test holds it). Quotes are read strictly: of a record whose quotes are damaged the first line is set aside
and reading goes on with the next, so an unclosed quote never swallows good rows.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from vocpipe.contracts import Reject
from vocpipe.dialects import LOST, Dialect
from vocpipe.exports import Damaged, Export

Row = tuple[int, list[str]]
T = TypeVar("T")
Found = tuple[list[T], int, int]  # what was found, bytes used, lines used

BLOCK = 1 << 22
HEAD = 1 << 16
# A record over more lines or bytes than this has lost its closing quote.
LONGEST_LINES, LONGEST_BYTES = 10_000, 1 << 26
# The five bytes that cp1252 has no sign for stand for control characters, as every browser reads them.
C1 = {0xDC00 + byte: byte for byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}
TWO_BYTES = re.compile(rb"[\xc2-\xf4][\x80-\xbf]")  # how a character beyond ASCII begins in UTF-8


def blocks_of(export: Export, dialect: Dialect, later: int) -> Iterator[bytes]:
    """The file in pieces of UTF-8 (cp1252 files as they are) with plain line ends; a small piece comes first."""
    decoder = codecs.getincrementaldecoder(dialect.encoding)("replace")
    with export.opened() as file:
        file.read(dialect.mark)
        size = HEAD
        while block := file.read(size):
            size = later
            if dialect.encoding.startswith(("utf-16", "utf-32")):
                block = decoder.decode(block).encode("utf-8", errors="surrogatepass")
            # Where CR ends the lines, an LF is a break within a cell.
            yield block.replace(b"\n", b" ").replace(b"\r", b"\n") if dialect.is_cr else block


def walk(
    export: Export, dialect: Dialect, read: Callable[[bytes, int, bool], Found[T]], later: int | None = None
) -> Iterator[T | Reject]:  # fmt: skip
    """What a reader makes of a file, block by block; what a block leaves unfinished goes to the next one.

    The reader gets bytes, the number of their first line and whether they are the last, and gives back what it found
    with the bytes and lines used. ``later`` is the size of all blocks but the first. Raises Damaged after the last row
    where the file could not be unpacked to its end.
    """
    parts: list[bytes] = []
    line_no = 1
    try:
        for block in blocks_of(export, dialect, later or BLOCK):
            parts.append(block)
            if b"\n" not in block:
                continue  # a line of many blocks is put together once
            data = b"".join(parts)
            found, used, count = read(data, line_no, False)
            yield from found
            parts, line_no = [data[used:]], line_no + count
    except Damaged:
        text = b"".join(parts).decode("utf-8", errors="replace")
        yield from [Reject(line_no, None, "the file is damaged from here on", kept(text))] if text else []
        raise
    if rest := b"".join(parts):
        yield from read(rest, line_no, True)[0]


# --------------------------------------------------------------------------- row by row


def exact(data: bytes, line_no: int, dialect: Dialect, is_last: bool) -> Found[Row | Reject]:
    """The rows of a block row by row, with the bytes and lines used; an unfinished record is left for the next block.

    At the end of the file (``is_last``) nothing is left.
    """
    encoding = "cp1252" if dialect.encoding == "cp1252" else "utf-8"
    lines = list(io.StringIO(data.decode(encoding, errors="surrogateescape"), newline=""))
    if not is_last and lines and (not lines[-1].endswith("\n")):
        lines.pop()
    found: list[Row | Reject] = []
    at = 0
    while at < len(lines):
        cells, used = record_at(lines, at, dialect.delimiter)
        if cells is None and at + used >= len(lines) and not is_last and not is_too_long(lines[at:]):
            break  # the quote may close in the next block
        if cells is None:
            text = lines[at].rstrip("\r\n")
            found.append(Reject(line_no + at, None, "the quotes of this row are not closed or misplaced", kept(text)))
            at += 1
            continue
        if cells:
            found.append(checked(line_no + at, cells, dialect))
        at += used
    left = "".join(lines[:at]).encode(encoding, errors="surrogateescape")
    return found, len(left), at


def is_too_long(lines: Sequence[str]) -> bool:
    """Whether so many lines cannot be one record."""
    return len(lines) > LONGEST_LINES or sum(map(len, lines)) > LONGEST_BYTES


def record_at(lines: Sequence[str], at: int, delimiter: str) -> tuple[list[str] | None, int]:
    """The cells of the record that begins at a line and how many lines it takes; None where its quotes are damaged."""
    if '"' not in lines[at]:
        text = lines[at].rstrip("\r\n")
        return (text.split(delimiter) if text else []), 1
    ahead = (lines[number] for number in range(at, min(len(lines), at + LONGEST_LINES)))
    reader = csv.reader(ahead, delimiter=delimiter, strict=True)
    try:
        return next(reader), reader.line_num
    except csv.Error:
        return None, reader.line_num


def checked(line_no: int, cells: list[str], dialect: Dialect) -> Row | Reject:
    """The row, or why its bytes are not text."""
    text = "".join(cells)
    if "\0" in text:
        return Reject(line_no, None, "the row holds NUL bytes", kept("\t".join(cells)))
    if text.isascii():
        return line_no, cells
    if dialect.encoding == "cp1252":
        if is_utf8(text.encode("cp1252", errors="surrogateescape")):
            return Reject(line_no, None, "the row is UTF-8 in a file that is cp1252", kept("\t".join(cells)))
        return line_no, [cell.translate(C1) for cell in cells]
    if LOST.search(text) or (dialect.encoding.startswith(("utf-16", "utf-32")) and "\ufffd" in text):
        reason = f"the row holds bytes that are no text in the file's encoding ({dialect.encoding})"
        return Reject(line_no, None, reason, kept("\t".join(cells)))
    return line_no, cells


def is_utf8(data: bytes) -> bool:
    """Whether bytes beyond ASCII are UTF-8."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def kept(text: str) -> str:
    """A text as it can be stored: bytes that are no text become the sign for that."""
    return LOST.sub("\ufffd", text).replace("\0", "\u2400")


# --------------------------------------------------------------------------- whole blocks


def swift(
    data: bytes, line_no: int, dialect: Dialect, header: Sequence[str], first: Sequence[Sequence[str]]
) -> tuple[pa.Table, np.ndarray, int, int] | None:
    """The records of a block as columns, their lines, and the bytes and lines used; None where a row needs a look.

    ``first`` are the header rows as written: a row has as many cells, and those beyond ``header`` are empty.
    """
    if b"\0" in data or (b"\r" in data and data.count(b"\r") != data.count(b"\r\n")):
        return None
    array = np.frombuffer(data, np.uint8)
    breaks = np.flatnonzero(array == 10)
    ends = breaks
    quotes = 0
    if b'"' in data:
        marks = np.flatnonzero(array == 34)
        parity = np.searchsorted(marks, breaks) & 1
        ends = breaks[parity == 0]
        quotes = int(np.searchsorted(marks, ends[-1])) if len(ends) else 0
        if not well_quoted(array, marks[:quotes], ord(dialect.delimiter)):
            return None
    if not len(ends):
        return None
    used = int(ends[-1]) + 1
    text = as_utf8(data[:used], dialect)
    if text is None:
        return None
    starts = np.concatenate(([0], ends[:-1] + 1))
    sizes = ends - starts
    is_row = (sizes > 1) | ((sizes == 1) & (array[starts] != 13))
    table = parsed(text, dialect.delimiter, len(first[0]), bool(quotes))
    if table is None or table.num_rows != int(is_row.sum()) or not is_plain(table, len(header), first):
        return None
    lines = line_no + np.searchsorted(breaks, starts[is_row])
    return table.select(range(len(header))).rename_columns(list(header)), lines, used, len(breaks[breaks < used])


def well_quoted(array: np.ndarray, marks: np.ndarray, delimiter: int) -> bool:
    """Whether each quote opens a cell, closes one, or is one of a pair within a quoted cell."""
    if len(marks) % 2:
        return False
    opening, closing = marks[0::2], marks[1::2]
    before = array[np.maximum(opening - 1, 0)]
    after = array[np.minimum(closing + 1, len(array) - 1)]
    opens = (opening == 0) | np.isin(before, (delimiter, 10, 34))
    closes = (closing == len(array) - 1) | np.isin(after, (delimiter, 10, 13, 34))
    return bool(opens.all() and closes.all())


def as_utf8(data: bytes, dialect: Dialect) -> bytes | None:
    """The block as UTF-8, or None where some bytes are no text in the file's encoding."""
    if data.isascii() or (dialect.is_clean and dialect.encoding == "utf-8"):
        return data
    if dialect.encoding != "cp1252":
        return data if is_utf8(data) and not (dialect.encoding != "utf-8" and "\ufffd".encode() in data) else None
    if TWO_BYTES.search(data):
        return None
    return data.decode("cp1252", errors="surrogateescape").translate(C1).encode()


def parsed(data: bytes, delimiter: str, width: int, has_quotes: bool) -> pa.Table | None:
    """The block's cells as columns of text; None where a row has other than ``width`` cells."""
    names = [str(number) for number in range(width)]
    try:
        return pyarrow.csv.read_csv(
            pa.BufferReader(data),
            read_options=pyarrow.csv.ReadOptions(column_names=names, block_size=len(data) + 1),
            parse_options=pyarrow.csv.ParseOptions(delimiter=delimiter, newlines_in_values=has_quotes),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, check_utf8=False
            ),
        )
    except pa.ArrowInvalid:
        return None


def is_plain(table: pa.Table, size: int, first: Sequence[Sequence[str]]) -> bool:
    """Whether nothing stands beyond the first ``size`` columns and no row repeats a header row."""
    beyond = [table.column(number) for number in range(size, table.num_columns)]
    if any(pc.max(pc.binary_length(column)).as_py() for column in beyond):
        return False
    return not any(holds(table, cells) for cells in first)


def holds(table: pa.Table, cells: Sequence[str]) -> bool:
    """Whether one row has just these cells."""
    if len(cells) != table.num_columns:
        return False
    same = pc.equal(table.column(0), cells[0])
    for number in range(1, len(cells)):
        if not pc.any(same).as_py():
            return False
        same = pc.and_(same, pc.equal(table.column(number), cells[number]))
    return bool(pc.any(same).as_py())
