"""Earlier published files, `published/earlier/<run>.duckdb`: kept for a while, and put back when one is wanted."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from vocpipe.contracts import RunError, UsageError
from vocpipe.warehouse.publishing import path_of, refuse_wal

RUN_ID = re.compile(r"\d{8}T\d{6}-[0-9a-f]{6}")


def folder_of(directory: Path) -> Path:
    """Where they lie."""
    return path_of(directory).parent / "earlier"


def kept(directory: Path) -> list[Path]:
    """The kept files, the newest run last."""
    return sorted(path for path in folder_of(directory).glob("*.duckdb") if RUN_ID.fullmatch(path.stem))


def keep(directory: Path, run_id: str, count: int) -> None:
    """Keep the file just published, and of the ones before it the newest ``count``.

    Raises RunError where the disk refuses; what is published stands all the same.
    """
    try:
        if count:
            copied(path_of(directory), folder_of(directory) / f"{run_id}.duckdb")
        files = kept(directory)
        for path in files[: max(len(files) - count - 1, 0)] if count else files:
            path.unlink()
    except OSError as problem:
        raise RunError(
            f"The new file is published, but {folder_of(directory)} could not keep it ({type(problem).__name__}): look "
            "at the disk's free space and at the rights of the folder."
        ) from problem


def copied(source: Path, target: Path) -> None:
    """A second name for a file, which takes no room; a copy where the file system knows no such thing."""
    target.parent.mkdir(exist_ok=True)
    fresh = target.with_name(f".{target.name}.new")
    fresh.unlink(missing_ok=True)
    try:
        os.link(source, fresh)
    except OSError:
        shutil.copy2(source, fresh)
        with fresh.open("rb") as file:
            os.fsync(file.fileno())
    os.replace(fresh, target)


def put_back(directory: Path, run_id: str) -> None:
    """Let the file of an earlier run take the published one's place in one step; readers keep what they have open.

    Raises UsageError where that file is not kept, RunError where the disk refuses; the published file then stands.
    """
    source = folder_of(directory) / f"{run_id}.duckdb"
    if source not in kept(directory):
        raise UsageError(f"run {run_id!r} is not kept: `vocpipe rollback {directory}` lists those that are.")
    try:
        refuse_wal(path_of(directory))
        copied(source, path_of(directory))
    except OSError as problem:
        raise RunError(
            f"{path_of(directory)} could not be replaced ({type(problem).__name__}) and stands as it was: look at the "
            "disk's free space and at the rights of the folder."
        ) from problem
