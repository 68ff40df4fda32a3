"""Finds words, phrases and stems in many texts at once.

Each distinct token (what stands between two spaces) is looked at once and remembered: its words, which single-word
keywords they are, and of which phrases they may be the first or second word of a pair. Phrases are then found in all
texts of a batch by comparing bit masks of neighbouring words; only the few candidates are looked at one by one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from vocpipe.enrichment.columns import Column
from vocpipe.enrichment.taxonomy import WORD

MAX_TOKENS = 300_000  # distinct tokens remembered before the memory is emptied: about 150 MB
_ALONE = -1  # the place of a word that is a whole keyword
# What redaction put in place of an address is not the customer's word.
_PLACEHOLDER = re.compile(r"\[(?:email|phone|card|handle|name)\]")


@dataclass(frozen=True, slots=True)
class Keyword:
    """A keyword of topic number ``topic``: its words in lower case, each of which may end in * (a stem)."""

    topic: int
    weight: float
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hits:
    """Keywords found: number of the text, number of the keyword, and the span of characters; one entry per hit."""

    text: np.ndarray
    keyword: np.ndarray
    start: np.ndarray
    end: np.ndarray

    def take(self, which: np.ndarray) -> Hits:
        """The hits at these places."""
        return Hits(self.text[which], self.keyword[which], self.start[which], self.end[which])


@dataclass(frozen=True, slots=True)
class _Batch:
    """All words of a batch in a row: the text each is in, its number in the memory, and its token's offset."""

    text: np.ndarray
    word: np.ndarray
    offset: np.ndarray


