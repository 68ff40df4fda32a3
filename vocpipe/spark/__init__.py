"""The SQL rooms and the texts on a Spark cluster: the same SELECTs and the same classifiers, with equal results.

DuckDB's work file stays the one record of a run. What a SELECT reads goes to Spark as Parquet, what it makes comes back
as Parquet and into the work file, so that whoever reads there notices nothing. Where the settings name no cluster this
room hands on what was there before. Needs the extra ``vocpipe[spark]``.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb

from vocpipe.contracts import RunError
from vocpipe.enrichment import Workers
from vocpipe.runs import Run
from vocpipe.spark import exchange
from vocpipe.spark.session import require_parts, started


def ready(run: Run) -> None:
    """Raises UsageError where the settings ask for Spark and PySpark or Java is not there."""
    if run.settings.engine.kind == "spark":
        require_parts()


@contextmanager
def engine_of(run: Run, con: duckdb.DuckDBPyConnection) -> Iterator[Any]:
    """What the SQL rooms speak to: the work file itself, or a session on the cluster of the settings.

    Raises UsageError where PySpark or Java is not there, RunError where the cluster does not answer or fails.
    """
    with cluster_of(run) as cluster:
        if cluster is None:
            yield con
        else:
            from vocpipe.spark.engine import Engine  # needs the extra

            yield Engine(con, *cluster)


@contextmanager
def crew_of(run: Run) -> Iterator[Workers]:
    """Who looks at texts: processes of this machine, or the workers of the cluster. Raises as ``engine_of``."""
    with cluster_of(run) as cluster:
        if cluster is None:
            yield run.workers
        else:
            from vocpipe.spark.crew import Crew

            yield Crew(*cluster)


@contextmanager
def cluster_of(run: Run) -> Iterator[tuple[Any, str] | None]:
    """A session on the cluster of the settings with a folder for what goes to and fro; None where they name none."""
    chosen = run.settings.engine
    if chosen.kind == "duckdb":
        yield None
        return
    with started(chosen.master, chosen.options) as spark, between(run) as folder:
        yield spark, folder


@contextmanager
def between(run: Run) -> Iterator[str]:
    """The address of an empty folder for what goes to and fro, which holds personal data and is gone afterwards."""
    chosen = run.settings.engine.folder
    if chosen:
        place = f"{chosen.rstrip('/')}/{run.run_id}"
    else:
        folder = run.directory.absolute() / "work" / "spark"
        shutil.rmtree(folder, ignore_errors=True)  # of a run that was killed
        folder.mkdir(mode=0o700)
        place = folder.as_uri()
    try:
        system, path = exchange.opened(place)
        system.create_dir(path)
    except (OSError, ValueError) as problem:
        raise RunError(
            "`engine.folder` cannot be written to: give an address that Arrow knows and may write."
        ) from problem
    try:
        yield place
    finally:
        system.delete_dir(path)
