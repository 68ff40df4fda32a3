"""The lines of `work/decisions.jsonl`: one JSON object a line, read as a whole, appended by one write each."""

from __future__ import annotations

import json
import os
import re
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Protocol, TypeVar

from filelock import FileLock, Timeout

from vocpipe.contracts import RunError, UsageError

DECISION_ID = re.compile(r"[0-9a-f]{16}")


class Withdrawal(NamedTuple):
    """Who took a decision back, why and when (UTC)."""

    decision_id: str
    by: str
    why: str
    at: datetime


class Withdrawable(Protocol):
    """A decision of any kind: a dataclass that says whether it was taken back."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def decision_id(self) -> str:
        """Its 16 hexadecimal digits."""

    @property
    def withdrawn(self) -> Withdrawal | None:
        """Who took it back; None: it stands."""


D = TypeVar("D", bound=Withdrawable)
Line = dict[str, Any]


def path_of(directory: Path) -> Path:
    """Path of the file of decisions of a project folder."""
    return directory / "work" / "decisions.jsonl"


def read_kind(directory: Path, kind: str, understood: Callable[[Path, int, Line], D]) -> list[D]:
    """All decisions of a kind in the order in which they were made; withdrawn ones say by whom.

    ``understood`` makes one of file, line number and content. Decisions of other kinds are passed over. Raises
    UsageError where a line is damaged, or takes back what no line before it decides.
    """
    found: dict[str, D] = {}
    known: set[str] = set()
    for path, number, made in read_lines(directory):
        known.add(made["decision"])
        if made["kind"] == kind:
            found[made["decision"]] = understood(path, number, made)
        elif made["kind"] == "withdraw":
            of = made.get("of")
            if of not in known:
                raise damaged(path, number, 'no line before it makes the decision that "of" names')
            if of in found and not found[of].withdrawn:
                taken_back = Withdrawal(made["decision"], made["by"], made["why"] or "", made["at"])
                found[of] = replace(found[of], withdrawn=taken_back)
    return list(found.values())


def read_lines(directory: Path) -> Iterator[tuple[Path, int, Line]]:
    """File, line number and content of every decision of every kind, in order; ``at`` is a time in naive UTC.

    Raises UsageError where a line is damaged or its decision stands on an earlier line already.
    """
    path = path_of(directory)
    seen: set[str] = set()
    for number, entry in _entries(path):
        made = _decided(path, number, entry)
        if made["decision"] in seen:
            raise damaged(path, number, f"decision {made['decision']} stands on an earlier line already")
        seen.add(made["decision"])
        yield path, number, made


def _entries(path: Path) -> Iterator[tuple[int, Line]]:
    """Each line's number and JSON object; empty lines are passed over."""
    for number, line in enumerate(_content(path).split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line.decode("utf-8"))
        except ValueError as problem:
            raise damaged(path, number, "it is no whole JSON object") from problem
        if not isinstance(entry, dict):
            raise damaged(path, number, "it is no JSON object")
        yield number, entry


def _content(path: Path) -> bytes:
    if not path.exists():
        return b""
    content = path.read_bytes()
    if content and not content.endswith(b"\n"):
        time.sleep(0.05)  # another command may be in the middle of its one write
        content = path.read_bytes()
    return content


def _decided(path: Path, number: int, entry: Line) -> Line:
    """The line with what every kind has, its time read."""
    for name in ("decision", "kind", "by", "why", "at"):
        is_optional = name == "why" and entry.get("kind") != "identity" and "why" in entry and entry["why"] is None
        if not is_optional and not is_text(entry.get(name)):
            raise damaged(path, number, f'"{name}" is missing or no text')
    if not DECISION_ID.fullmatch(entry["decision"]):
        raise damaged(path, number, '"decision" is not 16 hexadecimal digits')
    try:
        at = datetime.fromisoformat(entry["at"])
    except ValueError as problem:
        raise damaged(path, number, '"at" is no time such as 2026-07-01T12:00:00Z') from problem
    return entry | {"at": at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at}


def is_text(value: object) -> bool:
    """Whether it is text that says something and can be stored (half of a surrogate pair cannot)."""
    return isinstance(value, str) and bool(value.strip()) and not any("\ud800" <= c <= "\udfff" for c in value)


def damaged(path: Path, number: int, what: str) -> UsageError:
    """The error of a line that cannot be understood, with what to do."""
    return UsageError(
        f"{path}, line {number}, is damaged ({what}): mend that line or move it out of the file; "
        "until then nothing is judged and no run starts."
    )


@contextmanager
def alone(directory: Path) -> Iterator[None]:
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
    directory: Path, decision_id: str, kind: str, content: Mapping[str, Any], *, by: str, why: str | None, at: datetime
) -> None:
    """Adds one line by one write, on the disk when this returns; the file is made readable by its owner alone.

    ``at`` is naive UTC; ``why`` None: a kind that needs no reason. Raises UsageError where nobody or no reason is
    named, RunError where the disk is full.
    """
    for option, text in (("--by", by), ("--why", why)):
        if not is_text(text) and not (option == "--why" and text is None):
            raise UsageError(f"{option} is empty or no readable text: write who judges (--by) and why (--why).")
    entry = {"decision": decision_id, "kind": kind, **content, "by": by, "why": why, "at": f"{at.isoformat()}Z"}
    path = path_of(directory)
    with alone(directory):
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


def withdraw(
    directory: Path,
    decision_id: str,
    by: str,
    why: str | None,
    *,
    read: Callable[[Path], list[D]],
    noun: str,
    unknown: str,
) -> D:
    """Takes a decision back and returns it.

    ``read`` gives the decisions of its kind, ``noun`` names one, ``unknown`` is said where there is none of that id.
    Raises UsageError with it, and where the decision was withdrawn already.
    """
    with alone(directory):
        known = {made.decision_id: made for made in read(directory)}
        if decision_id not in known:
            raise UsageError(unknown)
        if earlier := known[decision_id].withdrawn:
            raise UsageError(f"{noun} {decision_id} was withdrawn by {earlier.by} on {earlier.at:%Y-%m-%d} already.")
        taken_back = Withdrawal(secrets.token_hex(8), by.strip(), why or "", datetime.now(UTC).replace(tzinfo=None))
        append(directory, taken_back.decision_id, "withdraw", {"of": decision_id},
               by=taken_back.by, why=why, at=taken_back.at)  # fmt: skip
        return replace(known[decision_id], withdrawn=taken_back)
