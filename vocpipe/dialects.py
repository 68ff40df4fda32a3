"""Finds how delimited text is written: its encoding, its delimiter, and how its lines end."""

from __future__ import annotations

import codecs
import csv
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from vocpipe.exports import Export

HEAD, BLOCK = 1 << 16, 1 << 22
BOMS = {
    codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF32_LE: "utf-32-le", codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be",
}  # fmt: skip
LOST = re.compile("[\udc80-\udcff]")  # bytes that the encoding does not have, as `surrogateescape` keeps them


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file is written: encoding, length of its byte-order mark, delimiter, and whether lines end in CR alone."""

    encoding: str
    mark: int
    delimiter: str
    is_cr: bool
    is_clean: bool  # known to hold no byte that the encoding does not have


def dialect_of(export: Export) -> Dialect:
    """The dialect of a file, from all of its bytes (encoding) and its first line (delimiter)."""
    start = export.head(HEAD)
    mark = next((bom for bom in BOMS if start.startswith(bom)), b"")
    encoding, is_clean = BOMS.get(mark) or wide(start), False
    if encoding in ("", "utf-8"):
        encoding, is_clean = eight_bit(export.blocks(BLOCK))
    text = start[len(mark) :].decode(encoding, errors="replace")
    line = re.split(r"[\r\n]", text.lstrip("\r\n"), maxsplit=1)[0]
    is_cr = mostly_cr([start]) and mostly_cr(export.blocks(BLOCK))
    return Dialect(encoding, len(mark), delimiter_of(line), is_cr, is_clean)


def mostly_cr(blocks: Iterable[bytes]) -> bool:
    """Whether lines end in CR alone; the odd LF is then part of a cell."""
    returns = feeds = both = 0
    for block in blocks:
        returns, feeds = returns + block.count(b"\r"), feeds + block.count(b"\n")
        both += block.count(b"\r\n")
    return returns - both > 5 * feeds


def wide(start: bytes) -> str:
    """UTF-16 without its mark shows by a NUL in nearly every second byte; empty where it is not."""
    for offset, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        half = start[offset::2]
        if len(half) > 3 and half.count(0) > 0.7 * len(half):
            return encoding
    return ""


def eight_bit(blocks: Iterable[bytes]) -> tuple[str, bool]:
    """UTF-8 where it reads more of the bytes beyond ASCII than it cannot, else cp1252; and whether it reads all."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    good = bad = 0
    for block in blocks:
        waiting = decoder.getstate()[0]
        if waiting or not block.isascii():
            try:
                good += len(waiting) + len(block) - len(decoder.decode(block)) - len(decoder.getstate()[0])
            except UnicodeDecodeError:
                decoder.reset()
                read, lost = evidence_of(waiting + block)
                good, bad = good + read, bad + lost
    bad += len(decoder.getstate()[0])
    return ("utf-8" if good >= bad else "cp1252"), not bad


def evidence_of(data: bytes) -> tuple[int, int]:
    """Of the bytes beyond ASCII, how many follow the first one of a character in UTF-8, and how many are not UTF-8."""
    text = data.decode("utf-8", errors="surrogateescape")
    lost = len(LOST.findall(text))
    return len(data) - len(text), lost


def delimiter_of(line: str) -> str:
    """The delimiter that divides a header line into the most cells."""
    csv.field_size_limit(sys.maxsize)
    return max(",;\t|", key=lambda mark: len(next(csv.reader([line], delimiter=mark), [])))
