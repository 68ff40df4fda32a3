"""What is remembered of an erased person, and how it is found again: keyed hashes, never a value in clear.

A mark is a kind and a value in its normal form: an address, a number, a name, an id of a thing that the person wrote or
bought. Of each only the HMAC is kept, keyed with the project's secret; who has both the secret and a value can tell
whether it is one, nobody can read it back.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import phonenumbers

from vocpipe.identity.phones import e164

MASK = "[erased]"
UNIT = "\x1f"  # between the parts of a key
LEAST_PHONE = 7  # digits; fewer are no number that tells anybody
LEAST_ID = 9  # a shorter run of digits may be anything: a ticket's number, a year and a month
LEAST_TEXT = 16  # a shorter text is what many people write
LEAST_WORD = 10  # letters of a handle that is looked for without its @; with a digit or underscore six signs do
# Nothing of a word before; the letter of a sign by which JSON writes a new line is none.
BEFORE, BEFORE_ID = r"(?:(?<!\w)|(?<=\\[nrt]))", r"(?:(?<![\w-])|(?<=\\[nrt]))"
APART = r"(?:\\[nrt]|[\W_]){1,6}"  # between the words of a name, in JSON too

IDENTIFIERS = ("email", "phone", "handle", "account_id")
# The same normal forms in SQL; `{x}` is the value as written. Telephone numbers are read in Python.
NORMAL_SQL = {
    "email": r"regexp_replace(lower(trim({x})), '\+[^@]*@', '@')",
    "handle": "lower(ltrim(trim({x}), '@'))",
    "account_id": "trim({x})",
}
# What can be a mark inside a text, for RE2 and for Python alike.
LOOKS_LIKE = {
    "email": r"""[^\s@"'<>(),;:\[\]{}\\|=]{1,64}@[^\s@"'<>(),;:\[\]{}\\|=]{1,190}""",
    "phone": r"\+?[0-9][0-9 ().\-/]{5,18}[0-9]",
    "handle": r"@[A-Za-z0-9_]{2,30}",
    "word": r"[A-Za-z0-9_]{6,30}",
    "username": r'"[a-z_ ]*(?:username|screen_name|handle|twitter)[a-z_ ]*": ?"@?[A-Za-z0-9_]{2,30}"',
    "id": r"[A-Za-z0-9_-]{6,64}",
    "thing": r"[a-z][a-z0-9_]*:[A-Za-z0-9_:-]{3,96}",
}
WORDS = re.compile(r"[^\W\d_]+(?:['’.-][^\W\d_]+)*\.?")


class Mark(NamedTuple):
    """One thing that tells a person: its kind and the value in its normal form."""

    kind: str
    value: str


def normal(kind: str, written: str, region: str = "") -> str:
    """The normal form of a value; ``region`` is where telephone numbers without a country code belong."""
    if kind == "email":
        return re.sub(r"\+[^@]*@", "@", written.strip(" ").lower())
    if kind == "phone":
        return e164(written, region) or re.sub("[^0-9]", "", written)
    if kind == "handle":
        return written.strip(" ").lstrip("@").lower()
    if kind == "name":
        return " ".join(word.rstrip(".") for word in WORDS.findall(written.casefold()))
    return written.strip(" ")


def is_telling(value: str) -> bool:
    """Whether an id can be looked for in any text: long, or of letters and digits, so that nothing else reads so."""
    has_digit, has_letter = any(c.isdigit() for c in value), any(c.isalpha() for c in value)
    shape = re.fullmatch(LOOKS_LIKE["id"], value) or re.fullmatch(LOOKS_LIKE["thing"], value)
    return bool(shape) and has_digit and (len(value) >= LEAST_ID or has_letter)


@dataclass(frozen=True)
class Tombstones:
    """The marks of all erased persons as keyed hashes."""

    secret: bytes
    region: str = ""  # of telephone numbers without a country code
    digests: frozenset[str] = frozenset()
    name_words: frozenset[int] = frozenset()  # how many words the erased names have

    def __bool__(self) -> bool:
        return bool(self.digests)

    def digest(self, mark: Mark) -> str:
        """The keyed hash of a mark: 32 hexadecimal digits of HMAC-SHA256."""
        return hmac.digest(self.secret, f"erasure{UNIT}{mark.kind}{UNIT}{mark.value}".encode(), "sha256").hex()[:32]

    def hits(self, marks: Iterable[Mark]) -> set[Mark]:
        """Those that are of an erased person."""
        return {mark for mark in marks if self.digest(mark) in self.digests}


def is_word(handle: str) -> bool:
    """Whether a handle is looked for without its @, too: no everyday word reads so."""
    return len(handle) >= (6 if re.search("[0-9_]", handle) else LEAST_WORD)


