"""The nightly run as a Prefect flow: sources side by side, then one task a stage, and an artifact of every run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.futures import wait
from prefect.runtime import flow_run
from prefect.utilities.annotations import unmapped

from flows.telling import block_ways, secret_block
from vocpipe import pipeline, pulling, settings
from vocpipe.contracts import VocpipeError
from vocpipe.report.run_page import metric_table, run_markdown

Progress = Callable[[str, int, int], None]


def may_mend(_task: Any, _run: Any, state: Any) -> bool:
    """Whether trying again may help: not where a setting, a file or a check is at fault."""
    failure = state.result(raise_on_failure=False)
    return not isinstance(failure, VocpipeError)


# What every task is: tried again, soon and then later, where that may help; nothing of it is stored outside our files.
KIND: dict[str, Any] = {
    "retries": 2, "retry_delay_seconds": [10, 60], "retry_condition_fn": may_mend, "cache_policy": NO_CACHE,
    "persist_result": False,
}  # fmt: skip


LOOK_SECONDS, PULL_SECONDS = 3600, 2 * 3600


@task(task_run_name="pull {name}", **KIND)
def pull(name: str, project: Path) -> pulling.Pulled:
    """Fetch one vendor's files; a token that the settings call block:NAME is a secret block of Prefect."""
    [found] = pulling.pull(project, [name], secret=secret_block)
    return found


@task(task_run_name="look at {name}", **KIND)
def look(name: str, run: pipeline.Run, held: dict[str, Any]) -> Any:
    """The files of one source that are new: reading and recognising them needs no writer."""
    return pipeline.look(run, run.settings.source(name), held[name])


@task(task_run_name="{name}", timeout_seconds=6 * 3600, **KIND)
def stage(name: str, summary: pipeline.Summary, progress: Progress, given: dict[str, Any]) -> None:
    """One verb of the job."""
    pipeline.stage(name, summary, progress, **given)


@task(timeout_seconds=3600, **KIND)
def publish(summary: pipeline.Summary, progress: Progress) -> None:
    """Put the new published file in the old one's place."""
    pipeline.publish(summary.run, summary, progress)


@task(timeout_seconds=3600, **KIND)
def report(summary: pipeline.Summary, progress: Progress) -> None:
    """Write the report of what is published."""
    pipeline.report(summary.run, summary, progress)


@task(timeout_seconds=3600, **KIND)
def keep_people(summary: pipeline.Summary, progress: Progress) -> None:
    """Put the new private snapshot in the old one's place."""
    pipeline.keep_people(summary.run, progress)


@task(retries=2, retry_delay_seconds=[10, 60], retry_condition_fn=may_mend, cache_policy=NO_CACHE, persist_result=False)
def let_go(summary: pipeline.Summary, progress: Callable[[str, int, int], None]) -> None:
    """Erase what the settings keep no longer."""
    summary.counts["let go"] = pipeline.let_go(summary.run, progress)


@flow(name="vocpipe-nightly", log_prints=False, validate_parameters=True)
def nightly(project: str | Path, as_of: datetime | None = None) -> None:
    """Ingest, recognise, classify, measure, check and publish one project folder.

    ``as_of`` limits what the run may see; without it a run sees all there is, but one that was scheduled for an earlier
    day (a backlog after a crash) sees what was known at its scheduled time. The flow fails where a stage fails, and at
    its end, after publishing, where a source or a connector had to be left out or nobody could be told.
    """
    run_nightly(Path(project), as_of, pipeline.silent)


@flow(name="vocpipe-nightly", validate_parameters=False)
def watched(project: Path, as_of: datetime, progress: Progress) -> pipeline.Summary:
    """The same flow for a caller who watches it: with progress, and the summary in return."""
    return run_nightly(project, as_of, progress)


def run_nightly(project: Path, as_of: datetime | None, progress: Progress) -> pipeline.Summary:
    """The body of both."""
    summary = pipeline.Summary(pipeline.begin(project, as_of=as_of or backlog_time(project)))
    problem: str | None = None
    try:
        with pipeline.locked(project), pipeline.telling(summary, block_ways(summary)), pipeline.recorded(summary):
            unpulled = pull_side_by_side(summary.run)
            stage("ingest", summary, progress, {"looked": look_side_by_side(summary.run)})
            summary.counts["ingest"]["stopped"] += unpulled
            for name in list(pipeline.VERBS)[1:]:
                stage(name, summary, progress, {})
            publish(summary, progress)
            report(summary, progress)
            let_go(summary, progress)
            keep_people(summary, progress)
        pipeline.require_complete(summary)
    except Exception as failure:
        problem = str(failure) if isinstance(failure, VocpipeError) else type(failure).__name__
        raise
    finally:
        leave_artifacts(summary, problem)
    return summary


def pull_side_by_side(run: pipeline.Run) -> list[str]:
    """Fetch what the settings name under [[connectors]]; why some did not come to the end: they stop nothing."""
    names = [connector.name for connector in run.settings.connectors]
    futures = pull.map(names, unmapped(run.directory)) if names else []
    done, _ = wait(list(futures), timeout=PULL_SECONDS)
    problems = []
    for name, future in zip(names, futures, strict=True):
        result = future.result(raise_on_failure=False) if future in done else TimeoutError()
        told = result.problem if isinstance(result, pulling.Pulled) else str(result) or type(result).__name__
        if told:
            problems.append(f"connector {name!r} did not come to the end: {told}")
    return problems


def look_side_by_side(run: pipeline.Run) -> dict[str, Any]:
    """What was found of each source; of one whose task failed, why: it stops no other."""
    names = [source.name for source in run.settings.sources]
    futures = look.map(names, unmapped(run), unmapped(pipeline.held(run)))
    done, _ = wait(list(futures), timeout=LOOK_SECONDS)  # by itself a task in a thread would never be timed out
    found: dict[str, Any] = {}
    for name, future in zip(names, futures, strict=True):
        result = future.result(raise_on_failure=False) if future in done else TimeoutError()
        if isinstance(result, BaseException):
            is_ours = isinstance(result, VocpipeError)
            result = str(result) if is_ours else f"its files cannot be read ({type(result).__name__})"
        found[name] = result
    return found


def leave_artifacts(summary: pipeline.Summary, problem: str | None) -> None:
    """Leave a page and a table of the run, however it ended."""
    told = "What the nightly run did."
    create_markdown_artifact(run_markdown(summary, problem), key="vocpipe-nightly", description=told)
    if table := metric_table(summary):
        create_table_artifact(table, key="vocpipe-metrics", description="Headline metrics against the run before.")


def backlog_time(project: Path) -> datetime | None:
    """The scheduled start of a run that is a day or more late in the project's time zone; None for all others."""
    scheduled = flow_run.scheduled_start_time
    if scheduled is None:
        return None
    zone = ZoneInfo(settings.load(project).time_zone)
    is_late = scheduled.astimezone(zone).date() < datetime.now(zone).date()
    return scheduled if is_late else None
