"""`vocpipe forget --verify`: looks for what was erased in every file of a project but the vendors' own exports.

It knows the erased persons by keyed hashes alone: of every text all that looks like a mark is hashed and compared.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from vocpipe import decisions, runs, settings
from vocpipe.contracts import LABELS, OUR_FOLDERS, UsageError
from vocpipe.erasure import LOOKS_LIKE, Mark, Tombstones, marks_in, names_in, normal
from vocpipe.warehouse import opened, path_of, rewriting

CHUNK = 20_000  # texts at a time
SIGN = {"email": "@", "handle": "@", "thing": ":", "username": '": "'}  # without it there is none
LINE_END = re.compile(r"\\[nrt]")


class Place(NamedTuple):
    """Where something was found: file and column, what kind of thing, in how many different texts."""

    where: str
    kind: str
    count: int


class Looked(NamedTuple):
    """What was looked through."""

    erasures: int
    files: int
    texts: int


def verify(directory: Path, written: Sequence[str] = ()) -> tuple[list[Place], Looked]:
    """Every place where something of an erased person stands; ``written`` is looked for beside.

    Raises UsageError where nothing was erased and nothing is written, RunError while a run is on.
    """
    region = settings.load(directory).phone_region
    tombstones = runs.tombstones_of(directory, region)
    for one in written:
        tombstones = with_typed(tombstones, Tombstones(runs.secret_of(directory), region), one)
    if not tombstones:
        raise UsageError("nobody was erased here: name an IDENTIFIER to look for, or leave --verify away.")
    found: Counter[tuple[str, str]] = Counter()
    files = texts = 0
    with runs.locked(directory):
        for path in files_of(directory):
            files += 1
            for place, portion in texts_of(directory, path):
                texts += len(portion)
                found.update((place, kind) for kind in kinds_in(tombstones, portion))
    made = decisions.erasures.in_force(directory)
    places = [Place(where, kind, count) for (where, kind), count in sorted(found.items())]
    return places, Looked(len(made), files, texts)


def with_typed(tombstones: Tombstones, known: Tombstones, written: str) -> Tombstones:
    """The tombstones, and one for whatever mark somebody typed; ``known`` has the secret."""
    marks = [Mark(kind, normal(kind, written, known.region)) for kind in ("email", "phone", "handle", "name", "id")]
    size = len(normal("name", written).split(" "))
    words = tombstones.name_words | ({size} if 1 < size < 6 else set())
    digests = {known.digest(mark) for mark in marks if mark.value}
    return Tombstones(known.secret, known.region, tombstones.digests | digests, frozenset(words))


def files_of(directory: Path) -> Iterator[Path]:
    """Our folders, the settings with their backups, and the user's own labels."""
    yield from sorted(p for p in directory.iterdir() if p.is_file() and p.name.startswith(("vocpipe.toml", LABELS)))
    for folder in OUR_FOLDERS:
        yield from sorted(p for p in (directory / folder).rglob("*") if p.is_file() and p.suffix != ".lock")


def texts_of(directory: Path, path: Path) -> Iterator[tuple[str, list[str]]]:
    """Every text of a file in portions, with file and column."""
    name = path.relative_to(directory).as_posix()
    if path == path_of(directory):
        with opened(directory) as con:  # with its write-ahead log, where a run was killed
            yield from ((f"{name} {column}", portion) for column, portion in rewriting.texts_in(con, CHUNK))
    elif path.suffix == ".duckdb":
        with rewriting.reading(path) as con:
            yield from ((f"{name} {column}", portion) for column, portion in rewriting.texts_in(con, CHUNK))
    else:
        lines = path.read_bytes().decode("utf-8", errors="replace").splitlines()
        for start in range(0, len(lines), CHUNK):
            yield name, lines[start : start + CHUNK]


def kinds_in(tombstones: Tombstones, texts: list[str]) -> Iterator[str]:
    """The kind of each mark of an erased person in some texts, once a text; every mark is hashed once."""
    every: set[Mark] = set()
    for text in texts:
        every |= marks_of(tombstones, text)
    hits = tombstones.hits(every)
    for text in texts if hits else ():
        yield from {mark.kind for mark in hits & marks_of(tombstones, text)}


def marks_of(tombstones: Tombstones, text: str) -> set[Mark]:
    """Whatever in a text may be a mark."""
    plain = LINE_END.sub(" ", text)
    marks = {Mark("id", text)}
    for kind, pattern in LOOKS_LIKE.items():
        if SIGN.get(kind, "") in plain:
            for token in set(re.findall(pattern, plain)):
                marks.update(marks_in(kind, token, tombstones.region))
    return marks.union(names_in(plain, tombstones.name_words))
