"""What people decided: the append-only file `work/decisions.jsonl`, what stands in it, and what contradicts what.

One JSON object a line; nothing is ever changed or removed, a decision is withdrawn by a later line. The next run reads
the file as a source. A line that cannot be understood stops the run: to guess would undo somebody's decision.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from filelock import FileLock, Timeout

from vocpipe.contracts import RunError, UsageError
from vocpipe.decisions.judged import VERDICTS, Decision, Judged, Record, Withdrawal, consistent, contradiction

__all__ = [
    "VERDICTS",
    "Decision",
    "Judged",
    "Pair",
    "Record",
    "Withdrawal",
    "append",
    "consistent",
    "contradiction",
    "judge",
    "pairs",
    "path_of",
    "read",
    "standing",
    "withdraw",
]

DECISION_ID = re.compile(r"[0-9a-f]{16}")


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


def path_of(directory: Path) -> Path:
    """Path of the file of decisions of a project folder."""
    return directory / "work" / "decisions.jsonl"


# --------------------------------------------------------------------------- reading


def read(directory: Path) -> list[Decision]:
    """All identity decisions in the order in which they were made; withdrawn ones say by whom.

    Raises UsageError where a line is damaged. Decisions of other kinds are passed over.
    """
    path = path_of(directory)
    found: dict[str, Decision] = {}
    others: set[str] = set()
    for number, entry in _entries(path):
        made = _decided(path, number, entry)
        if made["decision"] in found or made["decision"] in others:
            raise _damaged(path, number, f"decision {made['decision']} stands on an earlier line already")
        if made["kind"] == "identity":
            found[made["decision"]] = _identity(path, number, made)
            continue
        others.add(made["decision"])
        of = made.get("of")
        if made["kind"] != "withdraw" or of in others:
            continue
        if of not in found:
            raise _damaged(path, number, 'no line before it makes the decision that "of" names')
        taken_back = Withdrawal(made["decision"], made["by"], made["why"], made["at"])
        found[of] = replace(found[of], withdrawn=found[of].withdrawn or taken_back)
    return list(found.values())


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


def _entries(path: Path) -> Iterable[tuple[int, dict[str, Any]]]:
    """Each line's number and JSON object; empty lines are passed over."""
    for number, line in enumerate(_content(path).split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line.decode("utf-8"))
        except ValueError as problem:
            raise _damaged(path, number, "it is no whole JSON object") from problem
        if not isinstance(entry, dict):
            raise _damaged(path, number, "it is no JSON object")
        yield number, entry


def _content(path: Path) -> bytes:
    if not path.exists():
        return b""
    content = path.read_bytes()
    if content and not content.endswith(b"\n"):
        time.sleep(0.05)  # another command may be in the middle of its one write
        content = path.read_bytes()
    return content


def _decided(path: Path, number: int, entry: dict[str, Any]) -> dict[str, Any]:
    """The line with what every kind has, its time read."""
    for name in ("decision", "kind", "by", "why", "at"):
        if not _is_text(entry.get(name)):
            raise _damaged(path, number, f'"{name}" is missing or no text')
    if not DECISION_ID.fullmatch(entry["decision"]):
        raise _damaged(path, number, '"decision" is not 16 hexadecimal digits')
    try:
        at = datetime.fromisoformat(entry["at"])
    except ValueError as problem:
        raise _damaged(path, number, '"at" is no time such as 2026-07-01T12:00:00Z') from problem
    return entry | {"at": at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at}


def _identity(path: Path, number: int, entry: Mapping[str, Any]) -> Decision:
    if entry.get("verdict") not in VERDICTS:
        raise _damaged(path, number, '"verdict" is neither "same" nor "different"')
    a, b = (_record(path, number, name, entry.get(name)) for name in ("a", "b"))
    if a == b:
        raise _damaged(path, number, '"a" and "b" are one record')
    return Decision(entry["decision"], entry["verdict"], a, b, entry["by"], entry["why"], entry["at"])


def _record(path: Path, number: int, name: str, written: Any) -> Record:
    if not isinstance(written, dict) or not all(_is_text(written.get(key)) for key in Record._fields):
        raise _damaged(path, number, f'"{name}" does not name a "source" and a "record_id"')
    return Record(written["source"], written["record_id"])


def _is_text(value: object) -> bool:
    """Whether it is text that says something and can be stored (half of a surrogate pair cannot)."""
    return isinstance(value, str) and bool(value.strip()) and not any("\ud800" <= c <= "\udfff" for c in value)


def _damaged(path: Path, number: int, what: str) -> UsageError:
    return UsageError(
        f"{path}, line {number}, is damaged ({what}): mend that line or move it out of the file; "
        "until then nothing is judged and no run starts."
    )


# --------------------------------------------------------------------------- writing


def judge(directory: Path, verdict: str, a: Record, b: Record, by: str, why: str) -> Decision:
    """Writes down that two records are the same person or different ones; returns the decision.

    What stands already is not written twice: the earlier decision is returned. Raises UsageError where it contradicts
    standing decisions.
    """
    if a == b:
        raise UsageError(f"both sides are {a}: name two records.")
    with _alone(directory):
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
    with _alone(directory):
        known = {decision.decision_id: decision for decision in read(directory)}
        if decision_id not in known:
            raise UsageError("no identity decision has that id: `vocpipe judge DIR --list` shows those that stand.")
        if earlier := known[decision_id].withdrawn:
            raise UsageError(f"decision {decision_id} was withdrawn by {earlier.by} on {earlier.at:%Y-%m-%d} already.")
        taken_back = Withdrawal(secrets.token_hex(8), by.strip(), why.strip(), datetime.now(UTC).replace(tzinfo=None))
        append(directory, taken_back.decision_id, "withdraw", {"of": decision_id},
               by=taken_back.by, why=taken_back.why, at=taken_back.at)  # fmt: skip
        return replace(known[decision_id], withdrawn=taken_back)


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """No second command looks at what stands between our look and our line; who waits for a minute is told."""
    path = path_of(directory)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = FileLock(
        path.with_suffix(".lock"), timeout=60, poll_interval=0.005, is_singleton=True
    )  # the same one within: no waiting
    try:
        lock.acquire()
    except Timeout as problem:
        raise RunError(
            f"Another command has been writing to {path} for a minute: end it, then judge again."
        ) from problem
    try:
        yield
    finally:
        lock.release()


def append(
    directory: Path, decision_id: str, kind: str, content: Mapping[str, Any], *, by: str, why: str, at: datetime
) -> None:
    """Adds one line by one write, on the disk when this returns; the file is made readable by its owner alone.

    ``at`` is naive UTC. Raises UsageError where nobody or no reason is named, RunError where the disk is full.
    """
    for option, text in (("--by", by), ("--why", why)):
        if not _is_text(text):
            raise UsageError(f"{option} is empty or no readable text: write who judges (--by) and why (--why).")
    entry = {"decision": decision_id, "kind": kind, **content, "by": by, "why": why, "at": f"{at.isoformat()}Z"}
    path = path_of(directory)
    with _alone(directory):
        # A last line without its end (an editor leaves such) must not run into ours.
        start = "\n" if path.exists() and path.read_bytes()[-1:] not in (b"", b"\n") else ""
        line = f"{start}{json.dumps(entry, ensure_ascii=False)}\n".encode()
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            if os.write(descriptor, line) < len(line):
                raise RunError(f"{path} took only a part of its last line (a full disk?): remove it, then judge again.")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
