"""VADER exactly as NLTK computes it, for many texts at once.

NLTK's ``SentimentIntensityAnalyzer`` works word by word in Python. Every rule of it looks at a word itself or at most
three words back and two ahead, so here each distinct word is looked at once (its valence and its roles are kept), and
the rules are numpy operations over all words of a batch that carry a valence. Scores are identical to NLTK's, to the
last digit; a test holds the two against each other.

Source of the rules: C.J. Hutto and E.E. Gilbert (2014), VADER, ICWSM-14, in the port of NLTK (whose "but" rule,
unlike that of the vaderSentiment package, does what the paper says). The lexicon is read from vaderSentiment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from vocpipe.enrichment.vader_words import (
    AT_OR_VERY,
    BOOST,
    BOOSTER,
    BUT,
    ENOUGH,
    EXACT_OF,
    IDIOM_END,
    JUST,
    KIND,
    KIND_OR_SORT,
    LEAST,
    LEXICON,
    NEGATED,
    NEVER,
    OF,
    SO_OR_THIS,
    UPPER,
    Memory,
    read_lexicon,
    read_rules,
)

CAPITALS, NEGATION, ALPHA = 0.733, -0.74, 15
MAX_WORDS = 300_000  # distinct words remembered before the memory is emptied: about 100 MB


@dataclass(frozen=True, slots=True)
class Scores:
    """One entry per text: NLTK's compound, neg, neu and pos, rounded as NLTK rounds them."""

    compound: np.ndarray
    neg: np.ndarray
    neu: np.ndarray
    pos: np.ndarray


@dataclass(frozen=True, slots=True)
class _Words:
    """All words of a batch in a row: word number, text number, place in the text; and the words per text."""

    ids: np.ndarray
    text: np.ndarray
    place: np.ndarray
    count: np.ndarray


class Vader:
    """``scores(texts)`` and ``valences(text)``; remembers what it learnt about each distinct word."""

    def __init__(self) -> None:
        self.rules = read_rules()
        self.lexicon = read_lexicon()
        self._memory = Memory(self.rules, self.lexicon)

    def scores(self, texts: Sequence[str]) -> Scores:
        """NLTK's ``polarity_scores`` of every text, as arrays of length n."""
        if len(self._memory) > MAX_WORDS:
            self._memory = Memory(self.rules, self.lexicon)
        words = self._words(texts)
        at, valence = self._valences(words)
        return _combine(texts, words, at, valence)

    def valences(self, text: str) -> list[tuple[int, int, float]]:
        """(start, end, valence in this text) of every word that counts, after all rules, in order."""
        at, valence = self._valences(self._words([text]))
        spans = [span for span in _spans(text) if span[1] - span[0] > 1]
        return [(*spans[i], float(v)) for i, v in zip(at.tolist(), valence.tolist(), strict=True) if v]

    def _words(self, texts: Sequence[str]) -> _Words:
        split = [text.split() for text in texts]
        raw = np.fromiter(map(len, split), dtype=np.int64, count=len(split))
        look_up = self._memory.__getitem__
        ids = np.fromiter(map(look_up, chain.from_iterable(split)), dtype=np.int64, count=int(raw.sum()))
        text = np.repeat(np.arange(len(texts)), raw)
        kept = ids > 0  # NLTK drops words of one character
        ids, text = ids[kept], text[kept]
        count = np.bincount(text, minlength=len(texts))
        place = np.arange(len(ids)) - np.repeat(np.cumsum(count) - count, count)
        return _Words(ids, text, place, count)

    def _valences(self, words: _Words) -> tuple[np.ndarray, np.ndarray]:
        """Where the words with a valence stand in ``words``, and those valences."""
        roles = self._memory.roles()[words.ids]
        at = np.flatnonzero((roles & LEXICON != 0) & (roles & BOOSTER == 0))
        # NLTK looks a repeated word up at its first place in the text, so its valence is that of the first one.
        key = words.text[at] * np.int64(len(self._memory) + 1) + words.ids[at]
        _, first, back = np.unique(key, return_index=True, return_inverse=True)
        valence = _Context(words, roles, self._memory, at[first]).valence()[back]
        return at, valence * _but(words, roles, at)


