"""Names and birth dates as evidence: normal forms, likeness, and when two persons contradict each other.

Arrays in, arrays out. A name is an integer code into ``Profiles.words``; code 0 is the unknown name.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Words = npt.NDArray[np.str_]

NO_BIRTH = np.iinfo(np.int64).min
LONGEST = 40

# What a form, a call centre or an import writes where no name is known: alone in a field it is no name at all.
NO_NAME = frozenset("na unknown unbekannt inconnu none null nil nan undefined anonymous anonym tbd xx xxx xxxx".split())
# Words that are names of nobody only when the whole name is made of them ("Unknown caller", "Guest user").
NOBODY = NO_NAME | frozenset(
    "caller customer client guest user visitor member person someone somebody anyone test tester no not name given"
    " available provided end mr mrs ms dr kunde gast the a of deleted private individual".split()
)
# Dates that systems write for "not known".
NO_BIRTHDAYS = (date(1900, 1, 1), date(1901, 1, 1), date(1970, 1, 1))
# Letters that do not fall apart into a base letter and an accent.
PLAIN = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ı": "i"})

APOSTROPHES = "'`\u2019\u00b4"

REASONS = {
    1: "birth dates differ",
    2: "given names differ",
    3: "family names differ",
    4: "somebody judged them to be different persons",
}
JUDGED = 4


def no_numbers() -> Ints:
    """Returns no numbers."""
    return np.zeros(0, dtype="int64")


@dataclass(frozen=True, slots=True)
class Profiles:
    """Distinct persons as records describe them; position = profile number, 0 = nothing known.

    ``given`` and ``family`` index ``words`` (normal forms, words kept apart by one space); ``birth`` is in days since
    1970-01-01, ``NO_BIRTH`` where unknown. What was judged, by a person or by a model with good reason: ``aliases``
    are groups of profiles of one person, ``alias`` says in which group each profile is (-1: none); ``name`` numbers the
    whole names, ``names`` are pairs of them that one person was found to bear; ``different`` are pairs of profiles of
    two persons. Pairs are keys as ``pair_keys`` makes them.
    """

    given: Ints
    family: Ints
    birth: Ints
    words: Words
    alias: Ints = field(default_factory=no_numbers)
    aliases: tuple[Ints, ...] = ()
    name: Ints = field(default_factory=no_numbers)
    names: Ints = field(default_factory=no_numbers)
    different: Ints = field(default_factory=no_numbers)

    def is_whole(self) -> Bools:
        """True for each profile that has both a given and a family name."""
        whole: Bools = (self.given > 0) & (self.family > 0)
        return whole


def normal(name: str) -> str:
    """Returns the name without case, accents and punctuation: ``"  O'Brien-SMITH"`` gives ``"obrien smith"``."""
    if name.isascii() and name.isalpha():  # by far most names: the long way takes ten times as long
        return name.lower()[:LONGEST]
    folded = unicodedata.normalize("NFKD", name.casefold().translate(PLAIN))
    letters = "".join(c for c in folded if not unicodedata.combining(c) and c not in APOSTROPHES)
    return " ".join(re.findall(r"[^\W_]+", letters))[:LONGEST].strip()


def describe(
    given: pd.Series, family: pd.Series, birth_on: pd.Series, is_customer: Bools, is_named: Bools
) -> tuple[Ints, Profiles]:
    """Returns the profile number of each record and the distinct profiles.

    ``is_named`` False: the record's name is never evidence (a display name). A name of one word is evidence only in a
    customer record, where the field itself says whether it is a given or a family name.
    """
    given_codes, family_codes, words = _codes(given, family)
    nobody = np.array([set(w.split()) <= NOBODY for w in words])
    known = is_named & ~(nobody[given_codes] & nobody[family_codes])
    known &= is_customer | ((given_codes > 0) & (family_codes > 0))
    frame = pd.DataFrame(
        {
            "given": given_codes * known,
            "family": family_codes * known,
            "birth": _days(birth_on) if len(birth_on) else [],
        }
    )
    blank = pd.DataFrame({"given": [0], "family": [0], "birth": [NO_BIRTH]})
    both = pd.concat([blank, frame.astype("int64")], ignore_index=True)
    numbers = both.groupby(["given", "family", "birth"], sort=False).ngroup().to_numpy()
    distinct = both.drop_duplicates(ignore_index=True)
    given_, family_, birth = (distinct[c].to_numpy() for c in ("given", "family", "birth"))
    return numbers[1:], Profiles(given_, family_, birth, words)


def _codes(given: pd.Series, family: pd.Series) -> tuple[Ints, Ints, Words]:
    """Codes of both columns into one list of normal forms; what stands for "no name" gets code 0."""
    first, given_spellings = pd.factorize(given.astype(object))
    last, family_spellings = pd.factorize(family.astype(object))
    spelled = [normal(x) for x in [*given_spellings, *family_spellings]]
    spelled = ["" if w in NO_NAME else w for w in spelled]
    codes, words = pd.factorize(np.array(["", "", *spelled], dtype=object))
    start = 2 + len(given_spellings)
    return (  # factorize says -1 for a missing value: position 0 holds the unknown name
        codes[np.where(first < 0, 0, first + 2)].astype("int64"),
        codes[np.where(last < 0, 0, last + start)].astype("int64"),
        np.array(words, dtype=np.str_),
    )


def _days(birth_on: pd.Series) -> Ints:
    """Days since 1970-01-01; dates that mean "not known" become ``NO_BIRTH``."""
    days = pd.to_datetime(birth_on).to_numpy().astype("datetime64[D]")
    missing = np.isnat(days) | (days < np.datetime64("1900-01-01"))
    missing |= np.isin(days, np.array(NO_BIRTHDAYS, dtype="datetime64[D]"))
    return np.where(missing, NO_BIRTH, days.astype("int64"))


def clash(profiles: Profiles, a: Ints, b: Ints) -> Ints:
    """Returns for each pair of profiles a key of ``REASONS`` that tells why they cannot be one person, or 0.

    Birth dates that are both known and differ; else given names that are not alike; else, when the birth dates do not
    both speak for one person, family names that are not alike. Given and family name swapped are the same name.
    What was judged outranks what is written.
    """
    found = _written_clash(profiles, a, b)
    if profiles.aliases:
        hit = np.flatnonzero(found)
        found[hit[_excused(profiles, a[hit], b[hit])]] = 0
        hit = np.flatnonzero(found > 1)
        pairs = pair_keys(profiles.name[a[hit]], profiles.name[b[hit]], len(profiles.name))
        found[hit[np.isin(pairs, profiles.names)]] = 0
    if len(profiles.different):
        found[np.isin(pair_keys(a, b, len(profiles.birth)), profiles.different)] = JUDGED
    return found


def pair_keys(a: Ints, b: Ints, size: int) -> Ints:
    """Returns one number for each pair of numbers below ``size``, the same in either direction."""
    return np.minimum(a, b) * size + np.maximum(a, b)


def _written_clash(profiles: Profiles, a: Ints, b: Ints) -> Ints:
    birth_a, birth_b = profiles.birth[a], profiles.birth[b]
    both_born = (birth_a != NO_BIRTH) & (birth_b != NO_BIRTH)
    given = _differ(profiles, profiles.given[a], profiles.given[b])
    family = _differ(profiles, profiles.family[a], profiles.family[b]) & ~both_born
    swapped = (profiles.given[a] == profiles.family[b]) & (profiles.family[a] == profiles.given[b])
    found = np.select([both_born & (birth_a != birth_b), given & ~swapped, family & ~swapped], [1, 2, 3], 0)
    return found.astype("int64")


def _excused(profiles: Profiles, a: Ints, b: Ints) -> Bools:
    """True where both, or an alias of the one and the other, may be one person.

    Who was judged to be Ana Lopez and Ana Garcia contradicts nobody who bears one of the two names.
    """
    excused = np.zeros(len(a), dtype=bool)
    for i in np.flatnonzero((profiles.alias[a] >= 0) | (profiles.alias[b] >= 0)):
        ones, twos = (_names_of(profiles, int(x)) for x in (a[i], b[i]))
        left, right = np.repeat(ones, len(twos)), np.tile(twos, len(ones))
        excused[i] = bool(((left == right) | (_written_clash(profiles, left, right) == 0)).any())
    return excused


def _names_of(profiles: Profiles, profile: int) -> Ints:
    """The profile and its aliases."""
    group = int(profiles.alias[profile])
    return profiles.aliases[group] if group >= 0 else np.array([profile])


def _differ(profiles: Profiles, a: Ints, b: Ints) -> Bools:
    differ: Bools = (a > 0) & (b > 0) & ~alike(profiles.words, a, b)
    return differ


def alike(words: Words, a: Ints, b: Ints) -> Bools:
    """Returns for each pair of name codes whether both may be the same name.

    Equal; or one begins the other (an initial, a short form); or few typing errors apart (see ``near``); or the words
    of one are all among the words of the other (Ana Maria, Maria). Unknown names are like any name.
    """
    same: Bools = (a == b) | (a == 0) | (b == 0)
    rest = np.flatnonzero(~same)
    if rest.size:
        keys = np.minimum(a[rest], b[rest]) * len(words) + np.maximum(a[rest], b[rest])
        distinct, back = np.unique(keys, return_inverse=True)
        same[rest] = _alike_words(words[distinct // len(words)], words[distinct % len(words)])[back]
    return same


def _alike_words(a: Words, b: Words) -> Bools:
    joined_a, joined_b = np.strings.replace(a, " ", ""), np.strings.replace(b, " ", "")
    found = np.strings.startswith(joined_a, joined_b) | np.strings.startswith(joined_b, joined_a)
    rest = np.flatnonzero(~found)
    found[rest] = near(joined_a[rest], joined_b[rest])
    for i in np.flatnonzero(~found & ((joined_a != a) | (joined_b != b))):
        one, other = set(a[i].split()), set(b[i].split())
        found[i] = one <= other or other <= one
    return found


def near(a: Words, b: Words) -> Bools:
    """Returns whether two words are within typing errors: one edit for 4 or 5 letters, two from 6 letters on.

    An edit is a letter inserted, dropped, replaced, or swapped with its neighbour. Shorter names must be equal: a
    household of Jack and Jake, Emma and Ella, is commoner than two errors in one short name.
    """
    length_a, length_b = np.strings.str_len(a), np.strings.str_len(b)
    longest = np.maximum(length_a, length_b)
    limit = np.select([longest >= 6, longest >= 4], [2, 1], 0)
    close: Bools = np.abs(length_a - length_b) <= limit
    close[close] = edit_distance(a[close], b[close]) <= limit[close]
    return close


def edit_distance(a: Words, b: Words) -> Ints:
    """Returns the optimal string alignment distance of each pair, exact up to 2 and at least 3 beyond.

    The banded dynamic programme of Ukkonen (1985) over all pairs at once, with swaps of neighbours as one edit.
    """
    n = len(a)
    if n == 0:
        return np.zeros(0, dtype="int64")
    left, right = _letters(a), _letters(b)
    length_a, length_b = np.strings.str_len(a), np.strings.str_len(b)
    width = right.shape[1]
    far = np.full((n, width + 1), 99, dtype="int64")
    before, row = far.copy(), far.copy()
    row[:, :3] = np.arange(3)[: width + 1]
    out = np.where(length_a == 0, length_b, 99)
    for i in range(1, left.shape[1] + 1):
        before, row = row, _next_row(before, row, left, right, i, far.copy())
        ends = np.flatnonzero(length_a == i)
        out[ends] = row[ends, length_b[ends]]
    return out


def _next_row(
    before: Ints, row: Ints, left: npt.NDArray[np.uint32], right: npt.NDArray[np.uint32], i: int, new: Ints
) -> Ints:
    """Row ``i`` of the programme from the two rows above it; cells more than two off the diagonal stay far."""
    if i <= 2:
        new[:, 0] = i
    for j in range(max(1, i - 2), min(right.shape[1], i + 2) + 1):
        step = row[:, j - 1] + (left[:, i - 1] != right[:, j - 1])
        new[:, j] = np.minimum(np.minimum(row[:, j], new[:, j - 1]) + 1, step)
        if i > 1 and j > 1:
            swap = (left[:, i - 1] == right[:, j - 2]) & (left[:, i - 2] == right[:, j - 1])
            new[:, j] = np.where(swap, np.minimum(new[:, j], before[:, j - 2] + 1), new[:, j])
    return new


def _letters(words: Words) -> npt.NDArray[np.uint32]:
    """One row per word, one column per letter (code points, 0 beyond the end)."""
    wide = np.ascontiguousarray(words)
    return wide.view(np.uint32).reshape(len(wide), -1)
