"""Scans a JSON document item by item: what is damaged costs only itself, what is large need not fit into memory."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

import orjson

from vocpipe.contracts import Reject

HEAD, BLOCK = 1 << 16, 1 << 22
# A piece this long without an end is no item.
WHOLE = 1 << 26
BATCH = 5_000
SCRIPT = re.compile(rb"\s*window\.[\w.]+\s*=\s*")
NEXT = re.compile(r",\s*(?=\{)")
BYTES = re.compile("[\udc80-\udcff]")  # bytes that are no text, as `surrogateescape` keeps them
# These, and halves of a character cut in two (`\\ud83d`): no database takes them.
LOST = re.compile("[\ud800-\udfff]")
BROKEN = "this is no complete JSON"


class Page(NamedTuple):
    """A document, or a part of one: its line, the place of the first item of its list, and what it holds."""

    line_no: int
    item_no: int
    content: Any


class Scanner:
    """Reads a document item by item: an object with lists of objects, or such a list itself."""

    def __init__(self, file: BinaryIO | None, data: bytes, line_no: int = 1) -> None:
        self.file = file
        self.decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self.is_end = False
        self.text = ""
        self.at = 0
        self.line_no = line_no
        self.keys: set[str] = set()  # of the last good item: what the next one should look like
        self.is_lossy = False  # some bytes are no text in UTF-8
        self.is_told = False  # that the document ends too early
        self.decode = json.JSONDecoder().raw_decode
        script = SCRIPT.match(data[:200])
        self.feed(data[script.end() :] if script else data)

    def feed(self, data: bytes) -> None:
        """Append bytes; at the end of the file, say so."""
        self.is_end = self.file is None or not data
        self.line_no += self.text.count("\n", 0, self.at)
        fresh = self.decoder.decode(data, final=self.is_end)
        self.is_lossy = self.is_lossy or BYTES.search(fresh) is not None
        self.text = self.text[self.at :] + fresh
        self.at = 0

    def more(self) -> bool:
        """Read on; false at the end of the file."""
        if self.is_end or self.file is None:
            return False
        self.feed(self.file.read(BLOCK))
        return True

    def sign(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            while self.at < len(self.text):
                if not self.text[self.at].isspace():
                    return self.text[self.at]
                self.at += 1
            if not self.more():
                return ""

    def line(self) -> int:
        """The line of the place reached."""
        return self.line_no + self.text.count("\n", 0, self.at)

    def pages(self) -> Iterator[Page | Reject]:
        """The parts of the document in their order."""
        if self.sign() == "[":
            self.at += 1
            yield from self.items(None)
        elif self.sign() == "{":
            self.at += 1
            yield from self.members()
        if self.sign():
            yield self.rest()

    def members(self) -> Iterator[Page | Reject]:
        """The members of the outer object."""
        while self.sign() == '"':
            key = self.value()
            if not isinstance(key, str) or self.sign() != ":":
                break
            self.at += 1
            if self.sign() == "[":
                self.at += 1
                yield from self.items(key)
            else:
                line, value = self.line(), self.value()
                if value is BROKEN:
                    break
                if self.is_lossy and BYTES.search(json.dumps(value, ensure_ascii=False)):
                    yield lossy(line, key, value)
                else:
                    yield Page(line, 0, {key: value})
            if self.sign() != ",":
                break
            self.at += 1
        if self.sign() == "}":
            self.at += 1
        elif self.sign() or not self.is_told:
            yield self.rest()

    def items(self, key: str | None) -> Iterator[Page | Reject]:
        """The items of a list in batches; a broken one is set aside up to where the next begins."""
        found: list[Any] = []
        count, line = 0, self.line()
        while (sign := self.sign()) and sign != "]":
            place, value = self.line(), self.value()
            if value is BROKEN:
                yield self.broken(place)
            elif self.is_lossy and BYTES.search(json.dumps(value, ensure_ascii=False)):
                yield lossy(place, key, value)
            else:
                found.append(value)
                self.keys = set(value) if isinstance(value, dict) else self.keys
            if len(found) == BATCH:
                yield Page(line, count, {key: found} if key else found)
                count, line, found = count + len(found), self.line(), []
            if self.sign() == ",":
                self.at += 1
            elif self.sign() not in ("]", ""):
                yield self.broken(self.line())
        if found:
            yield Page(line, count, {key: found} if key else found)
        if sign == "]":
            self.at += 1
        elif not key and not self.is_told:
            yield self.rest()

    def value(self) -> Any:
        """The value that begins here, and the place behind it; BROKEN where there is none (the place stays)."""
        self.sign()
        while True:
            try:
                value, self.at = self.decode(self.text, self.at)
                return value
            except (json.JSONDecodeError, RecursionError) as problem:
                is_inside = getattr(problem, "pos", 0) < len(self.text) - HEAD
                is_open = "Unterminated" in str(problem)
                if (is_inside and not is_open) or len(self.text) - self.at > WHOLE or not self.more():
                    return BROKEN

    def broken(self, line_no: int) -> Reject:
        """The piece from here to where an item like the last good one begins, or to the end of what is held."""
        while True:
            for match in NEXT.finditer(self.text, self.at + 1):
                if self.is_item(match.end()):
                    piece, self.at = self.text[self.at : match.start()], match.start()
                    return Reject(line_no, None, BROKEN, kept(piece))
            if len(self.text) - self.at > WHOLE or not self.more():
                piece, self.at = self.text[self.at :], len(self.text)
                self.is_told = True
                return Reject(line_no, None, BROKEN, kept(piece))

    def is_item(self, at: int) -> bool:
        """Whether an object begins here that looks like the others of its list."""
        try:
            value, _ = self.decode(self.text, at)
        except (json.JSONDecodeError, RecursionError):
            return False
        if not isinstance(value, dict):
            return False
        return len(self.keys & value.keys()) * 2 >= len(self.keys) if self.keys else "id" in value

    def rest(self) -> Reject:
        """Everything from here on, as what cannot be read."""
        line_no = self.line()
        while self.more():
            pass
        piece, self.at = self.text[self.at :], len(self.text)
        return Reject(line_no, None, BROKEN, kept(piece))


def lossy(line_no: int, key: str | None, value: Any) -> Reject:
    """What to say of an item with bytes that are no text."""
    return Reject(line_no, key, "the item holds bytes that are no text in UTF-8", dumped(value))


def kept(text: str) -> str:
    """A text as it can be stored."""
    return LOST.sub("\ufffd", text)


def dumped(value: Any) -> str:
    """A value as compact JSON text; whole numbers of any length stay as they are."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return kept(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
