"""New files to new action lists as a Prefect flow, every quarter of an hour: tonight's e-mail is stopped tonight."""

from __future__ import annotations

from pathlib import Path

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

from vocpipe import acting


@task(cache_policy=NO_CACHE, persist_result=False, timeout_seconds=3600)
def renew(project: Path) -> dict[str, int] | None:
    """The rows of each list; None where another run is on, which leaves newer lists itself."""
    try:
        return acting.act(project).counts["build"]
    except acting.Busy:
        return None


@flow(name="vocpipe-actions", log_prints=False, validate_parameters=True)
def actions(project: str | Path) -> None:
    """Bring the lists of one project folder up to date with the files that have come.

    It gives way to a nightly run that is on. The published file stays as that leaves it.
    """
    counts = renew(Path(project))
    told = "Another run was on: nothing was done.\n"
    if counts is not None:
        rows = "\n".join(f"| {name} | {count:,} |" for name, count in counts.items())
        told = f"| list | rows |\n|---|---:|\n{rows}\n"
    create_markdown_artifact(told, key="vocpipe-actions", description="What the action lists hold now.")