class _Context:
    """The valence of the words at ``at`` among their neighbours: NLTK's ``sentiment_valence``, rule by rule."""

    def __init__(self, words: _Words, roles: np.ndarray, memory: Memory, at: np.ndarray) -> None:
        self.at, self.place, self.memory = at, words.place[at], memory
        self.left = words.count[words.text[at]] - 1 - self.place  # words that follow in the same text
        self.ids, self.roles = np.pad(words.ids, (3, 2)), np.pad(roles, (3, 2))
        upper = np.bincount(words.text, weights=(roles & UPPER) != 0, minlength=len(words.count))
        self.mixed_case = ((upper > 0) & (upper < words.count))[words.text[at]]

    def role(self, offset: int) -> np.ndarray:
        """The roles of the word ``offset`` places away; 0 beyond the ends of the text."""
        inside = (self.place + offset >= 0) if offset < 0 else (self.left >= offset)
        return np.where(inside, self.roles[self.at + 3 + offset], 0)

    def valence(self) -> np.ndarray:
        own = self.role(0)
        v = self.memory.valences()[self.ids[self.at + 3]]
        shout = (own & UPPER != 0) & self.mixed_case
        v = np.where(shout, np.where(v > 0, v + CAPITALS, v - CAPITALS), v)
        for step in range(3):
            v = self._look_back(v, step)
        v = np.where(self._is_least(), v * NEGATION, v)
        return np.where((own & KIND != 0) & (self.role(1) & OF != 0), 0.0, v)

    def _look_back(self, v: np.ndarray, step: int) -> np.ndarray:
        role = self.role(-1 - step)
        heeded = (self.place > step) & (role & LEXICON == 0)
        changed = v + self._boost(v, role, step)
        changed = self._negate(changed, step)
        if step == 2:
            changed = self._idioms(changed, heeded)
        return np.where(heeded, changed, v)

    def _boost(self, v: np.ndarray, role: np.ndarray, step: int) -> np.ndarray:
        boosts = self.memory.boosts()[self.ids[self.at + 2 - step]]
        s = np.where(v < 0, -boosts, boosts)
        shout = (role & UPPER != 0) & self.mixed_case
        s = np.where(shout, np.where(v > 0, s + CAPITALS, s - CAPITALS), s)
        return np.where(role & BOOSTER != 0, s * (1.0, 0.95, 0.9)[step], 0.0)

    def _negate(self, v: np.ndarray, step: int) -> np.ndarray:
        one, two, three = self.role(-1), self.role(-2), self.role(-3)
        negated = (one, two, three)[step] & NEGATED != 0
        plain = np.where(negated, v * NEGATION, v)
        if step == 0:
            return plain
        if step == 1:
            return np.where((two & NEVER != 0) & (one & SO_OR_THIS != 0), v * 1.5, plain)
        never = (three & NEVER != 0) & (two & SO_OR_THIS != 0)
        return np.where(never | (one & SO_OR_THIS != 0), v * 1.25, plain)

    def _idioms(self, v: np.ndarray, heeded: np.ndarray) -> np.ndarray:
        window = self.role(-2) | self.role(-1) | self.role(0) | self.role(1) | self.role(2)
        for i in np.flatnonzero(heeded & (window & IDIOM_END != 0)).tolist():
            v[i] = self._idiom(i, v[i])
        one, two, three = self.role(-1), self.role(-2), self.role(-3)
        nearer = ((two & JUST != 0) & (one & ENOUGH != 0)) | ((two & KIND_OR_SORT != 0) & (one & EXACT_OF != 0))
        further = ((three & JUST != 0) & (two & ENOUGH != 0)) | ((three & KIND_OR_SORT != 0) & (two & EXACT_OF != 0))
        return np.where(nearer | further, v - BOOST, v)

    def _idiom(self, i: int, v: float) -> float:
        last = 1 + min(int(self.left[i]), 2)
        around = self.ids[self.at[i] : self.at[i] + 3 + last]
        w = [self.memory.words[n] for n in around.tolist()]  # w[3] is the word itself
        idioms = self.memory.idioms
        for seq in (w[2:4], w[1:4], w[1:3], w[0:3], w[0:2]):
            if " ".join(seq) in idioms:
                v = idioms[" ".join(seq)]
                break
        for seq in (w[3:5], w[3:6]):
            v = idioms.get(" ".join(seq), v)
        return v

    def _is_least(self) -> np.ndarray:
        least = self.role(-1) & LEAST != 0
        return np.asarray(least & ~((self.place > 1) & (self.role(-2) & AT_OR_VERY != 0)))


