"""What VADER needs to know of a word: its valence, and what it can be to its neighbours."""

from __future__ import annotations

import json
import string
from importlib.resources import files
from typing import Any

import numpy as np

from vocpipe.enrichment.columns import Column

BOOST = 0.293  # what "very" adds to the valence of the next word, and "hardly" takes off

# What a word can be to its neighbours. Those marked (exact) are case-sensitive in NLTK.
UPPER, LEXICON, BOOSTER, NEGATED, NEVER, SO_OR_THIS, BUT, LEAST, AT_OR_VERY, KIND, OF = (1 << i for i in range(11))
JUST, ENOUGH, KIND_OR_SORT, EXACT_OF, IDIOM_END = (1 << i for i in range(11, 16))
_EXACT = {"never": NEVER, "so": SO_OR_THIS, "this": SO_OR_THIS, "just": JUST, "enough": ENOUGH, "of": EXACT_OF}
_EXACT |= {"kind": KIND_OR_SORT, "sort": KIND_OR_SORT}
_LOWER = {"but": BUT, "at": AT_OR_VERY, "very": AT_OR_VERY, "kind": KIND, "of": OF}
_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


class Memory(dict[str, int]):
    """Word as written -> number of the word as NLTK cleans it (0: dropped); what is known of each number."""

    def __init__(self, rules: dict[str, Any], lexicon: dict[str, float]) -> None:
        super().__init__()
        self.lexicon, self.idioms = lexicon, dict(rules["idioms"])
        self.words = [""]
        self._negations, self._marks = frozenset(rules["negations"]), frozenset(rules["punctuation"])
        self._boost = dict.fromkeys(rules["boosters"], BOOST) | dict.fromkeys(rules["dampeners"], -BOOST)
        self._ends = frozenset(idiom.rsplit(" ", 1)[1] for idiom in self.idioms)
        self._in_idioms = frozenset(word for idiom in self.idioms for word in idiom.split())
        self._dull: dict[int, int] = {}  # 0 or UPPER -> the one number of all words without a role
        self._columns = [Column(np.int64), Column(np.float64), Column(np.float64)]
        for column in self._columns:
            column.append(0)

    def __missing__(self, word: str) -> int:
        clean = self._clean(word)
        number = 0 if len(word) < 2 else self[clean] if clean != word else self._learn(word)
        self[word] = number
        return number

    def roles(self) -> np.ndarray:
        """The roles of each word number, as bits."""
        return self._columns[0].array()

    def valences(self) -> np.ndarray:
        """The valence of each word number in the lexicon, 0 where it has none."""
        return self._columns[1].array()

    def boosts(self) -> np.ndarray:
        """What each word number adds to a positive valence near it."""
        return self._columns[2].array()

    def _learn(self, word: str) -> int:
        lower = word.lower()
        role = self._role(word, lower)
        if role & ~UPPER or word in self._in_idioms:
            return self._append(word, role, self.lexicon.get(lower, 0.0), self._boost.get(lower, 0.0))
        if role not in self._dull:
            self._dull[role] = self._append(word, role, 0.0, 0.0)
        return self._dull[role]

    def _append(self, word: str, *values: float) -> int:
        for column, value in zip(self._columns, values, strict=True):
            column.append(value)
        self.words.append(word)
        return len(self.words) - 1

    def _role(self, word: str, lower: str) -> int:
        role = _EXACT.get(word, 0) | _LOWER.get(lower, 0)
        role |= UPPER * word.isupper() | LEXICON * (lower in self.lexicon) | BOOSTER * (lower in self._boost)
        role |= NEGATED * (lower in self._negations or "n't" in lower) | IDIOM_END * (word in self._ends)
        return role | LEAST * (lower == "least" and lower not in self.lexicon)

    def _clean(self, word: str) -> str:
        """NLTK takes one mark or run of marks off one end of a word, if no other punctuation is in it."""
        bare = word.translate(_NO_PUNCTUATION)
        if len(bare) < 2 or len(bare) == len(word):
            return word
        before, _, after = word.partition(bare)
        return bare if (before in self._marks and not after) or (after in self._marks and not before) else word


def read_rules() -> dict[str, Any]:
    """The word lists of NLTK's VADER, in the file beside this one; a test holds them against the installed NLTK."""
    rules: dict[str, Any] = json.loads(files(__package__).joinpath("vader_rules.json").read_text(encoding="utf-8"))
    return rules


def read_lexicon() -> dict[str, float]:
    """Word -> mean valence, -4...4, from the file in the vaderSentiment package (MIT)."""
    content = files("vaderSentiment").joinpath("vader_lexicon.txt").read_text(encoding="utf-8")
    pairs = (line.strip().split("\t")[:2] for line in content.rstrip("\n").split("\n"))
    return {word: float(measure) for word, measure in pairs}