class KeywordSearch:
    """``find(texts)``: every keyword in every text, in lower or upper case."""

    def __init__(self, keywords: Sequence[Keyword]) -> None:
        self._keywords = keywords
        self._memory = _Memory(keywords)

    def find(self, texts: Sequence[str]) -> Hits:
        """All hits, in no particular order; a keyword that occurs twice is found twice."""
        if len(self._memory) > MAX_TOKENS:
            self._memory = _Memory(self._keywords)
        batch = self._batch(texts)
        first, last, keyword = (np.concatenate(x) for x in zip(self._singles(batch), self._phrases(batch), strict=True))
        start, end = self._memory.column("start"), self._memory.column("end")
        return Hits(
            batch.text[first],
            keyword,
            batch.offset[first] + start[batch.word[first]],
            batch.offset[last] + end[batch.word[last]],
        )

    def _batch(self, texts: Sequence[str]) -> _Batch:
        split = [text.split() for text in texts]
        count = np.fromiter(map(len, split), dtype=np.int64, count=len(split))
        total = int(count.sum())
        look_up = self._memory.__getitem__
        token = np.fromiter(map(look_up, chain.from_iterable(split)), dtype=np.int64, count=total)
        length = np.fromiter(map(len, chain.from_iterable(split)), dtype=np.int64, count=total)
        offset = _offsets(texts, split, count, length)
        words = self._memory.column("words")[token]
        within = np.arange(words.sum()) - np.repeat(np.cumsum(words) - words, words)
        word = np.repeat(self._memory.column("first")[token], words) + within
        return _Batch(np.repeat(np.repeat(np.arange(len(texts)), count), words), word, np.repeat(offset, words))

    def _singles(self, batch: _Batch) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        count = self._memory.column("singles")[batch.word]
        at = np.flatnonzero(count)
        count = count[at]
        place = np.repeat(at, count)
        within = np.arange(len(place)) - np.repeat(np.cumsum(count) - count, count)
        which = np.repeat(self._memory.column("single_first")[batch.word[at]], count) + within
        return place, place, self._memory.column("single")[which]

    def _phrases(self, batch: _Batch) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The first two words of a phrase are found by mask, the rest word by word."""
        one, two = self._memory.column("opens")[batch.word[:-1]], self._memory.column("follows")[batch.word[1:]]
        found = []
        for i in np.flatnonzero((one & two != 0) & (batch.text[:-1] == batch.text[1:])).tolist():
            for number in self._memory.phrases(int(batch.word[i]), int(batch.word[i + 1])):
                last = i + len(self._keywords[number].words) - 1
                if last == i + 1 or self._stands(batch, i, last, number):
                    found.append((i, last, number))
        columns = np.array(found, dtype=np.int64).reshape(-1, 3)
        return columns[:, 0], columns[:, 1], columns[:, 2]

    def _stands(self, batch: _Batch, first: int, last: int, number: int) -> bool:
        if last >= len(batch.word) or batch.text[first] != batch.text[last]:
            return False
        words = (self._memory.written[word] for word in batch.word[first : last + 1].tolist())
        return all(map(_is, words, self._keywords[number].words))


class _Memory(dict[str, int]):
    """Token as written -> its number; columns over tokens, over their words, and over the words' single keywords.

    ``opens`` and ``follows`` are bit masks: bit k % 63 of a word's ``opens`` says that it may be the first word of
    phrase k, of its ``follows`` that it may be the second.
    """

    def __init__(self, keywords: Sequence[Keyword]) -> None:
        super().__init__()
        self.written: list[str] = []
        self._keywords = keywords
        names = ("first", "words", "start", "end", "singles", "single_first", "single", "opens", "follows")
        self._columns = {name: Column(np.int64) for name in names}
        self._pairs: dict[tuple[int, int], tuple[int, ...]] = {}
        self._count_singles = self._count_tokens = 0
        self._parts: dict[str, list[tuple[int, int]]] = {}  # word or stem -> (place in the keyword, its number)
        for number, keyword in enumerate(keywords):
            for place, part in enumerate(keyword.words):
                self._parts.setdefault(part, []).append((_ALONE if len(keyword.words) == 1 else place, number))
        self._longest = max((len(part) for part in self._parts), default=0)
        self._dull: dict[int, int] = {}  # how many words -> the one number of all tokens that mean nothing here

    def column(self, name: str) -> np.ndarray:
        """One column as an array."""
        return self._columns[name].array()

    def __missing__(self, token: str) -> int:
        text = _PLACEHOLDER.sub(lambda found: " " * len(found.group()), token) if "[" in token else token
        words = [(*found.span(), _lower(found.group())) for found in WORD.finditer(text)]
        places = [self._places(word) for _, _, word in words]
        if any(places):
            number = self._learn(words, places)
        elif len(words) in self._dull:
            number = self._dull[len(words)]
        else:
            number = self._dull[len(words)] = self._learn(words, places)
        self[token] = number
        return number

    def phrases(self, one: int, two: int) -> tuple[int, ...]:
        """The numbers of the phrases that may begin with these two words (numbers of words)."""
        if (one, two) not in self._pairs:
            first = {number for place, number in self._places(self.written[one]) if place == 0}
            second = {number for place, number in self._places(self.written[two]) if place == 1}
            self._pairs[one, two] = tuple(sorted(first & second))
        return self._pairs[one, two]

    def _learn(self, words: list[tuple[int, int, str]], places: list[list[tuple[int, int]]]) -> int:
        self._add(first=len(self.written), words=len(words))
        for (start, end, word), found in zip(words, places, strict=True):
            alone = [number for place, number in found if place == _ALONE]
            self._add(start=start, end=end, singles=len(alone), single_first=self._count_singles)
            self._add(opens=_mask(found, 0), follows=_mask(found, 1))
            for number in alone:
                self._add(single=number)
            self._count_singles += len(alone)
            self.written.append(word)
        self._count_tokens += 1
        return self._count_tokens - 1

    def _places(self, word: str) -> list[tuple[int, int]]:
        """(place, number) of the keywords that have this word, or a stem of it, as one of their words."""
        parts = self._parts
        found = list(parts.get(word, ()))
        for end in range(1, min(len(word), self._longest) + 1):
            found += parts.get(word[:end] + "*", ())
        return found

    def _add(self, **values: int) -> None:
        for name, value in values.items():
            self._columns[name].append(value)


def _mask(found: Sequence[tuple[int, int]], wanted: int) -> int:
    mask = 0
    for place, number in found:
        if place == wanted:
            mask |= 1 << (number % 63)
    return mask


def _lower(word: str) -> str:
    return word.lower().replace("’", "'")


def _is(word: str, part: str) -> bool:
    return word.startswith(part[:-1]) if part.endswith("*") else word == part


def _offsets(texts: Sequence[str], split: Sequence[list[str]], count: np.ndarray, length: np.ndarray) -> np.ndarray:
    """Where each token begins in its text. Tokens one character apart (nearly all texts) are added up; texts with
    other gaps are searched."""
    before = np.cumsum(length + 1) - (length + 1)  # as if all texts stood in a row, one character between tokens
    first = np.cumsum(count) - count
    offset: np.ndarray = before - np.repeat(
        before[np.minimum(first, max(len(before) - 1, 0))] if len(before) else first, count
    )
    size = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    taken = np.bincount(np.repeat(np.arange(len(texts)), count), weights=length + 1, minlength=len(texts)) - 1
    for i in np.flatnonzero((taken != size) & (count > 0)).tolist():
        end = 0
        for k, token in enumerate(split[i], int(first[i])):
            offset[k] = texts[i].index(token, end)
            end = int(offset[k]) + len(token)
    return offset
