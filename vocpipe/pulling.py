"""Pulls what the settings name under `[[connectors]]` into the project folder: one connector stops no other."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Collection
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from vocpipe import settings
from vocpipe.connectors import Connector, connectors
from vocpipe.connectors.jobs import Job
from vocpipe.connectors.web import Web
from vocpipe.contracts import RunError, UsageError, VocpipeError
from vocpipe.settings import ConnectorSettings

Secret = Callable[[str], str]
CURSORS = "work/cursors"
# Where an account has no address of its own.
ADDRESSES = {"x": "https://api.x.com", "surveymonkey": "https://api.surveymonkey.com", "files": "https://localhost"}


@dataclass(frozen=True, slots=True)
class Pulled:
    """What one connector brought: paths of new files, and why it stopped (None: it came to the end)."""

    name: str
    files: tuple[Path, ...]
    problem: str | None = None


def pull(
    directory: Path, names: Collection[str] = (), *, secret: Secret | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> list[Pulled]:  # fmt: skip
    """Pull every connector of the settings, or those named. Raises UsageError where a name or an option is wrong."""
    chosen = settings.load(directory).connectors
    if unknown := set(names) - {one.name for one in chosen}:
        raise UsageError(f"no connector of the settings is called {sorted(unknown)[0]!r}: look at [[connectors]].")
    wanted = [one for one in chosen if not names or one.name in names]
    for one in wanted:
        require(one)
    found = []
    for number, one in enumerate(wanted, start=1):
        found.append(pull_one(directory, one, secret))
        if progress:
            progress("pulling files", number, len(wanted))
    return found


def require(chosen: ConnectorSettings) -> Connector:
    """The connector of a vendor. Raises UsageError where there is none, or an option is missing or not known."""
    known = connectors()
    if chosen.vendor not in known:
        raise UsageError(f"connector {chosen.name!r}: nobody pulls from {chosen.vendor!r}: write {', '.join(known)}.")
    connector = known[chosen.vendor]
    for option in connector.NEEDS:
        if not chosen.options.get(option):
            raise UsageError(f"connector {chosen.name!r}: write `{option}` under options: {connector.OPTIONS[option]}.")
    if extra := chosen.options.keys() - connector.OPTIONS.keys():
        told = ", ".join(connector.OPTIONS) or "none"
        raise UsageError(f"connector {chosen.name!r}: the option {sorted(extra)[0]!r} is not known: there are {told}.")
    return connector


def pull_one(directory: Path, chosen: ConnectorSettings, secret: Secret | None = None) -> Pulled:
    """Pull one connector; what it landed before it failed stays, and the next pull goes on from there."""
    connector = require(chosen)
    files: list[Path] = []
    try:
        with held(directory, chosen.name):
            token = token_of(directory, chosen.token, secret)
            with web_of(chosen, token) as web:
                cursor = directory / CURSORS / f"{chosen.name}.json"
                job = Job(chosen.name, directory / (chosen.folder or chosen.name), cursor, web, token,
                          chosen.options, chosen.since)  # fmt: skip
                files.extend(connector.pull(job))
    except VocpipeError as problem:
        return Pulled(chosen.name, tuple(files), str(problem))
    return Pulled(chosen.name, tuple(files))


@contextmanager
def held(directory: Path, name: str) -> Any:
    """Only one pull of a connector at a time: two would race for the cursor."""
    path = directory / CURSORS / f"{name}.lock"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = FileLock(path, timeout=0)
    try:
        lock.acquire()
    except Timeout as problem:
        raise RunError(f"connector {name!r} is being pulled already: wait until that ends.") from problem
    try:
        yield
    finally:
        lock.release()


def web_of(chosen: ConnectorSettings, token: str) -> Web:
    """The vendor's address, with the token where that vendor wants it."""
    address = chosen.url or ADDRESSES.get(chosen.vendor, "")
    if chosen.vendor == "qualtrics":
        return Web("Qualtrics", address, {"X-API-TOKEN": token})
    if chosen.vendor == "zendesk" and chosen.options.get("email"):
        return Web("Zendesk", address, auth=(f"{chosen.options['email']}/token", token))
    return Web(chosen.vendor.capitalize(), address, {"Authorization": f"Bearer {token}"} if token else {})


def token_of(directory: Path, told: str, secret: Secret | None) -> str:
    """The token that the settings name: of the environment, of a file that only its owner reads, or (in a flow) of a
    Prefect block. Raises UsageError where it is not there; the token is never in a message."""
    if not told:
        return ""
    if told.startswith("block:"):
        if secret is None:
            raise UsageError(
                f"the token {told!r} is a Prefect block, which flows read: name a variable of the environment."
            )
        return secret(told.removeprefix("block:"))
    if told.startswith("file:"):
        return token_in(directory / told.removeprefix("file:"))
    if not os.environ.get(told):
        raise UsageError(f"the environment has no variable {told}: set it to the token, then pull again.")
    return os.environ[told]


def token_in(path: Path) -> str:
    """The token in a file of mode 0600."""
    if not path.is_file():
        raise UsageError(f"{path} is not there: put the token into it, readable by you alone (chmod 600).")
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise UsageError(f"{path} can be read by others: `chmod 600 {path}`, and renew the token.")
    return path.read_text(encoding="utf-8").strip()


def require_complete(found: Collection[Pulled]) -> None:
    """Raises RunError where a connector did not come to its end; the others did."""
    if stopped := [one for one in found if one.problem]:
        told = "; ".join(f"{one.name}: {one.problem}" for one in stopped)
        raise RunError(f"{len(stopped)} of {len(found)} connectors did not come to the end: {told}")
