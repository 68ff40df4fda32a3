"""A person's word on two records, and what many such words amount to: who is whom, and what contradicts what."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from vocpipe.decisions.lines import Withdrawal

VERDICTS = {"same": "the same person", "different": "different persons"}


class Record(NamedTuple):
    """One record of a person in one source."""

    source: str
    record_id: str

    def __str__(self) -> str:
        return f"{self.source}:{self.record_id}"


@dataclass(frozen=True, slots=True)
class Decision:
    """A person's word on two records; ``at`` is naive UTC. It stands unless ``withdrawn`` says otherwise."""

    decision_id: str
    verdict: str
    a: Record
    b: Record
    by: str
    why: str
    at: datetime
    withdrawn: Withdrawal | None = None

    def __str__(self) -> str:
        told = VERDICTS[self.verdict]
        return f"decision {self.decision_id} ({self.a} and {self.b} are {told}; {self.by}, {self.at:%Y-%m-%d})"


def contradiction(against: Iterable[Decision]) -> str:
    """What a judgement contradicts, and how to take that back."""
    told = list(against)
    which = "that" if len(told) == 1 else "one of them"
    return (
        f"contradicts {', '.join(map(str, told))}; withdraw {which} first "
        f"(`vocpipe judge DIR withdraw {told[0].decision_id} --by WHO --why TEXT`)"
    )


def consistent(decisions: Iterable[Decision]) -> Judged:
    """What the decisions amount to, taken in order; one that contradicts those before it is put aside.

    A pure function of the decisions; all of them are taken as standing.
    """
    judged = Judged()
    for decision in decisions:
        judged.take(decision)
    return judged


@dataclass(slots=True)
class Judged:
    """Groups of records that are one person, and pairs that are not; ``conflicts``: ids put aside, and what against."""

    conflicts: dict[str, list[Decision]] = field(default_factory=dict)
    _groups: dict[Record, list[Record]] = field(default_factory=dict)
    _ties: dict[str, dict[Record, list[Decision]]] = field(default_factory=lambda: {v: {} for v in VERDICTS})

    def take(self, decision: Decision) -> None:
        """Adds a decision, or notes what it contradicts."""
        if against := self.against(decision):
            self.conflicts[decision.decision_id] = against
            return
        for record in (decision.a, decision.b):
            self._ties[decision.verdict].setdefault(record, []).append(decision)
        if decision.verdict == "same" and (one := self._group(decision.a)) is not (other := self._group(decision.b)):
            small, large = sorted((one, other), key=len)
            large.extend(small)
            self._groups |= dict.fromkeys(small, large)

    def against(self, decision: Decision) -> list[Decision]:
        """The decisions that together contradict this one; none where it fits."""
        if decision.verdict == "same":
            return self._between(decision.a, decision.b)[:1]
        return self._chain(decision.a, decision.b)

    def verdict(self, a: Record, b: Record) -> str | None:
        """What the decisions say of two records, directly or through others; None: nothing."""
        if self._group(a) is self._group(b) or a == b:
            return "same"
        return "different" if self._between(a, b) else None

    def _group(self, record: Record) -> list[Record]:
        return self._groups.setdefault(record, [record])

    def _between(self, a: Record, b: Record) -> list[Decision]:
        """The decisions that keep the groups of two records apart, the earliest of a record first."""
        small, large = sorted((self._group(a), self._group(b)), key=len)
        return [
            decision
            for record in small
            for decision in self._ties["different"].get(record, ())
            if self._group(decision.b if decision.a == record else decision.a) is large
        ]

    def _chain(self, a: Record, b: Record) -> list[Decision]:
        """The shortest chain of decisions that makes two records one person; empty where there is none."""
        if self._group(a) is not self._group(b):
            return []
        reached: dict[Record, list[Decision]] = {a: []}
        waiting = deque([a])
        while b not in reached:
            here = waiting.popleft()
            for decision in self._ties["same"].get(here, ()):
                there = decision.b if decision.a == here else decision.a
                if there not in reached:
                    reached[there] = [*reached[here], decision]
                    waiting.append(there)
        return reached[b]
