"""The only composer: the nightly job as verbs, each of which opens the work file, does its part and closes it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from vocpipe import annotating, decisions, identity, intake, metrics, spark
from vocpipe.contracts import RunError
from vocpipe.intake import dry_run, look
from vocpipe.notifying import Send, telling
from vocpipe.report import page
from vocpipe.runs import (
    Counts,
    Progress,
    Run,
    Summary,
    begin,
    locked,
    recorded,
    salt_of,
    secret_of,
    silent,
    timed,
    variables,
)
from vocpipe.warehouse import (
    checking,
    customers,
    earlier,
    keeping,
    ledger,
    listing,
    notices,
    opened,
    parquet,
    path_of,
    publishing,
    retention,
    rewriting,
    rooms,
    set_variables,
    snapshot,
    statistics,
)

__all__ = ["VERBS", "Run", "Send", "Summary", "begin", "dry_run", "locked", "look", "recorded", "silent", "telling"]


def held(run: Run) -> dict[str, intake.Held]:
    """What is already loaded of every source, for `look`."""
    with opened(run.directory) as con:
        return intake.held(con, run)


def ingest(run: Run, progress: Progress = silent, looked: intake.Looked | None = None) -> Counts:
    """Land new files in raw and bring the conformed tables up to date.

    ``looked`` is what was found of each source, where somebody has looked already (`intake.look`).
    """
    spark.ready(run)  # before anything is loaded
    with opened(run.directory) as con:
        if run.full_refresh:
            keeping.forget_derived(con)
        counts = intake.land_and_stage(con, run, progress, looked)
    if counts["rows kept out"]:
        rewriting.compact(path_of(run.directory))  # what is deleted still stands in the free blocks of a file
    return counts


def resolve(run: Run, progress: Progress = silent) -> Counts:
    """Recognise the same person over all channels."""
    progress("recognising people", 0, 1)
    with opened(run.directory) as con:
        identity.decided.lend(con, decisions.pairs(run.directory))
        secret = secret_of(run.directory)
        found = identity.resolve(
            con, secret, run.settings.phone_region, run.loaded_at, as_of=run.as_of, anew=run.full_refresh
        )
    progress("recognising people", 1, 1)
    return dict(found)


def enrich(run: Run, progress: Progress = silent) -> Counts:
    """Redact and classify every text that is new, the costly part within the budget of the settings."""
    with opened(run.directory) as con, spark.crew_of(run) as workers:
        return annotating.annotate(con, run, workers, progress)


def build(run: Run, progress: Progress = silent) -> Counts:
    """Make facts, marts, actions and metrics anew."""
    with opened(run.directory) as con, spark.engine_of(run, con) as engine:
        set_variables(con, variables(run) | {"pseudonym_salt": salt_of(run.directory)})
        ledger.compare(con, run.run_id)
        steps: list[Callable[[], None]] = [
            lambda: rooms.build_room(engine, "facts"),
            lambda: annotating.find_themes(con, run),
            lambda: statistics.build(con, "scores", variables(run)),
            lambda: rooms.build_room(engine, "marts"),
            lambda: customers.add_segments(con, run.settings.segments),
            lambda: rooms.build_room(engine, "actions"),
            lambda: metrics.build(engine),
            lambda: retention.restore_figures(con),
            lambda: statistics.build(con, "metrics", variables(run)),
            lambda: rooms.build_room(con, "quality"),
            lambda: ledger.keep_identity(con, run.run_id),
        ]
        for number, step in enumerate(steps, start=1):
            step()
            progress("building tables", number, len(steps))
        return ledger.figures(con)


def check(run: Run, progress: Progress = silent) -> Counts:
    """Run every check. Raises RunError when one that must hold does not; nothing is published then."""
    with opened(run.directory) as con:
        set_variables(con, variables(run))
        counts = checking.check(con, run.run_id, progress)
        known = [notices.Acknowledged(*one) for one in decisions.acknowledged.read(run.directory)]
        notices.update(con, notices.found(con, counts["warned"]), known, run.loaded_at)
        return counts | {"notices": notices.holding(con)}


def publish(run: Run, summary: Summary, progress: Progress = silent) -> Path:
    """Put a new published file in the old one's place, which is kept, and write the action lists.

    The ledger in it tells of this very run.
    """
    progress("publishing", 0, 1)
    with timed(summary, "publish"), opened(run.directory) as con:
        ledger.close(con, run.run_id, "published", None, summary.counts, summary.seconds)
        summary.published = publishing.publish(con, run.directory, with_words=run.settings.privacy.publish_verbatims)
        snapshot.write_contacts(con, run.directory, is_wanted=run.settings.privacy.contacts)
        parquet.write(run.directory, is_wanted=run.settings.publish.parquet)
        listing.write_lists(con, run.directory, run.as_of)
        earlier.keep(run.directory, run.run_id, run.settings.publish.keep)
    progress("publishing", 1, 1)
    return summary.published


def report(run: Run, summary: Summary, progress: Progress = silent) -> Path:
    """Write the report of what is published."""
    progress("writing the report", 0, 1)
    with timed(summary, "report"):
        path = page.write(run.directory, run.settings.report.pages, digest=run.settings.report.digest)
    progress("writing the report", 1, 1)
    return path


def keep_people(run: Run, progress: Progress = silent) -> Path:
    """Put a new private snapshot in the old one's place: who is who after this run, published or not."""
    progress("keeping people", 0, 1)
    with opened(run.directory) as con:
        path = snapshot.write(con, run.directory)
    progress("keeping people", 1, 1)
    return path


def let_go(run: Run, progress: Progress = silent) -> Counts:
    """Erase what the settings keep no longer, and write the work file anew where that was anything."""
    progress("letting go", 0, 1)
    with opened(run.directory) as con:
        erased = retention.erase(con, run.settings, min(run.as_of, run.loaded_at))
    if erased:
        rewriting.compact(path_of(run.directory))
    progress("letting go", 1, 1)
    return {"rows past their time": erased}


VERBS: dict[str, Callable[..., Counts]] = {verb.__name__: verb for verb in (ingest, resolve, enrich, build, check)}


def stage(name: str, summary: Summary, progress: Progress = silent, **given: Any) -> Counts:
    """Do one verb of the job and note its counts and seconds in the summary; ``given`` is handed on to it."""
    with timed(summary, name):
        summary.counts[name] = VERBS[name](summary.run, progress, **given)
    return summary.counts[name]


def run(
    directory: Path, *, as_of: str | datetime | None = None, since: date | None = None, full_refresh: bool = False,
    no_publish: bool = False, progress: Progress = silent,
) -> Summary:  # fmt: skip
    """The whole nightly job. Raises UsageError or RunError; the last published file then stands as it was."""
    summary = Summary(begin(directory, as_of=as_of, since=since, full_refresh=full_refresh))
    with locked(directory), telling(summary), recorded(summary):
        for name in VERBS:
            stage(name, summary, progress)
        if not no_publish:
            publish(summary.run, summary, progress)
            report(summary.run, summary, progress)
        summary.counts["let go"] = let_go(summary.run, progress)
        keep_people(summary.run, progress)
    return summary


def require_complete(summary: Summary) -> None:
    """Raises RunError when a source was stopped: the run went on without it, but did not do all it promises."""
    if stopped := summary.counts["ingest"]["stopped"]:
        raise RunError(f"The run went on without {len(stopped)} of its sources: {'; '.join(stopped)}")
