"""Names of customers in a text.

A name is found however its umlauts and accents are written: Müller, Mueller and Muller are one.

The names of all customer records are kept as a set of word sequences, so that a text costs the same whether there are
ten names or a million: each word of a text is looked up among the words that names begin with.
"""

from __future__ import annotations

import hashlib
import re
import string
import unicodedata
from collections.abc import Iterable
from itertools import pairwise

# O'Neil and Smith-Jones are two words each, in the names and in the texts.
_WORD = re.compile(r"[^\W_]+")
_MARKS = str.maketrans(dict.fromkeys(string.punctuation + "’‘“”–—…¡¿«»", " "))
_BETWEEN = re.compile(r"[\s.,'’‘\"“”_–—*/+&()-]{1,6}")  # what may stand within a full name
_TAGS = frozenset({"email", "phone", "card", "handle", "name", "birthdate"})
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "oe", "å": "aa", "æ": "ae", "œ": "oe"})
_PLAIN = str.maketrans({"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d"})
# Names that are also everyday words: at the start of a sentence their capital letter says nothing.
_EVERYDAY = frozenset(
    "will may mark rose grant long april june august joy hope grace faith so my an in art bill bob can do don dean drew"
    " early frank gene guy happy hay he heath ivy jack jay lane may mike miles my page pat penny ray rich rob sky sue"
    " sunny van wade way west young good best love price read rice bird brown black white green gray king case church"
    " bush field fields forest day winter summer spring star stone street tea wise you ban the no and for not all day"
    " holiday major short small self strong sharp swift noble law hall hill house home park parks pool port ports train"
    " carrier driver porter steward bus car key lock someone anyone guest customer user caller unknown".split()
)
_SIGN_OFF = re.compile(
    r"(?:[\n,.!?;:–—~*-]|\b(?:thanks|thank you|thx|regards|cheers|best|sincerely|love|yours|faithfully|truly|is|i'm"
    r"|i am|im))[\s,.!–—~*-]*$",
    re.IGNORECASE,
)
_SELF = re.compile(
    r"\b(?:my name is|my name's|name is|name:|this is|i'm|i am|im|it's|signed|call me)\W{1,3}$", re.IGNORECASE
)


class NameFinder:
    """Replaces full names of customer records, and a writer's own names, by [name]."""

    def __init__(self, full_names: Iterable[str]) -> None:
        self._names: set[str] = set()
        lengths: dict[str, set[int]] = {}
        for full in full_names:
            for spelt in _spellings(_words(full)):
                for words in _orders(spelt):
                    self._names.add(" ".join(words))
                    lengths.setdefault(words[0], set()).add(len(words))
        self._lengths = {first: tuple(sorted(counts, reverse=True)) for first, counts in lengths.items()}
        self.digest = _digest(self._names)

    def __bool__(self) -> bool:
        return bool(self._names)

    def redact(self, text: str, own: Iterable[str], words: list[str]) -> str:
        """The text with [name] for full names of any record, and for the words in ``own`` where they are a name;
        ``words`` are those of the text (``words_of``)."""
        lower = text.lower()
        owned = {word for name in own if name for word in _words(name) if len(word) > 1 and word in lower}
        return self._replace(text, owned) if owned or self.may_name(words) else text

    def may_name(self, words: list[str]) -> bool:
        """Whether the words of a full name stand next to each other: what is between them is looked at later."""
        lengths = self._lengths
        for i in [i for i, word in enumerate(words) if word in lengths]:
            for n in lengths[words[i]]:
                if " ".join(words[i : i + n]) in self._names:
                    return True
        return False

    def _replace(self, text: str, owned: set[str]) -> str:
        words = [(found.start(), found.end(), found.group().lower()) for found in _WORD.finditer(text)]
        spelt = _spellings([word for _, _, word in words])
        spans, i = [], 0
        while i < len(words):
            n = self._full_name(text, words, spelt, i) or _own_name(text, words, i, owned)
            if n:
                spans.append((words[i][0], words[i + n - 1][1]))
            i += n or 1
        for start, end in reversed(spans):
            text = f"{text[:start]}[name]{text[end:]}"
        return text

    def _full_name(self, text: str, words: list[tuple[int, int, str]], spelt: list[list[str]], i: int) -> int:
        """How many words from the i-th on are the full name of a record; 0 for none."""
        for spelling in spelt:
            for n in self._lengths.get(spelling[i], ()):
                part = words[i : i + n]
                if len(part) == n and " ".join(spelling[i : i + n]) in self._names and _together(text, part):
                    return n
        return 0


def words_of(text: str) -> list[str]:
    """The words of a text in small letters; where some have accents, all of them once more without, in both ways."""
    words = text.lower().translate(_MARKS).split()
    if text.isascii():
        return words
    return [word for spelling in _spellings(words) for word in (*spelling, "")]


def _spellings(words: list[str]) -> list[list[str]]:
    """Words as they are; where there are accents also as German writes them out, and with plain letters."""
    if all(word.isascii() for word in words):
        return [words]
    folded = [[_plain(word.translate(table)) for word in words] for table in (_GERMAN, _PLAIN)]
    return [words, *(one for one in folded if one != words)]


def _plain(word: str) -> str:
    """A word without accents."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", word) if not unicodedata.combining(sign))


def _own_name(text: str, words: list[tuple[int, int, str]], i: int, owned: set[str]) -> int:
    """How many words from the i-th on are the writer's own name, written as a name; 0 for none."""
    if words[i][2] not in owned or _is_tag(text, words[i]):
        return 0
    n = 1
    while i + n < len(words) and words[i + n][2] in owned and _together(text, words[i + n - 1 : i + n + 1]):
        n += 1
    start, end, word = words[i]
    if n > 1 or _signs(text, start, end) or _SELF.search(text, max(0, start - 20), start):
        return n
    if not text[start].isupper():
        return 0
    everyday = word in _EVERYDAY and (text[start:end].isupper() or _begins_sentence(text, start))
    return 0 if everyday else n


def _signs(text: str, start: int, end: int) -> bool:
    """Whether a word stands alone at the end of the text or of a line, after a mark or a greeting."""
    rest = text[end : end + 12].split("\n", 1)[0]
    at_end = not rest.strip(" \t\r.!,*~-–—:)xX❤♥️🙂😊🙏")
    return at_end and (not text[:start].strip() or bool(_SIGN_OFF.search(text, max(0, start - 24), start)))


def _begins_sentence(text: str, start: int) -> bool:
    before = text[:start].rstrip()
    return not before or before[-1] in ".!?:\n\"'(“" or "\n" in text[len(before) : start]


def _together(text: str, part: list[tuple[int, int, str]]) -> bool:
    pairs = pairwise(part)
    return all(_BETWEEN.fullmatch(text, one[1], two[0]) for one, two in pairs) and not any(
        _is_tag(text, w) for w in part
    )


def _is_tag(text: str, word: tuple[int, int, str]) -> bool:
    start, end, written = word
    return written in _TAGS and text[start - 1 : start] == "[" and text[end : end + 1] == "]"


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(name)]


def _orders(words: list[str]) -> list[list[str]]:
    """Given and family name in either order; of longer names also the first and last word alone."""
    if len(words) < 2:
        return []
    ends = [words[0], words[-1]]
    orders = [words, words[1:] + words[:1], words[-1:] + words[:-1], ends, ends[::-1]]
    return orders if len(words) > 2 else [ends, ends[::-1]]


def _digest(names: set[str]) -> str:
    """The same for the same names in any order."""
    total = sum(int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest()) for name in names)
    return f"{total % 2**64:016x}"
