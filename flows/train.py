"""Teaching as a Prefect flow: fits the project's own models and puts in use what is better on held-out authors."""

from __future__ import annotations

from pathlib import Path

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

from vocpipe import training


@task(cache_policy=NO_CACHE, persist_result=False, timeout_seconds=6 * 3600)
def fit(project: Path) -> list[training.Outcome]:
    """Everything that can be fitted, and what became of it."""
    return training.train(project)


@flow(name="vocpipe-train", log_prints=False, validate_parameters=True)
def train(project: str | Path) -> None:
    """Fit, measure and, where better, put in use the models of one project folder.

    The next nightly runs label the backlog anew within their budget; this flow changes no label.
    """
    told = training.markdown(fit(Path(project)), training.backlog(Path(project)))
    create_markdown_artifact(told, key="vocpipe-train", description="What was fitted, and what is in use now.")
