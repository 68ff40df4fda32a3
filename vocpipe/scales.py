"""Scales that are answered in words (`Very satisfied`, `Stimme eher zu`): which one a column uses, label by label."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

# The two poles of a scale, and how far from the middle each step is: two steps a side make five, three make seven.
POLES = {
    "satisfaction": (("dissatisfied", "satisfied"), ("unsatisfied", "satisfied"), ("unzufrieden", "zufrieden")),
    "agreement": (("disagree", "agree"),),
    "ease": (("difficult", "easy"), ("hard", "easy"), ("schwierig", "einfach"), ("schwierig", "leicht"),
             ("schwer", "leicht"), ("schwer", "einfach")),
    "likelihood": (("unlikely", "likely"), ("unwahrscheinlich", "wahrscheinlich")),
}  # fmt: skip
DEGREES = (
    ("", "very"), ("somewhat", "very"), ("somewhat", "extremely"), ("", "extremely"), ("", "strongly"),
    ("somewhat", "strongly"), ("somewhat", "completely"), ("", "completely"),
    ("", "sehr"), ("eher", "sehr"), ("etwas", "äußerst"), ("eher", "äußerst"), ("", "äußerst"),
    ("slightly", "moderately", "extremely"), ("somewhat", "", "very"), ("slightly", "", "very"),
    ("slightly", "somewhat", "very"), ("somewhat", "mostly", "completely"), ("somewhat", "", "strongly"),
    ("slightly", "", "strongly"), ("slightly", "moderately", "strongly"), ("somewhat", "", "extremely"),
    ("eher", "", "sehr"), ("etwas", "", "sehr"), ("leicht", "mäßig", "äußerst"), ("etwas", "mäßig", "äußerst"),
    ("etwas", "", "äußerst"),
)  # fmt: skip
# Scales that begin at nothing: only the good pole is named, and there is no middle between two poles.
RISING = (
    ("not at all", "not so", "somewhat", "very", "extremely"),
    ("not at all", "slightly", "moderately", "very", "extremely"),
    ("not at all", "slightly", "somewhat", "very", "extremely"),
    ("überhaupt nicht", "wenig", "teilweise", "ziemlich", "sehr"),
    ("gar nicht", "wenig", "mittelmäßig", "ziemlich", "sehr"),
)
# Scales whose labels follow no such rule; `=` is the middle.
SPELT = {
    "agreement": (
        ("stimme überhaupt nicht zu", "stimme nicht zu", "=", "stimme zu", "stimme voll und ganz zu"),
        ("stimme überhaupt nicht zu", "stimme eher nicht zu", "=", "stimme eher zu", "stimme voll und ganz zu"),
        ("stimme überhaupt nicht zu", "stimme nicht zu", "=", "stimme zu", "stimme völlig zu"),
        ("stimme gar nicht zu", "stimme eher nicht zu", "=", "stimme eher zu", "stimme voll zu"),
        ("trifft überhaupt nicht zu", "trifft eher nicht zu", "=", "trifft eher zu", "trifft voll und ganz zu"),
        ("trifft gar nicht zu", "trifft eher nicht zu", "=", "trifft eher zu", "trifft voll zu"),
        ("stimme überhaupt nicht zu", "stimme nicht zu", "stimme eher nicht zu", "=",
         "stimme eher zu", "stimme zu", "stimme voll und ganz zu"),
    ),
    "effort": (
        ("very low effort", "low effort", "=", "high effort", "very high effort"),
        ("sehr geringer aufwand", "geringer aufwand", "=", "hoher aufwand", "sehr hoher aufwand"),
    ),
}  # fmt: skip
MIDDLE = re.compile(
    r"neutral|neither( .*)?|undecided|unentschieden|teils[ ,/-]+teils|weder[ /].*|mittel|mittlerer aufwand|"
    r"moderate( effort)?"
)
LONGEST = 7


class Scale(NamedTuple):
    """A scale that was found: what it is about, and its labels from the lowest to the highest as the file has them."""

    about: str
    labels: tuple[str, ...]


def scales() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each known scale: what it is about, and its labels from the lowest to the highest."""
    for about, poles in POLES.items():
        for (bad, good), degrees in product(poles, DEGREES):
            low = [f"{degree} {bad}".strip() for degree in reversed(degrees)]
            yield about, (*low, "=", *(f"{degree} {good}".strip() for degree in degrees))
        for good, degrees in product(sorted({good for _, good in poles}), RISING):
            if about != "agreement":
                yield about, tuple(f"{degree} {good}" for degree in degrees)
    for about, listed in SPELT.items():
        for labels in listed:
            yield about, labels


ALL = tuple(dict.fromkeys(scales()))


def places() -> dict[str, dict[int, int]]:
    """For each label its place (from 0) in every scale that has it."""
    found: dict[str, dict[int, int]] = defaultdict(dict)
    for number, (_, labels) in enumerate(ALL):
        for place, label in enumerate(labels):
            found[label][number] = place
    return dict(found)


PLACES = places()


def scale_of_labels(values: Sequence[str]) -> Scale | None:
    """The one scale whose labels the answers are.

    None where an answer is no label of it, where too few labels are seen, where the middle of a two-sided scale is
    not (four steps look like five then), or where two scales would give an answer different numbers.
    """
    written = {plain_label(value): value.strip() for value in set(values)}
    if not 3 <= len(written) <= LONGEST:
        return None
    keys = {"=" if MIDDLE.fullmatch(label) else label: text for label, text in written.items()}
    if len(keys) < len(written) or not keys.keys() <= PLACES.keys():
        return None
    fits = [number for number in range(len(ALL)) if all(number in PLACES[key] for key in keys)]
    fits = [number for number in fits if is_seen(ALL[number][1], set(keys))]
    # Of a shorter and a longer scale that both hold the answers, the one of which more was seen.
    shortest = min((len(ALL[number][1]) for number in fits), default=0)
    fits = [number for number in fits if len(ALL[number][1]) == shortest]
    if len({(ALL[number][0], *(PLACES[key][number] for key in keys)) for number in fits}) != 1:
        return None
    about, labels = ALL[fits[0]]
    return Scale(about, tuple(keys.get(label, "Neutral" if label == "=" else label.capitalize()) for label in labels))


def is_seen(labels: Sequence[str], seen: set[str]) -> bool:
    """Whether enough of a scale was seen to know it by: three of five, five of seven, and its middle."""
    return len(seen) >= len(labels) - 2 and ("=" not in labels or "=" in seen)


def plain_label(text: str) -> str:
    """A label to compare by: lower case, single spaces, no punctuation around it."""
    return " ".join(text.lower().split()).strip(".,;:!()")
