"""A person's word on what an interaction says: its sentiment or its topics, in the same file as all decisions.

The latest correction that stands holds; where it is withdrawn, the one before it does, and without one the classifier.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from vocpipe.decisions import lines
from vocpipe.decisions.lines import Withdrawal, alone, append, damaged, is_text, read_kind

KIND = "correction"
CLASSIFIERS = ("sentiment", "topic")  # whose labels a person can correct
DISTRESS = "distress"  # what a person alone decides of a turn: its writer is in distress (yes) or is not (no)
KNOWN = (*CLASSIFIERS, DISTRESS)
SEVERAL = ";"  # between the topics of one text


class Correction(NamedTuple):
    """One label of a correction in force, as a row for the core; ``rank`` 1 is the primary one."""

    decision_id: str
    interaction_id: str
    classifier: str
    label: str
    rank: int
    decided_by: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Corrected:
    """A person's word on one interaction; ``at`` is naive UTC. It stands unless ``withdrawn`` says otherwise."""

    decision_id: str
    interaction_id: str
    classifier: str
    labels: tuple[str, ...]
    by: str
    why: str | None
    at: datetime
    withdrawn: Withdrawal | None = None

    @property
    def label(self) -> str:
        """The labels as one text, as they are written in the command."""
        return SEVERAL.join(self.labels)

    def __str__(self) -> str:
        told = f"{self.classifier} of {self.interaction_id} is {self.label}"
        return f"correction {self.decision_id} ({told}; {self.by}, {self.at:%Y-%m-%d})"


def read(directory: Path) -> list[Corrected]:
    """All corrections in the order in which they were made; withdrawn ones say by whom.

    Raises UsageError where a line is damaged. Decisions of other kinds are passed over.
    """
    return read_kind(directory, KIND, _corrected)


def _corrected(path: Path, number: int, made: dict[str, Any]) -> Corrected:
    labels = made.get("labels")
    if not is_text(made.get("interaction")):
        raise damaged(path, number, '"interaction" is missing or no text')
    if made.get("classifier") not in KNOWN:
        raise damaged(path, number, f'"classifier" is neither {" nor ".join(KNOWN)}')
    if not isinstance(labels, list) or not labels or not all(map(is_text, labels)):
        raise damaged(path, number, '"labels" is no list of labels')
    return Corrected(
        made["decision"], made["interaction"], made["classifier"], tuple(labels), made["by"], made["why"], made["at"]
    )


def in_force(corrections: Iterable[Corrected]) -> list[Corrected]:
    """Of each interaction and classifier the latest correction that nobody withdrew, in order."""
    latest = {(made.interaction_id, made.classifier): made for made in corrections if not made.withdrawn}
    return list(latest.values())


def standing(corrections: Iterable[Corrected], until: datetime | None) -> list[Corrected]:
    """What had been corrected by a time, and withdrawn by then; all of it where no time is given."""
    if until is None:
        return list(corrections)
    known = (made for made in corrections if made.at <= until)
    return [replace(made, withdrawn=None) if made.withdrawn and made.withdrawn.at > until else made for made in known]


def rows(directory: Path, until: datetime | None = None) -> list[Correction]:
    """The corrections in force as rows, one a label; with ``until`` those that were in force at that time."""
    return [
        Correction(made.decision_id, made.interaction_id, made.classifier, label, rank, made.by, made.at)
        for made in in_force(standing(read(directory), until))
        for rank, label in enumerate(made.labels, start=1)
    ]


def correct(
    directory: Path, interaction_id: str, classifier: str, labels: Sequence[str], by: str, why: str | None
) -> Corrected:
    """Writes down what an interaction says; returns the correction. What is in force already is not written twice.

    Labels and interaction are taken as they are: the caller has looked whether there are such.
    """
    with alone(directory):
        for earlier in in_force(read(directory)):
            same = (earlier.interaction_id, earlier.classifier) == (interaction_id, classifier)
            if same and earlier.labels == tuple(labels):
                return earlier
        at = datetime.now(UTC).replace(tzinfo=None)
        made = Corrected(secrets.token_hex(8), interaction_id, classifier, tuple(labels), by.strip(), _reason(why), at)
        content = {"interaction": interaction_id, "classifier": classifier, "labels": list(labels)}
        append(directory, made.decision_id, KIND, content, by=made.by, why=made.why, at=made.at)
        return made


def withdraw(directory: Path, decision_id: str, by: str, why: str | None) -> Corrected:
    """Takes a correction back and returns it. Raises UsageError where no such correction stands."""
    unknown = "no correction has that id: `vocpipe correct DIR --list` shows those that stand."
    return lines.withdraw(directory, decision_id, by, _reason(why), read=read, noun=KIND, unknown=unknown)


def _reason(why: str | None) -> str | None:
    """The reason, or None where none was written: a label needs none."""
    return (why or "").strip() or None
