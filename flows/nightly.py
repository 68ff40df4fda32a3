"""The nightly run as a Prefect flow: one task a stage, retries for what a retry can mend, an artifact of every run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.runtime import flow_run

from vocpipe import pipeline, settings
from vocpipe.contracts import VocpipeError
from vocpipe.report import run_markdown


def may_mend(_task: Any, _run: Any, state: Any) -> bool:
    """Whether trying again may help: not where a setting, a file or a check is at fault."""
    failure = state.result(raise_on_failure=False)
    return not isinstance(failure, VocpipeError)


@task(
    task_run_name="{name}", retries=2, retry_delay_seconds=[10, 60], retry_condition_fn=may_mend, cache_policy=NO_CACHE,
    persist_result=False, timeout_seconds=6 * 3600,
)  # fmt: skip
def stage(name: str, summary: pipeline.Summary, progress: Callable[[str, int, int], None]) -> None:
    """One verb of the job."""
    pipeline.stage(name, summary, progress)


@task(retries=2, retry_delay_seconds=[10, 60], retry_condition_fn=may_mend, cache_policy=NO_CACHE, persist_result=False)
def publish(summary: pipeline.Summary, progress: Callable[[str, int, int], None]) -> None:
    """Put the new published file in the old one's place."""
    pipeline.publish(summary.run, summary, progress)


@task(retries=2, retry_delay_seconds=[10, 60], retry_condition_fn=may_mend, cache_policy=NO_CACHE, persist_result=False)
def keep_people(summary: pipeline.Summary, progress: Callable[[str, int, int], None]) -> None:
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
    its end, after publishing, where a source had to be left out.
    """
    run_nightly(Path(project), as_of, pipeline.silent)


@flow(name="vocpipe-nightly", validate_parameters=False)
def watched(project: Path, as_of: datetime, progress: Callable[[str, int, int], None]) -> pipeline.Summary:
    """The same flow for a caller who watches it: with progress, and the summary in return."""
    return run_nightly(project, as_of, progress)


def run_nightly(project: Path, as_of: datetime | None, progress: Callable[[str, int, int], None]) -> pipeline.Summary:
    """The body of both."""
    summary = pipeline.Summary(pipeline.begin(project, as_of=as_of or backlog_time(project)))
    with pipeline.locked(project), pipeline.recorded(summary):
        for name in pipeline.VERBS:
            stage(name, summary, progress)
        publish(summary, progress)
        let_go(summary, progress)
        keep_people(summary, progress)
    create_markdown_artifact(run_markdown(summary), key="vocpipe-nightly", description="What the nightly run did.")
    pipeline.require_complete(summary)
    return summary


def backlog_time(project: Path) -> datetime | None:
    """The scheduled start of a run that is a day or more late in the project's time zone; None for all others."""
    scheduled = flow_run.scheduled_start_time
    if scheduled is None:
        return None
    zone = ZoneInfo(settings.load(project).time_zone)
    is_late = scheduled.astimezone(zone).date() < datetime.now(zone).date()
    return scheduled if is_late else None
