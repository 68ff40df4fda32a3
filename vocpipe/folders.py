"""Puts a folder of files in the place of another in one go: never some of the old files and some of the new."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from vocpipe.contracts import PUBLISHED, RunError


def replace(
    target: Path, fill: Callable[[Path], None] | None, failures: tuple[type[Exception], ...] = (OSError,)
) -> None:
    """Let ``fill`` write a new folder, which takes the place of ``target``; without ``fill``, remove it.

    Raises RunError where that cannot be done (``failures`` are what it may fail with); the last folder then stands.
    """
    fresh, old = (target.with_name(f".{target.name}.{state}") for state in ("new", "old"))
    try:
        for leftover in (fresh, old):
            shutil.rmtree(leftover, ignore_errors=True)
        if fill:
            fill(fresh)
        if target.exists():
            os.replace(target, old)
        if fill:
            os.replace(fresh, target)
        shutil.rmtree(old, ignore_errors=True)
    except failures as problem:
        raise RunError(
            f"{target} could not be written ({type(problem).__name__}): look at the disk's free space and at the "
            f"rights of the folder, then run again. {target.with_name(Path(PUBLISHED).name)} is published all the same."
        ) from problem
