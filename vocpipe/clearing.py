"""Takes a person out of the files that runs left beside the work file: kept and published ones, lists, logs."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator
from pathlib import Path

from vocpipe import decisions, private
from vocpipe.contracts import OUR_FOLDERS, RunError
from vocpipe.erasure import Masking
from vocpipe.warehouse import path_of, rewriting, snapshot
from vocpipe.warehouse.persons import Whole

# Ours, and no text: the key of the pseudonyms, locks, models; Parquet is made anew from the published file.
NO_TEXT = {".key", ".lock", ".npz", ".onnx", ".duckdb", ".wal", ".parquet"}


def ours(directory: Path) -> Iterator[Path]:
    """The files that runs left behind, the work file and the decisions aside; the private snapshot comes last, so that
    an erasure that is cut short still finds the person."""
    aside = (path_of(directory), decisions.path_of(directory), snapshot.path_of(directory))
    for folder in OUR_FOLDERS:
        for path in sorted((directory / folder).rglob("*")):
            if path.is_file() and not path.is_symlink() and path not in aside and path.suffix != ".wal":
                yield path
    if snapshot.path_of(directory).is_file():
        yield snapshot.path_of(directory)


def rewrite(path: Path, whole: Whole, masking: Masking) -> int:
    """Take the person out of one file; 1 where it was changed. A file that is one with another (a kept one with the
    published) is changed by itself."""
    if path.suffix == ".duckdb":
        times = path.stat()
        rewriting.rewritten(path, lambda con: rewriting.take_out(con, whole, masking))
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))  # by it a kept file is known as the published one
        return 1
    if path.suffix in NO_TEXT:
        return 0
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return 0
    fresh = without_rows(text, whole, masking) if path.suffix == ".csv" else masking.apply(text)
    if fresh != text:
        try:
            private.put(path, fresh.encode(), path.stat().st_mode & 0o777)
        except OSError as problem:
            raise RunError(f"{path} could not be written anew ({problem.strerror}) and stands as it was.") from problem
    return int(fresh != text)


def without_rows(text: str, whole: Whole, masking: Masking) -> str:
    """A list without the rows that name the person."""
    header, *lines = list(csv.reader(io.StringIO(text, newline=""))) or [[]]
    kept = [
        line
        for line in lines
        if not whole.customers & set(line) and masking.apply("\x1f".join(line)) == "\x1f".join(line)
    ]
    if len(kept) == len(lines):
        return text
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows([header, *kept])
    return out.getvalue()


def leave_nothing_behind(directory: Path) -> None:
    """Remove what a killed run may have left: half-written files and what was spilt to the disk."""
    for folder in OUR_FOLDERS:
        for path in (directory / folder).rglob(".*.new*"):
            path.unlink()
    for path in (directory / "work" / "tmp").glob("*"):
        path.unlink()
