"""The nightly job for days that have passed, as a Prefect flow: one task a day, in order; goes on where it stopped."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact

from flows.nightly import KIND
from vocpipe import backfilling, pipeline
from vocpipe.report.run_page import run_markdown


@task(task_run_name="as of {as_of}", timeout_seconds=6 * 3600, **KIND)
def night(project: Path, as_of: datetime, since: date, is_last: bool) -> pipeline.Summary:
    """One day; the last one is published."""
    return pipeline.run(project, as_of=as_of, since=since, no_publish=not is_last)


@flow(name="vocpipe-backfill", log_prints=False, validate_parameters=True)
def backfill(project: str | Path, start: date, end: date) -> None:
    """Run every day from ``start`` to ``end`` as if its night had run; days that are done are passed over.

    Fails where a day fails, and at its end where days went on without one of their sources.
    """
    folder = Path(project)

    def one(as_of: datetime, since: date, is_last: bool) -> pipeline.Summary:
        return night(folder, as_of, since, is_last)

    outcome = backfilling.Outcome()
    for summary in backfilling.backfill(folder, start, end, night=one):
        outcome.add(summary)
    if outcome.last:
        told = run_markdown(outcome.last)
        create_markdown_artifact(told, key="vocpipe-backfill", description="The last day of the backfill.")
    outcome.require_complete()
