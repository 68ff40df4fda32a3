"""One pull: where it lands files, what it was told, and the cursor that it keeps."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from vocpipe import private
from vocpipe.connectors.web import Web
from vocpipe.contracts import RunError


@dataclass
class Job:
    """A pull of one connector.

    ``cursor`` is what the last one left (a JSON object, empty at first); ``since`` limits the first pull only.
    """

    name: str
    folder: Path
    cursor_path: Path
    web: Web
    token: str
    options: Mapping[str, str] = field(default_factory=dict)
    since: date | None = None
    cursor: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.cursor_path.is_file():
            self.cursor = read_cursor(self.cursor_path)

    def land(self, name: str, content: bytes) -> Path:
        """Write one file into the folder, whole or not at all; gives its path."""
        target = self.folder / name
        put(target, content)
        return target

    def numbered(self, kind: str, ending: str) -> str:
        """The name of the next file of a kind: the same again until the cursor is saved."""
        plain = re.sub(r"[^A-Za-z0-9_-]", "_", kind)
        return f"{plain}_{int(self.cursor.get(f'{kind} files', 0)) + 1:06d}.{ending}"

    def counted(self, kind: str) -> None:
        """The file of that name is landed: the next one is another (once the cursor is saved)."""
        self.cursor[f"{kind} files"] = int(self.cursor.get(f"{kind} files", 0)) + 1

    def pause(self, seconds: float) -> None:
        """Wait before the vendor is asked again."""
        self.web.pause(seconds)

    def save(self) -> None:
        """Keep the cursor; what was landed before is not pulled again."""
        put(self.cursor_path, json.dumps(self.cursor, indent=1, sort_keys=True).encode())


def put(target: Path, content: bytes) -> None:
    """Write a file in one step: a run that reads the folder meanwhile sees the old one or the new one."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        private.put(target, content)
    except OSError as problem:
        raise RunError(
            f"{target} cannot be written ({type(problem).__name__}): look at the disk's free space and at the rights "
            "of the folder, then pull again; it goes on where it was."
        ) from problem


def read_cursor(path: Path) -> dict[str, Any]:
    """The cursor of the last pull. Raises RunError where it is damaged: a guess could leave answers out."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(found, dict):
            raise ValueError("no object")
    except (OSError, ValueError) as problem:
        raise RunError(
            f"{path} is damaged: delete it to pull everything anew (nothing is doubled by that), then pull again."
        ) from problem
    return found
