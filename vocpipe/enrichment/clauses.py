"""Cuts a text into clauses, and finds the one that speaks of a given word.

A clause ends with a sentence, at a semicolon, colon, bracket or dash, and before a word that turns the thought ("but",
"although", "while"). Commas and "and" end it only between two things that are spoken of: "the crew was kind and the
food was cold" has two clauses when crew and food are both asked for, "kind and patient crew" has one.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

Span = tuple[int, int]

_HARD = re.compile(
    r"(?<=[.!?…])[\"')\]]*\s+|\n+|\s*[;()\[\]]\s*|:\s+|\s+[-–—]{1,2}\s+|—"
    r"|[,\s]+(?=(?:but|however|although|though|tho|yet|whereas|while|whilst|except|despite|unfortunately|otherwise"
    r"|nevertheless|on the other hand)\b)",
    re.IGNORECASE,
)
_JOINTS = ",;:()[]-–—"  # at the ends of a clause they belong to nobody
_SOFT = re.compile(r",\s+|\s+(?=(?:and|&|with|plus|as well as|or)\s)", re.IGNORECASE)


def clause(text: str, span: Span, others: Sequence[Span] = ()) -> Span:
    """The clause of ``text`` around ``span``; of a clause that holds one of the ``others`` too, the nearer part of it,
    where a comma or an "and" stands between the two. All are character offsets."""
    cuts = [0, *(found.end() for found in _HARD.finditer(text)), len(text)]
    place = min(bisect_right(cuts, span[0]), len(cuts) - 1)
    start, end = cuts[place - 1], max(cuts[place], span[1])
    for other in others:
        if start <= other[0] < end:
            start, end = _apart(text, span, other, start, end)
    return _trimmed(text, start, end)


def _apart(text: str, span: Span, other: Span, start: int, end: int) -> Span:
    """The part of a clause that is left when ``other`` is cut off, at the first joint behind what comes first."""
    if other[0] >= span[1]:
        joint = _SOFT.search(text, span[1], other[0] + 1)
        return (start, joint.start()) if joint else (start, end)
    if other[1] <= span[0]:
        joint = _SOFT.search(text, other[1], span[0] + 1)
        last = joint
        while joint:
            last, joint = joint, _SOFT.search(text, joint.end(), span[0] + 1)
        return (last.end(), end) if last else (start, end)
    return start, end


def _trimmed(text: str, start: int, end: int) -> Span:
    while start < end and (text[start].isspace() or text[start] in _JOINTS):
        start += 1
    while end > start and (text[end - 1].isspace() or text[end - 1] in _JOINTS):
        end -= 1
    return start, end
