"""Persons who were erased, in the same file as all decisions: keyed hashes by which they are known again, no value.

An erasure is the one decision that changes what stands before it: what was judged of the person's records is taken out
of the file, since it names them.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from vocpipe import private
from vocpipe.contracts import RunError
from vocpipe.decisions import lines
from vocpipe.decisions.lines import Withdrawal, alone, append, damaged, path_of, read_kind, read_lines

KIND = "erasure"


@dataclass(frozen=True, slots=True)
class Erased:
    """One erasure; ``at`` is naive UTC. While nobody withdraws it, the person's rows are not taken in again."""

    decision_id: str
    digests: frozenset[str]
    name_words: frozenset[int]
    counts: Mapping[str, int]
    by: str
    why: str | None
    at: datetime
    withdrawn: Withdrawal | None = None


def read(directory: Path) -> list[Erased]:
    """All erasures in order. Raises UsageError where a line is damaged."""
    return read_kind(directory, KIND, _erased)


def in_force(directory: Path) -> list[Erased]:
    """The erasures that nobody withdrew."""
    return [made for made in read(directory) if not made.withdrawn]


def _erased(path: Path, number: int, made: dict[str, Any]) -> Erased:
    digests, words, counts = made.get("digests"), made.get("name_words"), made.get("counts")
    if not isinstance(digests, list) or not all(isinstance(one, str) for one in digests):
        raise damaged(path, number, '"digests" is no list of texts')
    if not isinstance(words, list) or not all(type(one) is int for one in words):
        raise damaged(path, number, '"name_words" is no list of numbers')
    if not isinstance(counts, dict):
        raise damaged(path, number, '"counts" is no object')
    known = frozenset(digests), frozenset(words)
    return Erased(made["decision"], *known, counts, made["by"], made["why"], made["at"])


def write(
    directory: Path, digests: Collection[str], name_words: Collection[int], counts: Mapping[str, int], by: str, why: str
) -> Erased:
    """Writes an erasure down and returns it. Raises UsageError where nobody or no reason is named."""
    at = datetime.now(UTC).replace(tzinfo=None)
    made = Erased(secrets.token_hex(8), frozenset(digests), frozenset(name_words), counts, by.strip(), why.strip(), at)
    content = {"digests": sorted(digests), "name_words": sorted(name_words), "counts": dict(counts)}
    append(directory, made.decision_id, KIND, content, by=made.by, why=why.strip(), at=at)
    return made


def withdraw(directory: Path, decision_id: str, by: str, why: str) -> Erased:
    """Takes an erasure back, so that what comes of the person is taken in again: what was erased stays so."""
    unknown = "no erasure has that id: `vocpipe forget DIR --list` shows those that stand."
    return lines.withdraw(directory, decision_id, by, why.strip(), read=read, noun=KIND, unknown=unknown)


def strike(directory: Path, names: Callable[[Mapping[str, Any]], bool]) -> int:
    """Takes out the decisions for which ``names`` says that they name the person, and what withdraws them; gives how
    many these were. The file is written anew beside the old one and takes its place in one step."""
    path = path_of(directory)
    with alone(directory):
        struck: set[str] = set()
        kept: list[bytes] = []
        made = [line for _, _, line in read_lines(directory)]
        written = [line for line in path.read_bytes().split(b"\n") if line.strip()] if made else []
        for line, as_written in zip(made, written, strict=True):
            if line.get("of") in struck or (line["kind"] != KIND and names(json.loads(as_written))):
                struck.add(line["decision"])
            else:
                kept.append(as_written)
        if struck:
            try:
                private.put(path, b"".join(line + b"\n" for line in kept))
            except OSError as problem:
                raise RunError(
                    f"{path} could not be written anew ({problem.strerror}), it stands as it was."
                ) from problem
        return len(struck)
