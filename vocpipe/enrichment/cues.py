"""Cues: words and phrases that say something by themselves, in a file that a person can read and change.

A cue file is TOML with tables ``[[cue]]``: ``label``, ``weight``, ``words`` (as keywords of a taxonomy: a word, a
phrase, a stem such as 'refus*'), and where the words alone say too little ``needs`` and ``unless``: lists of
patterns of which one must (none may) be found in the sentence around the words, in lower case, with the words found
between < and >. A negated cue ("not unsafe",
"never had to call") does not count, unless the table says ``negatable = false``.

All words are searched in all texts at once (``keywords.py``); only where they are found is anything looked at singly.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from vocpipe.contracts import Annotation
from vocpipe.enrichment.keywords import Keyword, KeywordSearch

NONE = "none"  # what ``predict`` says where an annotation has no label: the classifier has nothing to say
BATCH = 4096
_AROUND = 120  # characters of a sentence looked at on each side of a cue
_END = re.compile(r"[.!?\n;](?=\s|$|[\"')\]])|\n")
_NEGATED = re.compile(
    r"(?:\b(?:not|no|never|without|nor|neither|hardly|barely|cannot|cant|dont|didnt|wasnt|isnt|wont|wouldnt|havent|nobody"
    r"|none)\b|n't\b)(?:[^\w,;:-]+[\w']+){0,3}[^\w,;:-]*$"
)


@dataclass(frozen=True, slots=True)
class Cue:
    """One table of a cue file; ``words`` are keywords in lower case."""

    label: str
    weight: float
    words: tuple[str, ...]
    needs: re.Pattern[str] | None
    unless: re.Pattern[str] | None
    negatable: bool


@dataclass(frozen=True, slots=True)
class Found:
    """A cue that counts in a text: which one (number of its table), and the span of its words."""

    cue: int
    label: str
    weight: float
    start: int
    end: int


class CueSearch:
    """``find(texts)``: the cues of one file that count in each text. ``digest`` changes with the file."""

    def __init__(self, name: str) -> None:
        self.cues, self.digest = _read(name)
        words = [(number, cue.weight, word) for number, cue in enumerate(self.cues) for word in cue.words]
        self._keywords = [Keyword(number, weight, tuple(word.split())) for number, weight, word in words]
        self._search = KeywordSearch(self._keywords)

    def find(self, texts: Sequence[str]) -> list[list[Found]]:
        """Per text the cues that count, in the order of their place; a table counts once, where it stands first."""
        found: list[list[Found]] = []
        for start in range(0, len(texts), BATCH):
            found += self._batch(texts[start : start + BATCH])
        return found

    def _batch(self, texts: Sequence[str]) -> list[list[Found]]:
        hits = self._search.find(texts)
        hits = hits.take(np.lexsort((-hits.end, hits.start, hits.text)))
        out: list[dict[int, Found]] = [{} for _ in texts]
        columns = (column.tolist() for column in (hits.text, hits.keyword, hits.start, hits.end))
        for i, keyword, start, end in zip(*columns, strict=True):
            number = self._keywords[keyword].topic
            if number not in out[i] and self._counts(self.cues[number], texts[i], start, end):
                cue = self.cues[number]
                out[i][number] = Found(number, cue.label, cue.weight, start, end)
        return [list(found.values()) for found in out]

    def _counts(self, cue: Cue, text: str, start: int, end: int) -> bool:
        if not (cue.needs or cue.unless or cue.negatable):
            return True
        before, after = _sentence(text, start, end)
        if cue.negatable and _NEGATED.search(before):
            return False
        around = f"{before}<{_lower(text[start:end])}>{after}"
        if cue.needs and not cue.needs.search(around):
            return False
        return not (cue.unless and cue.unless.search(around))


def label_shares(found: Sequence[Sequence[Annotation]], labels: Sequence[str]) -> np.ndarray:
    """n x len(labels): the share of each label's score, the first one's ahead by a hair; rows add to 1. They are not
    calibrated: a rule knows no probability."""
    column = {label: i for i, label in enumerate(labels)}
    out = np.zeros((len(found), len(labels)))
    for row, said in zip(out, found, strict=True):
        for rank, annotation in enumerate(said):
            row[column[annotation.label or NONE]] = max(abs(annotation.score or 1.0), 1e-6) - 1e-9 * rank
    return np.asarray(out / out.sum(axis=1, keepdims=True))


def _sentence(text: str, start: int, end: int) -> tuple[str, str]:
    """What stands before and behind a span in its own sentence, in lower case."""
    before = _lower(text[max(0, start - _AROUND) : start])
    after = _lower(text[end : end + _AROUND])
    ends = [found.end() for found in _END.finditer(before)]
    closing = _END.search(after)
    return before[ends[-1] :] if ends else before, after[: closing.end()] if closing else after


def _lower(text: str) -> str:
    return text.lower().replace("’", "'")


@cache
def _read(name: str) -> tuple[tuple[Cue, ...], str]:
    content = files(__package__).joinpath(name).read_text(encoding="utf-8")
    tables = tomllib.loads(content)["cue"]
    return tuple(_cue(**table) for table in tables), hashlib.sha256(content.encode()).hexdigest()[:8]


def _cue(
    label: str,
    words: list[str],
    weight: float = 1.0,
    needs: Sequence[str] = (),
    unless: Sequence[str] = (),
    negatable: bool = True,
) -> Cue:
    needed, barred = (re.compile("|".join(patterns)) if patterns else None for patterns in (needs, unless))
    return Cue(label, float(weight), tuple(words), needed, barred, negatable)