def _spans(text: str) -> list[tuple[int, int]]:
    """Where the words of ``text.split()`` stand."""
    spans, end = [], 0
    for word in text.split():
        start = text.index(word, end)
        end = start + len(word)
        spans.append((start, end))
    return spans


def _but(words: _Words, roles: np.ndarray, at: np.ndarray) -> np.ndarray:
    """What comes before the first 'but' of a text counts half, what comes after it one and a half times."""
    where = np.flatnonzero(roles & BUT)[::-1]
    first = np.full(len(words.count), -1)
    first[words.text[where]] = words.place[where]
    but, place = first[words.text[at]], words.place[at]
    return np.asarray(np.where((but < 0) | (place == but), 1.0, np.where(place < but, 0.5, 1.5)))


def _combine(texts: Sequence[str], words: _Words, at: np.ndarray, valence: np.ndarray) -> Scores:
    """NLTK's ``score_valence``."""
    n, text = len(texts), words.text[at]
    total = _sums(text, valence, n)
    emphasis = _emphasis(texts)
    total = np.where(total > 0, total + emphasis, np.where(total < 0, total - emphasis, total))
    compound = total / np.sqrt(total * total + ALPHA)
    pos = np.bincount(text, weights=np.where(valence > 0, valence + 1, 0.0), minlength=n)
    neg = -np.bincount(text, weights=np.where(valence < 0, valence - 1, 0.0), minlength=n)
    neu = words.count - np.bincount(text[valence != 0], minlength=n)
    pos, neg = np.where(pos > neg, pos + emphasis, pos), np.where(pos < neg, neg + emphasis, neg)
    whole = pos + neg + neu
    safe = np.where(words.count > 0, whole, 1.0)
    return Scores(_rounded(compound, 4), *(_rounded(share / safe, 3) for share in (neg, neu, pos)))


def _sums(text: np.ndarray, valence: np.ndarray, n: int) -> np.ndarray:
    """Sums per text, added from left to right. Sums near zero are taken again as Python adds floats (since 3.12 with
    compensation), because a rest of 1e-17 decides whether exclamation marks count."""
    total = np.bincount(text, weights=valence, minlength=n)
    for i in np.flatnonzero((np.abs(total) < 1e-9) & (np.bincount(text, minlength=n) > 1)).tolist():
        low, high = np.searchsorted(text, (i, i + 1))
        total[i] = sum(valence[low:high].tolist())
    return total


def _emphasis(texts: Sequence[str]) -> np.ndarray:
    n = len(texts)
    exclamations = np.fromiter((text.count("!") for text in texts), dtype=np.int64, count=n)
    questions = np.fromiter((text.count("?") for text in texts), dtype=np.int64, count=n)
    doubt = np.where(questions > 3, 0.96, np.where(questions > 1, questions * 0.18, 0.0))
    return np.minimum(exclamations, 4) * 0.292 + doubt


def _rounded(values: np.ndarray, digits: int) -> np.ndarray:
    """Rounded as Python's ``round`` does; numpy's own rounding differs near halves, so those are done by Python."""
    scaled = values * 10.0**digits
    out = np.rint(scaled) / 10.0**digits
    near_half = np.abs(np.abs(scaled - np.trunc(scaled)) - 0.5) < 1e-6
    out[near_half] = [round(value, digits) for value in values[near_half].tolist()]
    return out
