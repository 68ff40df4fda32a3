"""`vocpipe doctor`: whether this machine and a project folder are fit for tonight's run, and what to do where not."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import NamedTuple

import duckdb
from packaging.requirements import Requirement

from vocpipe import decisions, notifying, runs, settings
from vocpipe.contracts import PUBLISHED, RunError, VocpipeError
from vocpipe.published import attached
from vocpipe.warehouse import path_of

PYTHON = (3, 11)
FREE_BYTES = 1_000_000_000  # besides what a run writes anew


class Finding(NamedTuple):
    """One thing looked at: good, warn (a run works, but look at it) or bad (a run would fail), and what to do."""

    level: str
    about: str
    told: str


def findings(directory: Path | None) -> list[Finding]:
    """Everything that was looked at, of the machine and of a project folder where one is given."""
    found = [*machine()]
    return [*found, *project(directory)] if directory else found


def machine() -> Iterator[Finding]:
    """Python and the packages, each in the range that is known to work."""
    if sys.version_info[:2] < PYTHON:
        yield Finding("bad", "Python", f"{sys.version.split()[0]} is too old: install 3.11 or newer.")
    else:
        yield Finding("good", "Python", sys.version.split()[0])
    for written in requires("vocpipe") or []:
        wanted = Requirement(written)
        if wanted.marker and not wanted.marker.evaluate({"extra": ""}):
            continue
        try:
            held = version(wanted.name)
        except PackageNotFoundError:
            yield Finding("bad", wanted.name, "is not installed: pip install -c constraints.txt -e .")
            continue
        if not wanted.specifier.contains(held, prereleases=True):
            yield Finding("bad", wanted.name, f"{held} is outside {wanted.specifier}: install constraints.txt.")
        elif wanted.name in ("duckdb", "prefect"):
            yield Finding("good", wanted.name, held)


def scheduler() -> list[Finding]:
    """Whether Prefect's settings are sane."""
    from flows.sane import findings as of_prefect  # only here: it starts Prefect

    return [Finding(*one) for one in of_prefect()]


def project(directory: Path) -> Iterator[Finding]:
    """Settings, rights, locks, leftovers, room on the disk, the last runs."""
    try:
        chosen = settings.load(directory)
        runs.begin(directory)
        notifying.ways(directory, chosen.notify)
        decisions.read(directory)
        yield Finding("good", "vocpipe.toml", f"{len(chosen.sources)} sources")
    except VocpipeError as problem:
        yield Finding("bad", "settings", str(problem))
    for name in ("work", "published"):
        yield writable(directory / name)
    yield from disk(directory)
    yield from leftovers(directory)
    yield from rights(directory)
    is_free = lock_is_free(directory)
    yield Finding("good", "lock", "no run is on") if is_free else Finding("warn", "lock", "a run is on just now.")
    yield from published(directory)


def writable(folder: Path) -> Finding:
    """Whether this user may write into a folder, or make it."""
    place = folder if folder.exists() else folder.parent
    if os.access(place, os.W_OK | os.X_OK):
        return Finding("good", folder.name, "can be written to")
    return Finding("bad", folder.name, f"{place} cannot be written to: give this user the right to.")


def disk(directory: Path) -> Iterator[Finding]:
    """Whether a run has room: it writes a published file and a private snapshot beside the old ones."""
    files = [path_of(directory), directory / PUBLISHED]
    needed = FREE_BYTES + sum(path.stat().st_size for path in files if path.is_file())
    free = shutil.disk_usage(directory).free
    if free < needed:
        told = f"{free / 1e9:.1f} GB are free, a run may need {needed / 1e9:.1f} GB: make room."
        yield Finding("bad", "disk", told)
    else:
        yield Finding("good", "disk", f"{free / 1e9:.1f} GB free")


def leftovers(directory: Path) -> Iterator[Finding]:
    """What programs left behind that stop a run, or that the next one clears away."""
    published = directory / PUBLISHED
    wal = published.with_name(f"{published.name}.wal")
    if wal.exists():
        yield Finding("bad", "published file", f"{wal} shows that some program wrote to it: remove {wal.name}.")
    for path in (published.with_name(f".{published.name}.new"), path_of(directory).with_name("tmp")):
        if path.exists() and lock_is_free(directory):
            yield Finding("warn", path.name, f"{path} is left of a run that was killed; the next run clears it.")


def rights(directory: Path) -> Iterator[Finding]:
    """Whether what holds personal data is its owner's alone."""
    for path in sorted((directory / "work").glob("*")) if (directory / "work").is_dir() else []:
        if path.is_file() and path.suffix != ".lock" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            yield Finding("warn", path.name, f"others may read {path}: run `chmod 600 {path}`.")


def lock_is_free(directory: Path) -> bool:
    """Whether no run is on just now."""
    if not (directory / "work").is_dir() or not os.access(directory / "work", os.W_OK):
        return True
    try:
        with runs.locked(directory):
            return True
    except RunError:
        return False


def published(directory: Path) -> Iterator[Finding]:
    """Whether the published file opens, how old it is, and how the last run ended."""
    path = directory / PUBLISHED
    if not path.is_file():
        yield Finding("warn", "published file", f"there is none yet: run `vocpipe run {directory}`.")
        return
    try:
        with attached({"voc": path}) as con:
            query = "select started_at, outcome from voc.quality.runs order by started_at desc limit 1"
            ((started_at, outcome),) = con.execute(query).fetchall()
    except (duckdb.Error, ValueError) as problem:
        told = f"{path} does not open ({type(problem).__name__}): run `vocpipe rollback {directory}`."
        yield Finding("bad", "published file", told)
        return
    now = datetime.now(UTC).replace(tzinfo=None)
    if started_at > now + timedelta(hours=1):
        told = f"the last run is dated {started_at:%Y-%m-%d %H:%M} UTC, which is to come: set this machine's clock."
        yield Finding("bad", "clock", told)
    elif started_at < now - timedelta(days=2):
        told = f"it is {(now - started_at).days} days old: look why no run has published since (work/logs/run.jsonl)."
        yield Finding("warn", "published file", told)
    else:
        yield Finding("good", "published file", f"of {started_at:%Y-%m-%d %H:%M} UTC, {outcome}")
