"""A person's word that a warning or an alert is known: it is not told again until it ends and comes back."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime
from pathlib import Path

from vocpipe.contracts import UsageError
from vocpipe.decisions.lines import append, damaged, read_lines

KIND = "acknowledge"
NOTICE_ID = re.compile(r"[0-9a-f]{12}")


def read(directory: Path) -> list[tuple[str, str, datetime]]:
    """Notice id, who and when (naive UTC) of every acknowledgement, in order. Raises UsageError for a damaged line."""
    found = []
    for path, number, made in read_lines(directory):
        if made["kind"] == KIND:
            if not NOTICE_ID.fullmatch(str(made.get("notice"))):
                raise damaged(path, number, '"notice" is no id of a notice')
            found.append((made["notice"], made["by"], made["at"]))
    return found


def acknowledge(directory: Path, notice_id: str, by: str, why: str | None) -> None:
    """Write an acknowledgement down. Raises UsageError where the id has not the form of one, or nobody is named."""
    if not NOTICE_ID.fullmatch(notice_id):
        raise UsageError(
            f"{notice_id!r} is no id of a notice (12 digits from 0 to f): `vocpipe acknowledge {directory}` lists them."
        )
    now = datetime.now(UTC).replace(tzinfo=None)
    append(directory, secrets.token_hex(8), KIND, {"notice": notice_id}, by=by, why=why, at=now)
