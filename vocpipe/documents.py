"""Reads JSON as vendors write it: one document, or one object a line; what is no JSON is kept with its reason."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from vocpipe.contracts import Reject

BOM = codecs.BOM_UTF8
HEAD = 1 << 16
PAGE = re.compile(rb'\{\s*"(\w+)"\s*:\s*\[\s*(?=\{)')


def objects_of(path: Path) -> Iterator[tuple[int, Any] | Reject]:
    """The objects of a file with their line (from 1): one a line where the first line is JSON, else the whole file."""
    with path.open("rb") as file:
        first = parsed(1, file.readline().removeprefix(BOM))
        if isinstance(first, Reject):
            file.seek(0)
            yield parsed(1, file.read().removeprefix(BOM))
            return
        yield first
        for line_no, line in enumerate(file, start=2):
            if line.strip():
                yield parsed(line_no, line)


def parsed(line_no: int, text: bytes) -> tuple[int, Any] | Reject:
    """The object in a text, or why there is none."""
    try:
        return line_no, orjson.loads(text)
    except orjson.JSONDecodeError:
        return Reject(line_no, None, "this is no complete JSON", text.decode("utf-8", errors="replace"))


def first_object(path: Path) -> Any:
    """The first object of a file, or None where there is none that can be read.

    Of a page `{"name": [{…}, …` only the first item is read: it is enough to know the page by, and pages are large.
    """
    with path.open("rb") as file:
        start = file.read(HEAD).removeprefix(BOM).lstrip()
    if start[:1] not in (b"{", b"["):
        return None
    if (page := PAGE.match(start)) and (item := first_item(start[page.end() :])):
        return {page[1].decode(): [item]}
    found = next(objects_of(path), None)
    return None if found is None or isinstance(found, Reject) else found[1]


def first_item(text: bytes) -> Any:
    """The object at the start of a text, or None where it does not end within the text."""
    try:
        return json.JSONDecoder().raw_decode(text.decode("utf-8", errors="ignore"))[0]
    except json.JSONDecodeError:
        return None
