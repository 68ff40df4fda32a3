"""What tells the customers of the records when it stands in a text: names, handles, telephone numbers, birth dates.

The rules of ``redaction.py`` know an address or a number by how it is written; these are known by what they are. So a
handle is found without its @, and a number in any groups, behind any word.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

from vocpipe.enrichment.births import redact_births
from vocpipe.enrichment.names import NameFinder, words_of

LEAST_PHONE = 9  # the last digits of a number, by which it is known: what stands before may be left out
_TOKEN = re.compile(r"(?<!\w)[A-Za-z0-9_]{4,30}(?!\w)")
_DIGITS = re.compile(rf"\+?\(?\d(?:[\W_]{{0,3}}\d){{{LEAST_PHONE - 1},40}}")
_ABROAD = 6  # digits at most before the last nine: of a country's code, of zeros, of a long number itself


class Mark(NamedTuple):
    """One of them: ``kind`` is name ("Given Family"), handle (without @, folded), phone (its last nine digits) or birth
    (YYYY-MM-DD)."""

    kind: str
    value: str


class MarkFinder:
    """Replaces the marks of customer records, and a writer's own names, by [name], [handle], [phone], [birthdate]."""

    def __init__(self, marks: Iterable[tuple[str, str]]) -> None:
        held: dict[str, set[str]] = {"name": set(), "handle": set(), "phone": set(), "birth": set()}
        for kind, value in marks:
            held[kind].add(value)
        self.names = NameFinder(held["name"])
        self.handles, self.phones, self.births = held["handle"], held["phone"], held["birth"]
        # Of a handle with an underscore one of the words must be there: so each text is taken apart but once.
        self._signs = {handle if "_" not in handle else max(handle.split("_"), key=len) for handle in self.handles}
        told = hashlib.sha256(repr([sorted(held[kind]) for kind in ("handle", "phone", "birth")]).encode()).hexdigest()
        self.digest = f"{self.names.digest}{told[:16]}"

    def __bool__(self) -> bool:
        return bool(self.names or self.handles or self.phones or self.births)

    def redact(self, text: str, own: Iterable[str] = ()) -> str:
        """The text without them, telephone numbers aside."""
        text = redact_births(text, self.births)
        words = words_of(text)
        if not self._signs.isdisjoint(words):
            text = _TOKEN.sub(lambda word: "[handle]" if word.group().lower() in self.handles else word.group(), text)
        return self.names.redact(text, own, words)

    def may_tell(self, text: str) -> bool:
        """Whether one of them may stand in the text; where not, they change nothing in it."""
        words = words_of(text)
        return (
            self.names.may_name(words) or not self._signs.isdisjoint(words)
            or (bool(self.births) and redact_births(text, self.births) != redact_births(text, ()))
            or self.without_phones(text) != text
        )  # fmt: skip

    def without_phones(self, text: str) -> str:
        """The text without the numbers that are known, whatever stands before them."""
        return _DIGITS.sub(self._run, text) if self.phones else text

    def _run(self, found: re.Match[str]) -> str:
        """A run of digits without the numbers in it that are known."""
        run = found.group()
        places = [place for place, sign in enumerate(run) if sign.isdecimal()]
        digits = "".join(str(unicodedata.decimal(run[place])) for place in places)
        for end in range(len(digits), LEAST_PHONE - 1, -1):
            if digits[end - LEAST_PHONE : end] not in self.phones:
                continue
            if end < len(digits) and places[end] == places[end - 1] + 1:
                continue  # more digits behind: the middle of a longer number
            first = start = end - LEAST_PHONE
            while first and places[first] == places[first - 1] + 1:
                first -= 1
            if start - first <= _ABROAD:
                before, after = run[: places[first]].rstrip("+("), run[places[end - 1] + 1 :]
                return _DIGITS.sub(self._run, before) + "[phone]" + after
        return run
