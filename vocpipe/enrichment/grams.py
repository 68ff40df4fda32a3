"""What the fast sentiment model sees of a text: hashed words, pieces of words, pairs of words, words under a negation.

Everything but the pairs and the marks belongs to one word alone, so each distinct word is looked at once per process;
what depends on neighbours is hashed from the words' numbers, for all texts of a batch at once. The hashes are sums and
shifts of 64-bit integers over the code points: the same on every machine and in every process.

This is the definition of the features (``FORMAT``): a model file is only right for the format it was fitted with.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from vocpipe.enrichment.columns import Column
from vocpipe.enrichment.wording import plain

FORMAT = 1
GROUPS = ("word", "piece", "pair", "skip", "negated", "side")
LONGEST = 30  # characters of a word that count
SCOPE = 6  # words that a negation reaches at most, if no punctuation ends it before

NEGATION, STOP, TURN = 1, 2, 4  # roles of a word
_NEGATIONS = frozenset(
    "no not never none nobody nothing nowhere neither nor cannot cant dont doesnt didnt wont wouldnt isnt wasnt arent "
    "werent aint shouldnt couldnt hasnt havent hadnt without hardly barely scarcely lack lacks lacking nope".split()
)
_TURNS = frozenset("but however although though yet except".split())
_WORD = re.compile(
    r"<3+|</3+"
    r"|[<>]?[:;=8][-o*']?[)\](\[dDpPoOsS/\\|*3@}{]+(?![A-Za-z0-9])"  # :-) ;D =( :/
    r"|[)\](\[D][-o*']?[:;=](?![A-Za-z0-9])"  # (: D:
    r"|[xX]D+\b|\^[_.]?\^|-_+-"
    r"|[#@]?\w+(?:['\-&]\w+)*"
    r"|[!?]+|\.\.+|…+|[^\w\s]"
)
_LETTERS = re.compile(r"(?!http$)[A-Za-z0-9]+")
_RUN = re.compile(r"(.)\1\1\1")
_LONG = re.compile(r"([a-z])\1\1")
_DIGITS = re.compile(r"\d")
_MIX1, _MIX2, _BASE = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB), np.uint64(0x100000001B3)


def mixed(values: np.ndarray, salt: int) -> np.ndarray:
    """64-bit integers spread over their whole range (the finaliser of splitmix64)."""
    z = values + np.uint64((salt * 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF)
    z = (z ^ (z >> np.uint64(30))) * _MIX1
    z = (z ^ (z >> np.uint64(27))) * _MIX2
    return np.asarray(z ^ (z >> np.uint64(31)))


@dataclass(frozen=True, slots=True)
class Batch:
    """The words of many texts in a row, each text opened by word number 0 (the edge of a text).

    ``starts`` is where each text begins, ``words`` the numbers of the words. ``marks`` says per group what depends on
    neighbours: places in ``words`` and the 64-bit hash found there.
    """

    starts: np.ndarray
    words: np.ndarray
    marks: dict[str, tuple[np.ndarray, np.ndarray]]

    def counts(self) -> np.ndarray:
        """How many words each text has."""
        return np.asarray(np.diff(self.starts, append=len(self.words)) - 1)


@dataclass(frozen=True, slots=True)
class Learnt:
    """What is to be known of new words, in order: 64-bit hashes of group 'word' and 'piece', and whose they are."""

    count: int
    word: tuple[np.ndarray, np.ndarray]
    piece: tuple[np.ndarray, np.ndarray]


class Reader:
    """``read(texts)``: texts as numbers of words. Each distinct token (between blanks) is looked at once.

    ``learn`` is called with every new lot of words, before the batch that they occur in comes back.
    """

    def __init__(self, learn: Callable[[Learnt], None]) -> None:
        self._learn = learn
        self._tokens = _Tokens()
        self._keys, self._roles = Column(np.uint64), Column(np.uint8)
        self._settle()

    def __len__(self) -> int:
        return len(self._tokens)

    def read(self, texts: Sequence[str]) -> Batch:
        """The words of the texts and what their neighbours make of them."""
        split = [text.split() for text in texts]
        raw = np.fromiter(map(len, split), dtype=np.int64, count=len(split))
        look_up = self._tokens.__getitem__
        tokens = np.fromiter(map(look_up, chain.from_iterable(split)), dtype=np.int64, count=int(raw.sum()))
        self._settle()
        starts, words = self._tokens.expand(tokens, raw)
        return Batch(starts, words, self._marks(words))

    def spans(self, text: str) -> list[tuple[int, int, int]]:
        """(start, end, place in ``Batch.words``) of the words of one text; a word that was made by undoing an entity
        or an address has the span of its token."""
        found, end, place = [], 0, 1
        for token in text.split():
            start = text.index(token, end)
            end = start + len(token)
            words, at = split_words(plain(token)), 0
            for word in words:
                where = token.find(word, at)
                at = where + len(word) if where >= 0 else at
                found.append((start + where, start + at, place) if where >= 0 else (start, end, place))
                place += 1
        return found

    def _settle(self) -> None:
        fresh = self._tokens.fresh()
        if not fresh:
            return
        keys, learnt = looked_at(fresh)
        roles = np.fromiter(map(_role, fresh), dtype=np.uint8, count=len(fresh))
        self._keys.extend(keys)
        self._roles.extend(roles)
        self._learn(learnt)

    def _marks(self, words: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        keys, place = self._keys.array()[words], np.arange(len(words))
        roles, edge = self._roles.array()[words], words == 0
        after, second = np.append(keys[1:], keys[:1]), np.append(keys[2:], keys[:2])[: len(keys)]
        inner = np.flatnonzero(~(edge | np.append(edge[1:], True) | np.append(edge[2:], [True, True])[: len(edge)]))
        negated = np.flatnonzero(_in_scope(roles, edge, place))
        before = np.flatnonzero(_before_turn(roles, edge, place))
        return {
            "pair": (place, mixed(keys + after * _MIX2, 3)),
            "skip": (inner, mixed(keys[inner] + second[inner] * _MIX1, 4)),
            "negated": (negated, mixed(keys[negated], 5)),
            "side": (before, mixed(keys[before], 6)),
        }


def _in_scope(roles: np.ndarray, edge: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Which words stand after a negation, at most SCOPE words away, with no punctuation or "but" between."""
    negation = np.maximum.accumulate(np.where(roles & NEGATION != 0, place, -1))
    stop = np.maximum.accumulate(np.where((roles & (STOP | TURN) != 0) | edge, place, -1))
    return np.asarray((negation > stop) & (place > negation) & (place <= negation + SCOPE))


