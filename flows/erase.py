"""Erasure as a Prefect flow, for a desk that takes requests: one person is taken out of every file of a project."""

from __future__ import annotations

from pathlib import Path

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

from vocpipe import forgetting


@task(cache_policy=NO_CACHE, persist_result=False)
def verify(project: Path) -> None:
    """Look through every file; fails where something is left."""
    forgetting.require_gone(project)


@flow(name="vocpipe-erase", log_prints=False, validate_parameters=True)
def erase(project: str | Path, record: str, by: str, why: str) -> None:
    """Erase the person to whom a record (``source:record_id``) belongs, and look whether nothing is left.

    Prefect keeps the parameters of its runs: name the record by its id, never an address. The artifact holds counts.
    """
    done = forgetting.forget(Path(project), record, by, why, only_record=True)
    verify(Path(project))
    lines = [f"Erasure {done.made.decision_id}, {done.made.at:%Y-%m-%d}.", ""]
    lines += [f"- {what}: {count}" for what, count in done.counts.items()]
    create_markdown_artifact("\n".join(lines), key="vocpipe-erase", description="What an erasure took out.")
