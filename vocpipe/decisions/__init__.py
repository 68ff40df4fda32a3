"""What people decided: the append-only file `work/decisions.jsonl`, what stands in it, and what contradicts what.

One JSON object a line; nothing is ever changed or removed, a decision is withdrawn by a later line. The next run reads
the file as a source. A line that cannot be understood stops the run: to guess would undo somebody's decision.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from vocpipe.contracts import UsageError
from vocpipe.decisions import acknowledged, corrections, erasures, lines, themes
from vocpipe.decisions.judged import VERDICTS, Decision, Judged, Record, consistent, contradiction
from vocpipe.decisions.lines import Withdrawal, alone, append, damaged, is_text, path_of, read_kind

__all__ = [
    "VERDICTS",
    "Decision",
    "Judged",
    "Pair",
    "Record",
    "Withdrawal",
    "acknowledged",
    "append",
    "consistent",
    "contradiction",
    "corrections",
    "erasures",
    "judge",
    "pairs",
    "path_of",
    "read",
    "standing",
    "themes",
    "withdraw",
]


class Pair(NamedTuple):
    """A standing decision as a row for the core; ``conflict`` is null, or why it cannot be applied."""

    decision_id: str
    verdict: str
    source_a: str
    record_id_a: str
    source_b: str
    record_id_b: str
    decided_by: str
    why: str
    decided_at: datetime
    conflict: str | None


# --------------------------------------------------------------------------- reading


def read(directory: Path) -> list[Decision]:
    """All identity decisions in the order in which they were made; withdrawn ones say by whom.

    Raises UsageError where a line is damaged. Decisions of other kinds are passed over.
    """
    return read_kind(directory, "identity", _identity)


def standing(decisions: Iterable[Decision]) -> list[Decision]:
    """The decisions that nobody withdrew, in order."""
    return [decision for decision in decisions if not decision.withdrawn]


def pairs(directory: Path) -> list[Pair]:
    """The standing decisions in order, as rows; one that contradicts earlier ones says so in ``conflict``."""
    decisions = standing(read(directory))
    conflicts = consistent(decisions).conflicts
    return [
        Pair(
            d.decision_id, d.verdict, *d.a, *d.b, d.by, d.why, d.at,
            contradiction(conflicts[d.decision_id]) if d.decision_id in conflicts else None,
        )
        for d in decisions
    ]  # fmt: skip


def _identity(path: Path, number: int, entry: Mapping[str, Any]) -> Decision:
    if entry.get("verdict") not in VERDICTS:
        raise damaged(path, number, '"verdict" is neither "same" nor "different"')
    a, b = (_record(path, number, name, entry.get(name)) for name in ("a", "b"))
    if a == b:
        raise damaged(path, number, '"a" and "b" are one record')
    return Decision(entry["decision"], entry["verdict"], a, b, entry["by"], entry["why"], entry["at"])


def _record(path: Path, number: int, name: str, written: Any) -> Record:
    if not isinstance(written, dict) or not all(is_text(written.get(key)) for key in Record._fields):
        raise damaged(path, number, f'"{name}" does not name a "source" and a "record_id"')
    return Record(written["source"], written["record_id"])


# --------------------------------------------------------------------------- writing


def judge(directory: Path, verdict: str, a: Record, b: Record, by: str, why: str) -> Decision:
    """Writes down that two records are the same person or different ones; returns the decision.

    What stands already is not written twice: the earlier decision is returned. Raises UsageError where it contradicts
    standing decisions.
    """
    if a == b:
        raise UsageError(f"both sides are {a}: name two records.")
    with alone(directory):
        decisions = standing(read(directory))
        for earlier in decisions:
            if earlier.verdict == verdict and {earlier.a, earlier.b} == {a, b}:
                return earlier
        at = datetime.now(UTC).replace(tzinfo=None)
        made = Decision(secrets.token_hex(8), verdict, a, b, by.strip(), why.strip(), at)
        if against := consistent(decisions).against(made):
            raise UsageError(f"{a} and {b} cannot be judged {VERDICTS[verdict]}: that {contradiction(against)}.")
        append(directory, made.decision_id, "identity", {"verdict": verdict, "a": a._asdict(), "b": b._asdict()},
               by=made.by, why=made.why, at=at)  # fmt: skip
        return made


def withdraw(directory: Path, decision_id: str, by: str, why: str) -> Decision:
    """Takes a decision back and returns it. Raises UsageError where no such decision stands."""
    unknown = "no identity decision has that id: `vocpipe judge DIR --list` shows those that stand."
    return lines.withdraw(directory, decision_id, by, why.strip(), read=read, noun="decision", unknown=unknown)
