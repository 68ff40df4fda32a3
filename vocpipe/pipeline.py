"""The only composer: the nightly job as verbs, each of which opens the work file, does its part and closes it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

from duckdb import DuckDBPyConnection

from vocpipe import decisions, enrichment, identity, intake, metrics
from vocpipe.analysis.themes import Limits
from vocpipe.contracts import RunError
from vocpipe.intake import dry_run
from vocpipe.runs import (
    Counts,
    Progress,
    Run,
    Summary,
    begin,
    locked,
    read_taxonomy,
    recorded,
    salt_of,
    secret_of,
    silent,
    text_choices,
    variables,
)
from vocpipe.warehouse import (
    checking,
    conforming,
    customers,
    ledger,
    opened,
    path_of,
    publishing,
    retention,
    rewriting,
    rooms,
    scoring,
    set_variables,
    snapshot,
    statistics,
    teaching,
    texts,
    themes,
)

__all__ = ["VERBS", "Run", "Summary", "begin", "dry_run", "locked", "recorded", "silent"]


def ingest(run: Run, progress: Progress = silent, looked: intake.Looked | None = None) -> Counts:
    """Land new files in raw and bring the conformed tables up to date.

    ``looked`` is what was found of each source, where somebody has looked already (`intake.look`).
    """
    with opened(run.directory) as con:
        if run.full_refresh:
            conforming.forget_derived(con)
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
    taxonomy = read_taxonomy(run.directory, run.settings.taxonomy)
    workers = run.workers
    with opened(run.directory) as con:
        texts.register_taxonomy(con, taxonomy)
        teaching.register_corrections(con, decisions.corrections.rows(run.directory))
        redacted = texts.redact(con, run.settings.brand_handles, workers, progress)
        choices = text_choices(run.directory, run.settings)
        classifiers = enrichment.classifiers(taxonomy, choices)
        teaching.register_models(con, enrichment.cards.rows(classifiers, choices.trained))
        return redacted | scoring.classify(con, classifiers, run.settings.text.budget_seconds, workers, progress)


def build(run: Run, progress: Progress = silent) -> Counts:
    """Make facts, marts, actions and metrics anew."""
    with opened(run.directory) as con:
        set_variables(con, variables(run) | {"pseudonym_salt": salt_of(run.directory)})
        ledger.compare(con, run.run_id)
        steps: list[Callable[[], None]] = [
            lambda: rooms.build_room(con, "facts"),
            lambda: discover(con, run),
            lambda: statistics.build(con, "scores", variables(run)),
            lambda: rooms.build_room(con, "marts"),
            lambda: customers.add_segments(con, run.settings.segments),
            lambda: rooms.build_room(con, "actions"),
            lambda: metrics.build(con),
            lambda: retention.restore_figures(con),
            lambda: statistics.build(con, "metrics", variables(run)),
            lambda: rooms.build_room(con, "quality"),
            lambda: ledger.keep_identity(con, run.run_id),
        ]
        for number, step in enumerate(steps, start=1):
            step()
            progress("building tables", number, len(steps))
        return ledger.figures(con)


def discover(con: DuckDBPyConnection, run: Run) -> None:
    """Find themes in what no topic covers and in what is said more often of late; decisions of people hold."""
    decided = decisions.themes.in_force(decisions.themes.read(run.directory))
    topics = {theme_id: decisions.themes.topic_of(theme_id, decided) or "" for theme_id in decided}
    themes.register_decisions(con, decided, topics)
    themes.update(con, run.as_of, decided, Limits(run.settings.themes.min_customers, run.settings.themes.min_texts))


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
        summary.published = publishing.publish(con, run.directory, with_words=run.settings.privacy.publish_verbatims)
        snapshot.write_contacts(con, run.directory, is_wanted=run.settings.privacy.contacts)
    progress("publishing", 1, 1)
    return summary.published


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


VERBS: dict[str, Callable[[Run, Progress], Counts]] = {
    verb.__name__: verb for verb in (ingest, resolve, enrich, build, check)
}


def stage(name: str, summary: Summary, progress: Progress = silent) -> Counts:
    """Do one verb of the job and note its counts and seconds in the summary."""
    started = time.monotonic()
    summary.counts[name] = VERBS[name](summary.run, progress)
    summary.seconds[name] = time.monotonic() - started
    return summary.counts[name]


def run(
    directory: Path, *, as_of: str | datetime | None = None, since: date | None = None, full_refresh: bool = False,
    no_publish: bool = False, progress: Progress = silent,
) -> Summary:  # fmt: skip
    """The whole nightly job. Raises UsageError or RunError; the last published file then stands as it was."""
    summary = Summary(begin(directory, as_of=as_of, since=since, full_refresh=full_refresh))
    with locked(directory), recorded(summary):
        for name in VERBS:
            stage(name, summary, progress)
        if not no_publish:
            publish(summary.run, summary, progress)
        summary.counts["let go"] = let_go(summary.run, progress)
        keep_people(summary.run, progress)
    return summary


def require_complete(summary: Summary) -> None:
    """Raises RunError when a source was stopped: the run went on without it, but did not do all it promises."""
    if stopped := summary.counts["ingest"]["stopped"]:
        raise RunError(f"The run went on without {len(stopped)} of its sources: {'; '.join(stopped)}")
