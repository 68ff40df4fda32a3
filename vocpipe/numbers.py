"""Settles how a column writes its decimals: by the column as a whole, never number by number."""

from __future__ import annotations

import re
from collections.abc import Iterable

# What stands around an amount and is no part of the number: signs and codes of currencies, spaces.
AROUND = re.compile(r"(?i)[€$£¥\s\u00a0\u202f']|^[a-z]{3}(?=[\s\d+-])|(?<=[\s\d])[a-z]{3}$|\bkr\b\.?")
GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}([.,])\d{3}")
OTHER = {".": ",", ",": "."}


def decimal_of(values: Iterable[str]) -> str:
    """How a column writes decimals: '.' or ','; '' where no value shows it, or where values contradict each other."""
    shown = {mark for value in values if (mark := mark_of(value))}
    return shown.pop() if len(shown) == 1 else ""


def mark_of(value: str) -> str:
    """The decimal mark that one number shows; '' where it shows none, as in `1,234` (thousands, or three decimals)."""
    text = AROUND.sub("", value)
    marks = re.findall(r"[.,]", text)
    if not marks or not re.fullmatch(r"[+-]?[\d.,]*\d", text):
        return ""
    if len(set(marks)) == 2:
        return marks[-1] if marks.count(marks[-1]) == 1 else ""
    if len(marks) > 1:
        return OTHER[marks[0]]  # a mark that comes twice parts the thousands
    return "" if GROUPED.fullmatch(text) else marks[0]


def is_ambiguous(value: str) -> bool:
    """Whether a number may be read in two ways: `1,234` is a thousand and more, or one and a bit."""
    return GROUPED.fullmatch(AROUND.sub("", value)) is not None
