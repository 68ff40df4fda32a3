"""Writes a file that holds persons' data or secrets: readable by its owner alone, and whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path


def put(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Write a file and let it take the old one's place in one step, once it is on the disk.

    It is readable by its owner alone from its first byte on; ``mode`` is what it has in the end. Raises OSError; the
    old file then stands as it was, and nothing is left beside it.
    """
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(descriptor, mode)
            os.fsync(descriptor)
        os.replace(fresh, path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
