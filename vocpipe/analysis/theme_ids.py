"""Ids of themes that stay: tonight's groups take the ids of the themes that they are."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from vocpipe.analysis.theme_words import stem

# A group is a known theme from this likeness on: half of the smaller one's texts, or as much of the words.
SAME = 0.5
WORDS = 10  # so many words of a theme are compared, the first ones more than the last


@dataclass(frozen=True, slots=True)
class Known:
    """A theme of an earlier night, or of a person's decision: ``words`` as published, the most telling first.

    ``status`` is proposed, approved, merged or rejected; ``slug`` the topic that an approved one became; ``into`` the
    theme that it was merged into, null where that was a topic.
    """

    theme_id: str
    words: Sequence[str]
    members: Collection[str] = field(default_factory=frozenset)
    status: str = "proposed"
    slug: str | None = None
    into: str | None = None


def keep_ids(
    found: Mapping[int, tuple[Sequence[str], Collection[str]]], known: Sequence[Known]
) -> dict[int, str | None]:
    """The theme id of each group (its words, its texts); None where it is a rejected theme or the near twin of one.

    An undecided theme is one group only, the likest; what a person decided holds for every group that is alike.
    """
    likeness = [
        (alike(words, members, theme), theme, number) for number, (words, members) in found.items() for theme in known
    ]
    ids: dict[int, str | None] = {}
    taken: set[str] = set()
    for _, theme, number in sorted((x for x in likeness if x[0] >= SAME), key=lambda x: (-x[0], x[1].theme_id, x[2])):
        if number in ids or (theme.status == "proposed" and theme.theme_id in taken):
            continue
        taken.add(theme.theme_id)
        ids[number] = resolved(theme, {one.theme_id: one for one in known})
    used = {theme.theme_id for theme in known}
    for number in sorted(set(found) - set(ids), key=lambda n: sorted(found[n][1])):
        ids[number] = fresh(found[number][1], used)
        used.add(ids[number] or "")
    return ids


def resolved(theme: Known, known: Mapping[str, Known]) -> str | None:
    """The id under which a theme's texts count: that of the theme it was merged into; None where it was rejected."""
    seen = set()
    while theme.into in known and theme.theme_id not in seen:
        seen.add(theme.theme_id)
        theme = known[theme.into]
    return None if theme.status == "rejected" else theme.theme_id


def alike(words: Sequence[str], members: Collection[str], theme: Known) -> float:
    """0 to 1: the share of the smaller one's texts that both have, or the cosine of their words where that is more."""
    smaller = min(len(members), len(theme.members))
    shared = len(set(members) & set(theme.members)) / smaller if smaller else 0.0
    return max(shared, cosine(weights(words), weights(theme.words)))


def cosine(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """The cosine of two themes' words, as ``weights`` gives them."""
    return sum(weight * other.get(word, 0.0) for word, weight in one.items())


def weights(words: Sequence[str]) -> dict[str, float]:
    """The stems of a theme's words with weights that fall with their rank; of length 1."""
    ranked = {" ".join(map(stem, term.split())): 1 / math.sqrt(1 + rank) for rank, term in enumerate(words[:WORDS])}
    length = math.sqrt(sum(weight**2 for weight in ranked.values()))
    return {term: weight / length for term, weight in ranked.items()}


def fresh(members: Collection[str], used: Collection[str]) -> str:
    """An id that no theme has or had: from the texts that the theme was first found in, so the same everywhere."""
    told = "\n".join(sorted(members))
    while True:
        made = f"t_{hashlib.sha256(told.encode()).hexdigest()[:8]}"
        if made not in used:
            return made
        told += "\n"
