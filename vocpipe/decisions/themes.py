"""A person's word on a theme: it becomes a topic, it belongs to a topic or another theme, or it is none.

A line holds all that the next run needs (the words of the theme as they were then), so that a decision outlives the
work file.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from vocpipe.contracts import UsageError
from vocpipe.decisions import lines
from vocpipe.decisions.lines import Withdrawal, alone, append, damaged, is_text, read_kind

KIND = "theme"
VERDICTS = ("approved", "merged", "rejected")
UNASSIGNED = "unassigned"  # stage and experience of an approved theme where nobody named any


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme as it was published when somebody decided on it."""

    theme_id: str
    label: str
    words: tuple[str, ...]
    keywords: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decided:
    """A person's word on a theme; ``at`` is naive UTC. It stands unless ``withdrawn`` says otherwise.

    ``slug`` and ``label`` name the topic that an approved theme becomes; ``into`` is the topic (a slug) or theme (an
    id) that a merged one belongs to.
    """

    decision_id: str
    verdict: str
    theme: Theme
    by: str
    why: str
    at: datetime
    slug: str | None = None
    label: str | None = None
    into: str | None = None
    journey_stage: str = UNASSIGNED
    experience: str = UNASSIGNED
    withdrawn: Withdrawal | None = None

    def __str__(self) -> str:
        told = {"approved": f"approved as {self.slug}", "merged": f"merged into {self.into}"}.get(self.verdict)
        said = f"{self.theme.theme_id} is {told or 'rejected'}"
        return f"decision {self.decision_id} ({said}; {self.by}, {self.at:%Y-%m-%d})"


def read(directory: Path) -> list[Decided]:
    """All decisions on themes in the order in which they were made; withdrawn ones say by whom.

    Raises UsageError where a line is damaged. Decisions of other kinds are passed over.
    """
    return read_kind(directory, KIND, _decided)


def _decided(path: Path, number: int, made: dict[str, Any]) -> Decided:
    verdict, needed = made.get("verdict"), {"approved": ("slug", "label"), "merged": ("into",)}
    if verdict not in VERDICTS:
        raise damaged(path, number, f'"verdict" is none of {", ".join(VERDICTS)}')
    for name in ("theme", "name", "why", *needed.get(str(verdict), ())):
        if not is_text(made.get(name)):
            raise damaged(path, number, f'"{name}" is missing or no text')
    for name in ("words", "keywords"):
        if not isinstance(made.get(name), list) or not all(map(is_text, made[name])):
            raise damaged(path, number, f'"{name}" is no list of words')
    theme = Theme(made["theme"], made["name"], tuple(made["words"]), tuple(made["keywords"]))
    return Decided(
        made["decision"], made["verdict"], theme, made["by"], made["why"], made["at"], made.get("slug"),
        made.get("label"), made.get("into"), made.get("journey_stage") or UNASSIGNED,
        made.get("experience") or UNASSIGNED,
    )  # fmt: skip


def in_force(decided: Iterable[Decided]) -> dict[str, Decided]:
    """The decision that holds for each theme: the earliest one that nobody withdrew."""
    found: dict[str, Decided] = {}
    for made in decided:
        if not made.withdrawn:
            found.setdefault(made.theme.theme_id, made)
    return found


def topic_of(theme_id: str, decided: dict[str, Decided]) -> str | None:
    """The topic (a slug) as which a theme's texts count by what was decided; None: none."""
    seen: set[str] = set()
    place: str | None = theme_id
    while place in decided and place not in seen:
        seen.add(place)
        made = decided[place]
        if made.verdict != "merged":
            return made.slug if made.verdict == "approved" else None
        place = made.into
    return None if place in seen or place == theme_id or (place or "").startswith("t_") else place


def decide(directory: Path, verdict: str, theme: Theme, by: str, why: str, **named: str | None) -> Decided:
    """Writes down what becomes of a theme (``named``: the further fields of ``Decided``); returns the decision.

    What is in force already is not written twice. Raises UsageError where something else is.
    """
    with alone(directory):
        given = {name: text for name, text in named.items() if text}
        at = datetime.now(UTC).replace(tzinfo=None)
        made = Decided(secrets.token_hex(8), verdict, theme, by.strip(), why.strip(), at, **given)  # type: ignore[arg-type]
        earlier = in_force(read(directory)).get(theme.theme_id)
        if earlier and (earlier.verdict, earlier.slug, earlier.into) == (made.verdict, made.slug, made.into):
            return earlier
        if earlier:
            raise UsageError(
                f"that contradicts {earlier}; withdraw that first "
                f"(`vocpipe theme DIR withdraw {earlier.decision_id} --by WHO --why TEXT`)."
            )
        content = {
            "verdict": verdict, "theme": theme.theme_id, "name": theme.label, "words": list(theme.words),
            "keywords": list(theme.keywords), **given,
        }  # fmt: skip
        append(directory, made.decision_id, KIND, content, by=made.by, why=made.why, at=at)
        return made


def withdraw(directory: Path, decision_id: str, by: str, why: str) -> Decided:
    """Takes a decision back and returns it. Raises UsageError where no such decision stands."""
    unknown = "no decision on a theme has that id: `vocpipe theme DIR list` shows those that stand."
    return lines.withdraw(directory, decision_id, by, why.strip(), read=read, noun="decision", unknown=unknown)
