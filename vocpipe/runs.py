"""One run: what it may see, the lock it holds, the key and the parameters it uses, and its place in the ledger."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from vocpipe import decisions, logs, private, settings
from vocpipe.contracts import RunError, TextChoices, UsageError, VocpipeError
from vocpipe.enrichment.taxonomy import Taxonomy, Topic, load_taxonomy, taxonomy_folder
from vocpipe.erasure import Tombstones
from vocpipe.settings import Settings
from vocpipe.settings.parts import TEAMS, close_or_all
from vocpipe.sources import formats
from vocpipe.warehouse import ledger, opened

TRAINED = "work/trained"  # models fitted in a project
Counts = dict[str, Any]
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Run:
    """One run: where, what it may see, and when it loaded. Pickles, so that any scheduler can hand it on."""

    directory: Path
    settings: Settings
    run_id: str
    as_of: datetime
    loaded_at: datetime
    since: datetime | None = None
    full_refresh: bool = False

    @property
    def workers(self) -> int:
        """Worker processes to use: as the settings say, else one a core."""
        return self.settings.workers or os.cpu_count() or 1


@dataclass
class Summary:
    """What a run did: counts and seconds by stage, and the published file where there is one."""

    run: Run
    counts: dict[str, Counts] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    published: Path | None = None
    outcome: str = "not published"  # how the ledger calls the run where nothing is published


class Busy(RunError):
    """Another run holds the folder."""


def silent(stage: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


def moment(written: str | datetime) -> datetime:
    """A point in time as naive UTC; a time without a zone is UTC. Raises UsageError for what is no time."""
    try:
        found = datetime.fromisoformat(written) if isinstance(written, str) else written
    except ValueError as problem:
        raise UsageError(f"{written!r} is no time: write one such as 2026-07-01T00:00:00Z.") from problem
    return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found


def begin(
    directory: Path, *, as_of: str | datetime | None = None, since: date | None = None, full_refresh: bool = False
) -> Run:
    """A new run over a project folder; times are naive UTC.

    Raises UsageError when the settings or the decisions are wrong, before anything is written.
    """
    chosen = settings.load(directory)
    require_formats(chosen)
    require_owned(chosen, read_taxonomy(directory, chosen.taxonomy))
    decisions.read(directory)
    decisions.corrections.read(directory)
    decisions.erasures.read(directory)
    decisions.acknowledged.read(directory)
    now = datetime.now(UTC).replace(tzinfo=None)
    start = datetime(since.year, since.month, since.day) if since else None
    run_id = f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    # What is loaded now is known now, and a run sees what was known before its as-of time.
    visible = moment(as_of) if as_of else now + timedelta(seconds=1)
    return Run(directory, chosen, run_id, visible, now, start, full_refresh)


def require_formats(chosen: Settings) -> None:
    """Refuse a source whose format nobody reads."""
    known = formats()
    for source in chosen.sources:
        if source.format not in known:
            told = ", ".join(known)
            raise UsageError(f"source {source.name!r}: format {source.format!r} is not known: write {told}.")


def require_owned(chosen: Settings, taxonomy: Taxonomy) -> None:
    """Refuse an owner of cases of a topic that there is not."""
    known = [*TEAMS, *(topic.slug for topic in taxonomy.topics)]
    for about in chosen.actions.owners:
        if about not in known:
            raise UsageError(f"`actions.owners.{about}` is no topic: {close_or_all(about, known)}")


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Hold the folder for one run. Raises RunError at once when another run holds it; a killed run leaves no lock."""
    work = directory / "work"
    lock = FileLock(work / "run.lock", timeout=0)
    try:
        work.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as problem:
        raise Busy(f"Another run is working on {directory}: wait until it ends, then run again.") from problem
    except OSError as problem:
        raise UsageError(f"{work} cannot be written to: give this user the right to write there.") from problem
    try:
        yield  # what fails from here on is the run's own failure, not the lock's
    finally:
        lock.release()


def behind(run: Run, latest: datetime | None) -> Run:
    """The run, dated behind the newest one where the clock went back: what comes later is known later."""
    if latest is None or run.loaded_at > latest:
        return run
    loaded_at = latest + timedelta(milliseconds=1)
    sees_all = run.as_of == run.loaded_at + timedelta(seconds=1)
    return replace(run, loaded_at=loaded_at, as_of=loaded_at + timedelta(seconds=1) if sees_all else run.as_of)


@contextmanager
def timed(summary: Summary, stage: str) -> Iterator[None]:
    """Note the seconds of a stage in the summary and, with what it counted and how it ended, in the log."""
    started, outcome = time.monotonic(), "failed"
    try:
        yield
        outcome = "done"
    finally:
        summary.seconds[stage] = time.monotonic() - started
        counts = logs.numbers(summary.counts.get(stage, {}))
        told = {"stage": stage, "outcome": outcome, "seconds": round(summary.seconds[stage], 3), "counts": counts}
        logs.write(summary.run.directory, run_id=summary.run.run_id, **told)