def _before_turn(roles: np.ndarray, edge: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Which words stand before the last "but" (or the like) of their text."""
    far = len(place)
    turn = np.minimum.accumulate(np.where(roles & TURN != 0, place, far)[::-1])[::-1]
    end = np.append(np.minimum.accumulate(np.where(edge, place, far)[::-1])[::-1][1:], far)
    return np.asarray((turn < end) & (turn > place) & ~edge)


class _Tokens(dict[str, int]):
    """Token as written -> its number; the words of each token, and words that nobody has looked at yet."""

    def __init__(self) -> None:
        super().__init__()
        self._numbers: dict[str, int] = {}
        self._fresh = [""]  # word 0: the edge of a text
        self._count_words = 1
        self._sequence, self._firsts, self._sizes = Column(np.int64), Column(np.int64), Column(np.int64)
        self._count_sequence = 0
        self[""] = 0  # token 0 is the edge
        self._append([0])

    def __missing__(self, token: str) -> int:
        # Most tokens are letters and digits only, and plain already.
        words = [token[:LONGEST]] if _LETTERS.fullmatch(token) and not _RUN.search(token) else split_words(plain(token))
        number = self[token] = len(self)
        for word in words:
            if word not in self._numbers:
                self._numbers[word] = self._count_words
                self._count_words += 1
                self._fresh.append(word)
        self._append([self._numbers[word] for word in words])
        return number

    def _append(self, words: Sequence[int]) -> None:
        self._firsts.append(self._count_sequence)
        self._sizes.append(len(words))
        for word in words:
            self._sequence.append(word)
        self._count_sequence += len(words)

    def fresh(self) -> list[str]:
        """The words since the last call, in the order of their numbers."""
        fresh, self._fresh = self._fresh, []
        return fresh

    def expand(self, tokens: np.ndarray, raw: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The words of the tokens with an edge before each text, and where the texts begin; ``raw`` is the number of
        tokens of each text."""
        place = np.arange(len(tokens)) + np.repeat(np.arange(1, len(raw) + 1), raw)
        whole = np.zeros(len(tokens) + len(raw), dtype=np.int64)
        whole[place] = tokens
        sizes = self._sizes.array()[whole]
        ends = np.cumsum(sizes)
        words = np.repeat(self._firsts.array()[whole] - (ends - sizes), sizes) + np.arange(ends[-1] if len(ends) else 0)
        edges = np.cumsum(raw + 1) - (raw + 1)
        return (ends - sizes)[edges], self._sequence.array()[words]


def split_words(token: str) -> list[str]:
    """The words of a token: words, emoticons, emoji and marks one by one, runs of ! and ? together."""
    return [word[:LONGEST] for word in _WORD.findall(token)]


def _role(word: str) -> int:
    lower = word.lower()
    if lower in _NEGATIONS or lower.endswith("n't"):
        return NEGATION
    return TURN if lower in _TURNS else STOP if word[:1] in (".", ",", "!", "?", ";", ":", "…") else 0


def _spellings(word: str) -> list[str]:
    """What a word is looked up as, in the group 'word'; the first is the key that pairs and marks are made of."""
    lower = word.lower()
    key = _DIGITS.sub("0", lower)
    if word == lower and word.isalpha() and not _LONG.search(lower):  # most words
        return [key]
    found = [key]
    if word.isupper() and len(word) > 1:
        found += ["\x01", "\x01" + key]
    if _LONG.search(lower):
        found += ["\x02", _LONG.sub(r"\1", lower), _LONG.sub(r"\1\1", lower)]
    if word[0] == "#" and len(word) > 1:
        found += ["\x03", key[1:]]
    return found


def looked_at(words: Sequence[str]) -> tuple[np.ndarray, Learnt]:
    """The key of each word (64-bit), and its hashes of the groups 'word' and 'piece'."""
    spellings = [_spellings(word) if word else [""] for word in words]
    sizes = np.fromiter(map(len, spellings), dtype=np.int64, count=len(words))
    whose = np.repeat(np.arange(len(words)), sizes)
    hashes = mixed(_hashes(list(chain.from_iterable(spellings))), 1)
    keys = hashes[np.cumsum(sizes) - sizes]
    known = np.flatnonzero(np.fromiter(map(bool, words), dtype=bool, count=len(words))[whose])
    lettered = [i for i, word in enumerate(words) if word[:1].isalpha() or word[1:2].isalpha()]
    pieces, owner = _pieces([f"\x02{spellings[i][0]}\x03" for i in lettered])
    owners = np.array(lettered, dtype=np.int64)[owner]
    return keys, Learnt(len(words), (whose[known], hashes[known]), (owners, pieces))


def _codes(strings: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    sizes = np.fromiter(map(len, strings), dtype=np.int64, count=len(strings))
    joined = "".join(strings).encode("utf-32-le", "surrogatepass")
    return np.frombuffer(joined, dtype="<u4").astype(np.uint64), sizes


def _hashes(strings: Sequence[str]) -> np.ndarray:
    """One 64-bit integer per string: a polynomial of its code points."""
    codes, sizes = _codes(strings)
    ends = np.cumsum(sizes)
    place = np.arange(len(codes)) - np.repeat(ends - sizes, sizes)
    powers = np.cumprod(np.full(max(sizes, default=0) + 1, _BASE))
    sums = np.append(np.uint64(0), np.cumsum(codes * powers[place]))  # wraps around, and so do the differences
    return np.asarray(sums[ends] - sums[ends - sizes])


def _pieces(strings: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """The hashes of all runs of 3, 4 and 5 characters of each string, and the number of their string."""
    codes, sizes = _codes(strings)
    owner = np.repeat(np.arange(len(sizes)), sizes)
    hashes, owners = [np.zeros(0, dtype=np.uint64)], [np.zeros(0, dtype=np.int64)]
    for n in (3, 4, 5):
        m = max(len(codes) - n + 1, 0)
        value = np.zeros(m, dtype=np.uint64)
        for i in range(n):
            value = value * _BASE + codes[i : i + m]
        inside = owner[:m] == owner[n - 1 : n - 1 + m]
        hashes.append(mixed(value[inside], 10 + n))
        owners.append(owner[:m][inside])
    return np.concatenate(hashes), np.concatenate(owners)
