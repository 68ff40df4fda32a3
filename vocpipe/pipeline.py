"""The only composer: the nightly job as verbs, each of which opens the work file, does its part and closes it."""

from __future__ import annotations

import os
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection
from filelock import FileLock, Timeout

from vocpipe import enrichment, identity, metrics, settings
from vocpipe.contracts import RunError, Source, UsageError, VocpipeError
from vocpipe.enrichment.taxonomy import Taxonomy, load_taxonomy, taxonomy_folder
from vocpipe.settings import Settings, SourceSettings
from vocpipe.sources import formats
from vocpipe.warehouse import (
    checking,
    conforming,
    customers,
    landing,
    ledger,
    opened,
    publishing,
    rooms,
    set_variables,
    texts,
)

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


@dataclass
class Summary:
    """What a run did: counts and seconds by stage, and the published file where there is one."""

    run: Run
    counts: dict[str, Counts] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    published: Path | None = None


def silent(stage: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Hold the folder for one run. Raises RunError at once when another run holds it; a killed run leaves no lock."""
    work = directory / "work"
    try:
        work.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = FileLock(work / "run.lock", timeout=0)
        with lock:
            yield
    except Timeout as problem:
        raise RunError(f"Another run is working on {directory}: wait until it ends, then run again.") from problem
    except OSError as problem:
        raise UsageError(f"{work} cannot be written to: give this user the right to write there.") from problem


def begin(
    directory: Path, *, as_of: datetime | None = None, since: date | None = None, full_refresh: bool = False
) -> Run:
    """A new run over a project folder; times are naive UTC. Raises UsageError when the settings are wrong."""
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    start = datetime(since.year, since.month, since.day) if since else None
    run_id = f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    # What is loaded now is known now, and a run sees what was known before its as-of time.
    return Run(
        directory, settings.load(directory), run_id, as_of or now + timedelta(seconds=1), now, start, full_refresh
    )


def ingest(run: Run, progress: Progress = silent) -> Counts:
    """Land new files in raw and bring the conformed tables up to date."""
    with opened(run.directory) as con:
        if run.full_refresh:
            conforming.forget_derived(con)
        return land_and_stage(con, run, progress)


def land_and_stage(con: DuckDBPyConnection, run: Run, progress: Progress) -> Counts:
    """Land each file in its own transaction, then make staging anew; a file at fault does not stop the others."""
    conforming.register_settings(con, run.settings)
    loads = [load for source in run.settings.sources for load in landing.plan(con, batch_of(con, run, source))]
    problems = []
    for number, load in enumerate(loads, start=1):
        if problem := landing.land(con, load):
            problems.append(f"{load.file}: {problem}")
        progress("reading files", number, len(loads))
    set_variables(con, variables(run))
    conforming.conform(con, run.settings)
    rooms.build_room(con, "staging")
    return ledger.row_counts(con, run.run_id) | {"files": len(loads), "problems": problems}


def batch_of(con: DuckDBPyConnection, run: Run, source: SourceSettings) -> landing.Batch:
    """What the loads of a source in this run share; the vendor's times count in its first load and in a backfill."""
    known_from = landing.BEGINNING if landing.is_first(con, source.name) else run.since
    return landing.Batch(run.run_id, run.loaded_at, known_from, run.directory, source, format_of(source))


def format_of(source: SourceSettings) -> Source:
    """The format that a source names. Raises UsageError for one that is not known."""
    known = formats()
    if source.format not in known:
        raise UsageError(f"source {source.name!r}: format {source.format!r} is not known: write {', '.join(known)}.")
    return known[source.format]


def dry_run(directory: Path) -> list[Counts]:
    """What a run would make of each file, in a work file that is thrown away; writes nothing into the folder."""
    run = begin(directory)
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder)) as con:
        land_and_stage(con, run, silent)
        return ledger.file_report(con)


def resolve(run: Run, progress: Progress = silent) -> Counts:
    """Recognise the same person over all channels."""
    progress("recognising people", 0, 1)
    with opened(run.directory) as con:
        found = identity.resolve(con, secret_of(run.directory), run.settings.phone_region, run.loaded_at)
    progress("recognising people", 1, 1)
    return dict(found)


def enrich(run: Run, progress: Progress = silent) -> Counts:
    """Redact and classify every text that is new."""
    taxonomy = taxonomy_of(run)
    workers = run.settings.workers or os.cpu_count() or 1
    with opened(run.directory) as con:
        texts.register_taxonomy(con, taxonomy)
        redacted = texts.redact(con, run.settings.brand_handles, workers, progress)
        return redacted | texts.classify(con, enrichment.classifiers(taxonomy), workers, progress)