@contextmanager
def recorded(summary: Summary) -> Iterator[None]:
    """Write the run into the ledger: its start, and its end however it ends."""
    with opened(summary.run.directory) as con:
        job = summary.run = behind(summary.run, ledger.latest(con))
        ledger.start(con, job.run_id, job.loaded_at, job.as_of, settings.hash_of(job.directory))
    outcome, problem = "failed", None
    try:
        yield
        outcome = "published" if summary.published else summary.outcome
    except BaseException as error:
        problem = str(error) if isinstance(error, VocpipeError) else type(error).__name__
        raise
    finally:
        # Told once more after a publish: only now is it known how long that took.
        with opened(job.directory) as con:
            ledger.close(con, job.run_id, outcome, problem, summary.counts, summary.seconds)
        logs.write(job.directory, run_id=job.run_id, outcome=outcome, problem=problem)


def read_taxonomy(directory: Path, name: str) -> Taxonomy:
    """The taxonomy that the settings name: a .toml file in the project folder, or a starter."""
    path = directory / name if name.endswith(".toml") else taxonomy_folder() / f"{name}.toml"
    if not path.is_file():
        starters = ", ".join(sorted(file.stem for file in taxonomy_folder().glob("*.toml")))
        raise UsageError(f"taxonomy {name!r} is not there: name a starter ({starters}) or a .toml file in the folder.")
    return adopted(load_taxonomy(path), decisions.themes.in_force(decisions.themes.read(directory)))


def adopted(taxonomy: Taxonomy, decided: dict[str, decisions.themes.Decided]) -> Taxonomy:
    """The taxonomy with the themes that people approved as further topics, and the keywords of merged ones.

    Raises UsageError where a theme was merged into a topic that is not there any more.
    """
    topics = {topic.slug: topic for topic in taxonomy.topics}
    for made in (made for made in decided.values() if made.verdict == "approved"):
        new = Topic(made.slug or "", made.label or "", made.why, made.journey_stage, made.experience)
        topics.setdefault(new.slug, new)
    for theme_id, made in decided.items():
        slug = decisions.themes.topic_of(theme_id, decided)
        if slug is None:
            continue
        if slug not in topics:
            raise UsageError(
                f"{made} names a topic that the taxonomy does not have: put the topic back, or withdraw the decision "
                f"(`vocpipe theme DIR withdraw {made.decision_id} --by WHO --why TEXT`)."
            )
        keywords = dict.fromkeys(made.theme.keywords, 1.0) | dict(topics[slug].keywords)
        topics[slug] = replace(topics[slug], keywords=keywords)
    return replace(taxonomy, topics=tuple(topics.values()))


def text_choices(directory: Path, chosen: Settings) -> TextChoices:
    """What the classifiers are told of a project: engine, the user's labels, the models fitted in it.

    Raises UsageError where the settings name a file of labels that is not there.
    """
    text = chosen.text
    if "labels" in text.model_fields_set and not (directory / text.labels).is_file():
        raise UsageError(f"`text.labels`: {directory / text.labels} is not there: put it there or take the line away.")
    labels, model = directory / text.labels, directory / text.model if text.model else None
    return TextChoices(
        text.sentiment,
        directory / TRAINED,
        labels if labels.is_file() else None,
        model,
        text.model_labels,
        tuple(text.languages),
    )


def secret_of(directory: Path) -> bytes:
    """The key of the pseudonyms, made at the first run and kept in `work/` (mode 0600)."""
    path = directory / "work" / "pseudonym.key"
    if not path.exists():
        private.put(path, secrets.token_hex(32).encode())
    return path.read_bytes()


def tombstones_of(directory: Path, region: str) -> Tombstones:
    """The keyed hashes of the persons who were erased: nothing of theirs is taken in again.

    ``region`` is where telephone numbers without a country code belong.
    """
    made = decisions.erasures.in_force(directory)
    if not made:
        return Tombstones(b"")
    digests, words = ([getattr(one, name) for one in made] for name in ("digests", "name_words"))
    return Tombstones(secret_of(directory), region, frozenset().union(*digests), frozenset().union(*words))


def variables(run: Run) -> Counts:
    """The parameters of the SQL rooms."""
    chosen = run.settings.metrics
    loyalty = run.settings.loyalty.model_dump() | {"ended_values": ",".join(run.settings.loyalty.ended_values).lower()}
    return loyalty | {
        "as_of": run.as_of, "run_id": run.run_id, "code_version": version("vocpipe"),
        "time_zone": run.settings.time_zone, "periods": ",".join(chosen.periods), "min_n_show": chosen.min_n_show,
        "low_base_n": chosen.low_base_n, "churn_days": chosen.churn_days, "watermark_days": chosen.watermark_days,
        "journey_days": chosen.journey_days, "margins": json.dumps(run.settings.weights.margins), "conf": 0.95,
        "invitations": "|".join(chosen.invitations) or "-", "z": 1.959963984540054,
        **run.settings.actions.model_dump(exclude={"owners"}),
        "max_accounts": run.settings.identity.max_accounts,
        "max_gained_accounts": run.settings.identity.max_gained_accounts, "k": run.settings.privacy.k,
        "pseudonymise_record_ids": int(run.settings.privacy.pseudonymise_record_ids),
    }  # fmt: skip


def salt_of(directory: Path) -> str:
    """What pseudonyms made in SQL are mixed with; the key itself never leaves Python."""
    return hashlib.sha256(b"records" + secret_of(directory)).hexdigest()
