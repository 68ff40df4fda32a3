"""Reads JSON as vendors write it: one document, one object a line, or an archive's script that assigns a list.

What is damaged costs only itself: of a page with a broken item every other item is read, and the piece that is no
JSON is kept with its reason. A document too large for memory is read list by list.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, BinaryIO, NamedTuple

import orjson

from vocpipe.contracts import RawRow, Reject
from vocpipe.exports import Damaged, Export
from vocpipe.scanning import HEAD, SCRIPT, WHOLE, Page, Scanner, dumped

__all__ = ["Lines", "Page", "Told", "begins_with_line", "dumped", "first_object", "lined", "objects_of"]

BOM = codecs.BOM_UTF8
WIDE = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
PAGE = re.compile(rb'\{\s*"(\w+)"\s*:\s*\[\s*(?=\{)')


class Told(NamedTuple):
    """Objects whose kind their members tell: all of ``needs`` are there, one of ``one_of`` and none of ``never``."""

    kind: str
    needs: tuple[str, ...]
    one_of: tuple[str, ...]
    never: tuple[str, ...]
    words: str  # the member with what was written, a plain text


class Lines(NamedTuple):
    """What a format says of its objects, so that most lines of them can be stored without an object of Python's each.

    Such a line is stored as it is, and with it, in the member ``beside``, what was said in its words where that is
    something else than what was written. All other lines go through ``rows``.
    """

    kinds: tuple[Told, ...]
    texts: tuple[str, ...]  # members that are a text or null in every object of the format
    said: Callable[[str], str | None]  # what was said in some words; None where they are blank
    beside: str
    rows: Callable[[Iterable[Page | Reject], Iterator[int]], Iterator[RawRow | Reject]]


def objects_of(export: Export) -> Iterator[Page | Reject]:
    """The objects of a file with their line (from 1): one a line where the file is written so, else the document.

    A document too large to be read at once comes as several pages, each an object with some items of one list. Raises
    Damaged after the last one where the file could not be unpacked to its end.
    """
    with export.opened() as file:
        if export.stop:
            yield from lined(enumerate(file, start=export.first_line))
            return
        data = file.readline(WHOLE)
        if any(data.startswith(mark) for mark in WIDE):
            data += file.read()
            yield from document_of(data.decode("utf-16", errors="replace").encode("utf-8", "replace"), 1)
            return
        data = data.removeprefix(BOM)
        if not is_object(data) and len(data) < WHOLE:
            data += file.read(WHOLE)
        if is_lines(data):
            yield from lined(enumerate(lines_of(data, file), start=1))
        elif len(data) < WHOLE:
            yield from document_of(data, 1)
        else:
            yield from Scanner(file, data).pages()


def lined(lines: Iterable[tuple[int, bytes]]) -> Iterator[Page | Reject]:
    """One object a line."""
    for line_no, line in lines:
        try:
            yield Page(line_no, 0, orjson.loads(line))
        except orjson.JSONDecodeError:
            yield from document_of(line, line_no)


def holds_lines(export: Export) -> bool:
    """Whether a file is written one object a line, so that parts of it can be read apart."""
    start = export.head(HEAD)
    return b"\n" in start and not start.startswith((BOM, *WIDE)) and is_lines(start[: start.rindex(b"\n")])


def begins_with_line(export: Export) -> bool:
    """Whether the first line of a file is an object: then ``objects_of`` takes each of its lines for one."""
    start = export.head(HEAD)
    return b"\n" in start and is_object(start.split(b"\n", 1)[0])


def is_lines(data: bytes) -> bool:
    """Whether a file holds one object a line: its first line is one, or most of its first lines are."""
    lines = [line for line in data[:HEAD].split(b"\n") if line.strip()]
    first = data.split(b"\n", 1)[0] if len(lines) == 1 else b"".join(lines[:1])
    return is_object(first) or sum(map(is_object, lines[:20])) > len(lines[:20]) / 2


def lines_of(data: bytes, file: BinaryIO) -> Iterator[bytes]:
    """The lines of what was read and of what is still to come."""
    *lines, last = data.split(b"\n")
    yield from lines
    if last:
        yield last + file.readline()
    yield from file


def is_object(text: bytes) -> bool:
    """Whether a text is one JSON object."""
    try:
        return isinstance(orjson.loads(text), dict)
    except orjson.JSONDecodeError:
        return False


def document_of(data: bytes, line_no: int) -> Iterator[Page | Reject]:
    """One document as one page; of a damaged one all items that are whole, and the pieces that are not."""
    data = data[match.end() :] if (match := SCRIPT.match(data[:200])) else data
    if not data.strip():
        return
    try:
        content = orjson.loads(data)
    except orjson.JSONDecodeError:  # not lost: the scanner reads what is whole, and names each piece that is not
        yield from pieces_of(data, line_no)
    else:
        yield Page(line_no, 0, content)


def pieces_of(data: bytes, line_no: int) -> Iterator[Page | Reject]:
    """The whole items of a damaged document as one page, and a reject for each piece that is not whole."""
    whole: Any = None
    for found in Scanner(None, data, line_no).pages():
        if isinstance(found, Reject):
            yield found
        else:
            whole = joined(whole, found.content)
    if whole is not None:
        yield Page(line_no, 0, whole)


def joined(whole: Any, part: Any) -> Any:
    """Two parts of one document put together."""
    if isinstance(whole, list) and isinstance(part, list):
        return whole + part
    if isinstance(whole, dict) and isinstance(part, dict):
        return whole | {key: joined(whole.get(key), value) for key, value in part.items()}
    return part


def first_object(export: Export) -> Any:
    """The first object of a file, or None where there is none that can be read.

    Of a page `{"name": [{…}, …` only the first item is read: it is enough to know the page by, and pages are large.
    """
    if "object" not in export.seen:
        try:
            export.seen["object"] = looked_at(export)
        except Damaged:
            export.seen["object"] = None
    return export.seen["object"]


def looked_at(export: Export) -> Any:
    """What ``first_object`` keeps."""
    start = export.head(HEAD).removeprefix(BOM).lstrip()
    if script := SCRIPT.match(start[:200]):
        start = start[script.end() :]
    if start[:1] not in (b"{", b"[") and not any(start.startswith(mark) for mark in WIDE):
        return None
    if (page := PAGE.match(start)) and (item := first_item(start[page.end() :])):
        return {page[1].decode(): [item]}
    pages = (found for found in islice(objects_of(export), 20) if not isinstance(found, Reject))
    found = next(pages, None)
    return None if found is None else found.content


def first_item(text: bytes) -> Any:
    """The object at the start of a text, or None where it does not end within the text."""
    try:
        return json.JSONDecoder().raw_decode(text.decode("utf-8", errors="ignore"))[0]
    except (json.JSONDecodeError, RecursionError):
        return None