def marks_in(kind: str, token: str, region: str) -> Iterator[Mark]:
    """The marks that a piece of text (of ``LOOKS_LIKE``) can be."""
    if kind == "email":
        yield Mark("email", normal("email", token.strip(".")))
    elif kind == "username":
        yield Mark("handle", normal("handle", token.rsplit('"', 2)[1]))
    elif kind in ("handle", "phone"):
        yield Mark(kind, normal(kind, token, region))
    elif kind == "word":
        if is_word(token):
            yield Mark("handle", token.lower())
    else:
        yield Mark("id", token)


def names_in(text: str, sizes: Collection[int]) -> Iterator[Mark]:
    """The names of so many words that stand in a text."""
    words = [word.rstrip(".") for word in WORDS.findall(text.casefold())]
    for size in sizes:
        for start in range(len(words) - size + 1):
            yield Mark("name", " ".join(words[start : start + size]))


@dataclass(frozen=True)
class Masking:
    """Takes marks, and whole texts, out of other people's words; ``tombstones`` names what stands for an id."""

    marks: Sequence[Mark]
    tombstones: Tombstones
    texts: Sequence[str] = ()
    patterns: list[tuple[re.Pattern[str], str]] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        for text in sorted({text.strip() for text in self.texts}, key=len, reverse=True):
            if len(text) >= LEAST_TEXT:
                self.patterns.extend((re.compile(re.escape(form)), MASK) for form in dict.fromkeys(written(text)))
        for mark in sorted(self.marks, key=lambda mark: -len(mark.value)):
            instead = f"erased-{self.tombstones.digest(mark)[:12]}" if mark.kind == "id" else MASK
            self.patterns.extend((re.compile(pattern, re.I), instead) for pattern in patterns_of(mark))

    def __bool__(self) -> bool:
        return bool(self.patterns)

    def apply(self, text: str) -> str:
        """The text without them."""
        for pattern, instead in self.patterns:
            text = pattern.sub(instead.replace("\\", "\\\\"), text)
        return text

    def prefilter(self) -> str:
        """A pattern for RE2 that matches every text in which something may be found."""
        found = [re.escape(form) for text in self.texts if len(text.strip()) >= LEAST_TEXT
                 for form in dict.fromkeys(written(text.strip()))]  # fmt: skip
        for mark in self.marks:
            if mark.kind == "phone":
                found.append("[ ().\\-/]*".join(national(mark.value)))
            elif mark.kind == "name":
                found.append(APART.join(map(re.escape, mark.value.split(" "))))
            elif mark.kind == "email":
                found.append(re.escape(mark.value.rpartition("@")[0]) + r"[^@\s]*@" + re.escape(domain(mark)))
            else:
                found.append(re.escape(mark.value))
        return "(?i)" + "|".join(found) if found else "$^"


def country_code(number: str) -> str:
    """The country code of a number in its normal form; empty where it has none."""
    try:
        return str(phonenumbers.parse(number).country_code)
    except phonenumbers.NumberParseException:
        return ""


def national(number: str) -> str:
    """The digits of a number without its country code."""
    try:
        return phonenumbers.national_significant_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return re.sub("[^0-9]", "", number)


def domain(mark: Mark) -> str:
    """What stands behind the @ of an address."""
    return mark.value.rpartition("@")[2]


def written(text: str) -> Iterator[str]:
    """A text as it may stand in a file: as it is, in JSON with and without letters beyond ASCII, in a page."""
    yield json.dumps(text, ensure_ascii=False)[1:-1]
    yield json.dumps(text)[1:-1]
    yield text
    page = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    yield page
    yield page.replace("'", "&#39;").replace('"', "&#34;")


def patterns_of(mark: Mark) -> Iterator[str]:
    """Patterns (without regard to case) by which a mark is found as a whole in a text or a JSON object."""
    value = re.escape(mark.value)
    if mark.kind == "email":
        local = re.escape(mark.value.rpartition("@")[0])
        yield rf"(?:(?<![^\W_])|(?<=\\[nrt])){local}(?:\+[^@\s\"]*)?@{re.escape(domain(mark))}(?![\w-])"
    elif mark.kind == "phone":
        gap, code = r"[ ().\-/]", country_code(mark.value)
        abroad = rf"(?:\+|00)?{gap}?{code}{gap}{{0,3}}(?:0{gap}{{0,2}})?" if code else ""
        number = rf"{gap}*".join(national(mark.value))
        yield rf"(?<![0-9])(?:{abroad}|0{gap}{{0,2}})?{number}(?![0-9])"
    elif mark.kind == "handle":
        yield rf"@{value}(?![\w])"
        if is_word(mark.value):
            yield rf"{BEFORE}{value}(?!\w)"
        yield rf'(?<=name": ")@?{value}(?=")|(?<=name":")@?{value}(?=")|(?<=andle": ")@?{value}(?=")'
        yield rf'(?<=andle":")@?{value}(?=")'
    elif mark.kind == "name":
        yield BEFORE + APART.join(map(re.escape, mark.value.split(" "))) + r"(?!\w)"
    elif mark.kind == "id":
        yield rf"{BEFORE_ID}{value}(?![\w-])"