def build(run: Run, progress: Progress = silent) -> Counts:
    """Make facts, marts, actions and metrics anew."""
    with opened(run.directory) as con:
        conforming.register_settings(con, run.settings)
        set_variables(con, variables(run))
        steps: list[tuple[str, Callable[[], None]]] = [
            ("facts", lambda: rooms.build_room(con, "facts")),
            ("marts", lambda: rooms.build_room(con, "marts")),
            ("customers", lambda: customers.add_segments(con, run.settings.segments)),
            ("actions", lambda: rooms.build_room(con, "actions")),
            ("metrics", lambda: metrics.build(con)),
            ("quality", lambda: rooms.build_room(con, "quality")),
        ]
        for number, (_, step) in enumerate(steps, start=1):
            step()
            progress("building tables", number, len(steps))
        return ledger.figures(con)


def check(run: Run, progress: Progress = silent) -> Counts:
    """Run every check. Raises RunError when one that must hold does not; nothing is published then."""
    with opened(run.directory) as con:
        set_variables(con, variables(run))
        return checking.check(con, run.run_id, progress)


def publish(run: Run, summary: Summary, progress: Progress = silent) -> Path:
    """Put a new published file in the old one's place; the ledger in it tells of this very run."""
    progress("publishing", 0, 1)
    with opened(run.directory) as con:
        ledger.close(con, run.run_id, "published", None, summary.counts, summary.seconds)
        summary.published = publishing.publish(con, run.directory)
    progress("publishing", 1, 1)
    return summary.published


def taxonomy_of(run: Run) -> Taxonomy:
    """The taxonomy that the settings name: a file in the project folder, or a starter."""
    name = run.settings.taxonomy
    path = run.directory / name if name.endswith(".toml") else taxonomy_folder() / f"{name}.toml"
    if not path.is_file():
        starters = ", ".join(sorted(file.stem for file in taxonomy_folder().glob("*.toml")))
        raise UsageError(f"taxonomy {name!r} is not there: name a starter ({starters}) or a .toml file in the folder.")
    return load_taxonomy(path)


def secret_of(directory: Path) -> bytes:
    """The key of the pseudonyms, made at the first run and kept in `work/` (mode 0600)."""
    path = directory / "work" / "pseudonym.key"
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_hex(32).encode())
    return path.read_bytes()


def variables(run: Run) -> Counts:
    """The parameters of the SQL rooms."""
    chosen = run.settings.metrics
    return {
        "as_of": run.as_of, "run_id": run.run_id, "time_zone": run.settings.time_zone,
        "periods": ",".join(chosen.periods), "min_n_show": chosen.min_n_show, "low_base_n": chosen.low_base_n,
        "churn_days": chosen.churn_days, "watermark_days": chosen.watermark_days, "conf": 0.95,
        "z": 1.959963984540054, "detractor_days": run.settings.actions.detractor_days,
        "negative_days": run.settings.actions.negative_days,
    }  # fmt: skip


VERBS: dict[str, Callable[[Run, Progress], Counts]] = {
    verb.__name__: verb for verb in (ingest, resolve, enrich, build, check)
}


def stage(name: str, summary: Summary, progress: Progress = silent) -> Counts:
    """Do one verb of the job and note its counts and seconds in the summary."""
    started = time.monotonic()
    summary.counts[name] = VERBS[name](summary.run, progress)
    summary.seconds[name] = time.monotonic() - started
    return summary.counts[name]


@contextmanager
def recorded(summary: Summary) -> Iterator[None]:
    """Write the run into the ledger: its start, and its end however it ends."""
    job = summary.run
    with opened(job.directory) as con:
        ledger.start(con, job.run_id, job.loaded_at, job.as_of, settings.hash_of(job.directory))
    outcome, problem = "failed", None
    try:
        yield
        outcome = "published" if summary.published else "not published"
    except BaseException as error:
        problem = str(error) if isinstance(error, VocpipeError) else type(error).__name__
        raise
    finally:
        if outcome != "published":
            with opened(job.directory) as con:
                ledger.close(con, job.run_id, outcome, problem, summary.counts, summary.seconds)


def run(
    directory: Path, *, as_of: datetime | None = None, since: date | None = None, full_refresh: bool = False,
    no_publish: bool = False, progress: Progress = silent,
) -> Summary:  # fmt: skip
    """The whole nightly job. Raises UsageError or RunError; the last published file then stands as it was."""
    summary = Summary(begin(directory, as_of=as_of, since=since, full_refresh=full_refresh))
    with locked(directory), recorded(summary):
        for name in VERBS:
            stage(name, summary, progress)
        if not no_publish:
            publish(summary.run, summary, progress)
    return summary
