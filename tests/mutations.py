"""Damage done to files by chance: small pure functions of a random source and some bytes, which give other bytes.

``TEXT`` is what happens to any file, ``TABLE`` to delimited text, ``JSON`` to JSON. A mutator's ``reach`` is the most
records of a file that it can change; what it removes, repeats or makes unreadable does not count as changed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple

Change = Callable[[Random, bytes], bytes]


class Mutator(NamedTuple):
    """One kind of damage, and how many records it can change at most."""

    change: Change
    reach: int


# --------------------------------------------------------------------------- any file


def cut(rng: Random, data: bytes) -> bytes:
    """The beginning of a file."""
    return data[: rng.randrange(len(data) + 1)]


def cut_first(rng: Random, data: bytes) -> bytes:
    """The end of a file."""
    return data[rng.randrange(len(data) + 1) :]


def flip(rng: Random, data: bytes) -> bytes:
    """One to three bytes replaced by any others."""
    found = bytearray(data)
    for _ in range(rng.randint(1, 3) if data else 0):
        found[rng.randrange(len(found))] = rng.randrange(256)
    return bytes(found)


def insert(rng: Random, data: bytes) -> bytes:
    """One to three bytes put in, those that mean something to a parser more often than others."""
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(data) + 1)
        data = data[:at] + bytes([rng.choice((*b'"\n\r,;\t{}[]:\\\0', rng.randrange(256)))]) + data[at:]
    return data


def delete(rng: Random, data: bytes) -> bytes:
    """One to three bytes taken out."""
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(data) + 1)
        data = data[:at] + data[at + 1 :]
    return data


def blank(rng: Random, data: bytes) -> bytes:
    """A run of bytes lost to NULs, as a disk or a broken transfer leaves it."""
    at, size = rng.randrange(len(data) + 1), rng.randint(1, 60)
    return data[:at] + b"\0" * len(data[at : at + size]) + data[at + size :]


def line_ends(rng: Random, data: bytes) -> bytes:
    """Line ends of one kind or, as after several editors, of all kinds."""
    ends = rng.choice(([b"\r\n"], [b"\r"], [b"\n", b"\r\n"], [b"\n", b"\r\n", b"\r"]))
    return b"".join(line + (rng.choice(ends) if end else b"") for line, end in lines_of(data))


def join(_: Random, data: bytes) -> bytes:
    """A file appended to itself."""
    return data + data


def overlap(rng: Random, data: bytes) -> bytes:
    """The end of a file appended to its beginning, as by a transfer that was taken up in the wrong place."""
    return data[: rng.randrange(len(data) + 1)] + data[rng.randrange(len(data) + 1) :]


# --------------------------------------------------------------------------- lines


def lines_of(data: bytes) -> list[tuple[bytes, bytes]]:
    """The lines of some bytes, each with its end."""
    found = re.findall(rb"([^\r\n]*)(\r\n|\r|\n|$)", data)
    return found[:-1] if found and found[-1] == (b"", b"") else found


def some(rng: Random, data: bytes, change: Callable[[bytes], bytes], wanted: Callable[[bytes], bool] = bool) -> bytes:
    """The bytes with one to three lines changed, of those that are wanted or else of all."""
    lines = lines_of(data)
    numbers = [number for number, (line, _) in enumerate(lines) if wanted(line)] or range(len(lines))
    for number in rng.sample(numbers, min(len(numbers), rng.randint(1, 3))):
        lines[number] = (change(lines[number][0]), lines[number][1])
    return b"".join(line + end for line, end in lines)


def moved(rng: Random, data: bytes, change: Callable[[list[tuple[bytes, bytes]], int, int], None]) -> bytes:
    """The bytes with their lines put otherwise; the change gets the lines and two places among them."""
    lines = lines_of(data)
    if not lines:
        return data
    if not lines[-1][1]:
        lines[-1] = (lines[-1][0], b"\n")
    change(lines, rng.randrange(len(lines)), rng.randrange(len(lines)))
    return b"".join(line + end for line, end in lines)


def double_line(rng: Random, data: bytes) -> bytes:
    """One line twice."""
    return moved(rng, data, lambda lines, at, to: lines.insert(to, lines[at]))


def drop_line(rng: Random, data: bytes) -> bytes:
    """One line less."""
    return moved(rng, data, lambda lines, at, _: lines.pop(at) and None)


def swap_lines(rng: Random, data: bytes) -> bytes:
    """One line in another place."""
    return moved(rng, data, lambda lines, at, to: lines.insert(to, lines.pop(at)))


def repeat_header(rng: Random, data: bytes) -> bytes:
    """The first line again somewhere below."""
    return moved(rng, data, lambda lines, _, to: lines.insert(to, lines[0]))


def drop_header(rng: Random, data: bytes) -> bytes:
    """No first line."""
    return moved(rng, data, lambda lines, *_: lines.pop(0) and None)


def move_header(rng: Random, data: bytes) -> bytes:
    """The first line somewhere below instead."""
    return moved(rng, data, lambda lines, _, to: lines.insert(to, lines.pop(0)))


def mix_encodings(rng: Random, data: bytes) -> bytes:
    """Some lines in another encoding, of those with letters beyond ASCII where there are any."""
    encoding = rng.choice(("cp1252", "utf-8", "utf-16-le", "utf-16-be"))
    return some(rng, data, lambda line: encoded(line, encoding), wanted=lambda line: not line.isascii())


def encoded(line: bytes, encoding: str) -> bytes:
    """A line in an encoding; as it was where it has no way to be."""
    for known in ("utf-8", "cp1252"):
        try:
            return line.decode(known).encode(encoding)
        except UnicodeError:
            continue
    return line


def mix_delimiters(rng: Random, data: bytes) -> bytes:
    """Some lines with another delimiter."""
    here, there = rng.sample((b",", b";", b"\t", b"|"), 2)
    return some(rng, data, lambda line: line.replace(here, there))


def quote(rng: Random, data: bytes) -> bytes:
    """One quote more or less in some lines."""

    def unbalanced(line: bytes) -> bytes:
        at = rng.randrange(len(line) + 1)
        quotes = [m.start() for m in re.finditer(b'"', line)]
        if quotes and rng.random() < 0.5:
            at = rng.choice(quotes)
            return line[:at] + line[at + 1 :]
        cells = [m.end() for m in re.finditer(rb"[,;\t]", line)]
        at = rng.choice(cells) if cells and rng.random() < 0.5 else at
        return line[:at] + b'"' + line[at:]

    return some(rng, data, unbalanced)


# --------------------------------------------------------------------------- JSON


def drop_sign(rng: Random, data: bytes) -> bytes:
    """One brace, bracket, quote, comma or colon less."""
    places = [match.start() for match in re.finditer(rb'[{}\[\]",:]', data)]
    at = rng.choice(places) if places else 0
    return data[:at] + data[at + 1 :]


def retyped(rng: Random, data: bytes) -> bytes:
    """One value of another type: a string as a number, an object as a list, anything as null."""
    return rewritten(rng, data, lambda value: rng.choice(OTHERWISE)(value))


def doubled(rng: Random, data: bytes) -> bytes:
    """One item of a list twice."""

    def twice(holder: Any, key: Any) -> None:
        if isinstance(holder, list):
            holder.insert(key, holder[key])

    return rewritten(rng, data, None, twice)


def lost_member(rng: Random, data: bytes) -> bytes:
    """One member or item less."""

    def lose(holder: Any, key: Any) -> None:
        del holder[key]

    return rewritten(rng, data, None, lose)


OTHERWISE: tuple[Callable[[Any], Any], ...] = (
    lambda value: None,
    lambda value: [value],
    lambda value: {"value": value},
    lambda value: len(str(value)),
    lambda value: -1.5e300,
    lambda value: True,
    lambda value: str(value),
    lambda value: "",
    lambda value: list(value) if isinstance(value, dict) else {"0": value},
    lambda value: [],
    lambda value: {},
)


def rewritten(
    rng: Random, data: bytes, value: Callable[[Any], Any] | None, change: Callable[[Any, Any], None] | None = None
) -> bytes:
    """One document (or one line) with one of its values changed; what is no JSON stays as it is."""
    lines = data.split(b"\n") if len(data.strip().split(b"\n")) > 1 and is_json(data.split(b"\n", 1)[0]) else [data]
    at = rng.choice([number for number, line in enumerate(lines) if line.strip()] or [0])
    if not is_json(lines[at]):
        return data
    document = [json.loads(lines[at])]
    holder, key = rng.choice(places_of(document))
    if change:
        change(holder, key)
    elif value:
        holder[key] = value(holder[key])
    lines[at] = b"" if not document else json.dumps(document[0], ensure_ascii=False).encode()
    return b"\n".join(lines)


def is_json(data: bytes) -> bool:
    """Whether some bytes are JSON."""
    try:
        json.loads(data)
    except ValueError:
        return False
    return True


def places_of(holder: Any) -> list[tuple[Any, Any]]:
    """Every place within a list or an object: what holds it and its key there."""
    found: list[tuple[Any, Any]] = []
    for key, value in list(holder.items() if isinstance(holder, dict) else enumerate(holder)):
        found.append((holder, key))
        if isinstance(value, dict | list):
            found += places_of(value)
    return found


# --------------------------------------------------------------------------- all of them

TEXT = (
    Mutator(cut, 1), Mutator(cut_first, 1), Mutator(flip, 3), Mutator(insert, 3), Mutator(delete, 3),
    Mutator(blank, 1), Mutator(line_ends, 0), Mutator(join, 1), Mutator(overlap, 1),
)  # fmt: skip
LINES = (
    Mutator(double_line, 1), Mutator(drop_line, 1), Mutator(swap_lines, 1), Mutator(repeat_header, 1),
    Mutator(mix_encodings, 0),
)  # fmt: skip
TABLE = (
    *TEXT, *LINES, Mutator(drop_header, 0), Mutator(move_header, 1), Mutator(mix_delimiters, 3), Mutator(quote, 3),
)  # fmt: skip
JSON = (*TEXT, *LINES, Mutator(drop_sign, 1), Mutator(retyped, 1), Mutator(doubled, 1), Mutator(lost_member, 1))
