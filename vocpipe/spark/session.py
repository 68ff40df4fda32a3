"""Starts Spark, or says in one sentence why it cannot be started."""

from __future__ import annotations

import logging
import os
import shutil
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from vocpipe.contracts import RunError, UsageError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# What results hang on comes last and cannot be set otherwise: times are UTC, a wrong cast is an error and not null, a
# decimal keeps its places, and dates before 1900 are read as they are written.
FIXED = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    "spark.sql.caseSensitive": "false",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
}
USUAL = {
    # No page is served and nothing leaves the machine, unless the settings ask for it.
    "spark.ui.enabled": "false",
    "spark.log.level": "ERROR",
    "spark.ui.showConsoleProgress": "false",
    # A run is some two thousand queries. Their plans would be kept for a page that is not served, and with the tables
    # that go to every worker they filled the one gigabyte that a driver has by default.
    "spark.driver.memory": "2g",
    "spark.sql.ui.retainedExecutions": "10",
    "spark.ui.retainedJobs": "100",
    "spark.ui.retainedStages": "100",
    "spark.ui.retainedTasks": "100",
}
# A cluster on this very machine speaks to itself alone.
AT_HOME = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}


@contextmanager
def started(master: str, options: Mapping[str, str]) -> Iterator[SparkSession]:
    """A session on a cluster, ended afterwards.

    Raises UsageError where PySpark or Java is not there, RunError where the cluster does not answer.
    """
    require_parts()
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    # It would write the plan of a query that Spark refuses to standard error, besides raising it.
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # the workers have what this process has
    if master.startswith("local"):
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    builder = SparkSession.builder.appName("vocpipe").master(master)
    home = AT_HOME if master.startswith("local") else {}
    for name, value in (USUAL | home | dict(options) | FIXED).items():
        builder = builder.config(name, value)
    try:
        with whatever_pandas():
            spark = builder.getOrCreate()
    except (PySparkException, OSError) as problem:
        raise RunError(
            f"Spark did not start on {master!r}: see that `engine.master` is right and answers."
        ) from problem
    try:
        if "spark.sql.shuffle.partitions" not in options:
            spark.conf.set("spark.sql.shuffle.partitions", str(2 * spark.sparkContext.defaultParallelism))
        with in_words():
            yield spark
    finally:
        spark.stop()


@contextmanager
def in_words() -> Iterator[None]:
    """Tell a failure of Spark as RunError. Its own message may hold the value at fault, which is a customer's."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError) as problem:
        kind = (problem.getCondition() if isinstance(problem, PySparkException) else None) or cause_of(problem)
        raise RunError(
            f"Spark failed ({kind}): look into the logs of the cluster, then run again; the last published file stands."
        ) from problem


def cause_of(problem: Exception) -> str:
    """The class of what lies at the bottom of an error, of Java where it comes from there."""
    found = getattr(problem, "java_exception", None)
    if found is None:
        return type(problem).__name__
    while (deeper := found.getCause()) is not None:
        found = deeper
    return str(found.getClass().getSimpleName())


@contextmanager
def whatever_pandas() -> Iterator[None]:
    """Without PySpark's warning of a pandas that it does not know: Arrow goes to and fro, and no pandas takes part."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
        yield


def require_parts() -> None:
    """Raises UsageError where the extra is not installed or Java is not there."""
    if missing := [name for name in ("pyspark", "sqlglot") if find_spec(name) is None]:
        raise UsageError(
            f'`engine.kind = "spark"` needs {missing[0]}: run `pip install "vocpipe[spark]"`, or write kind = "duckdb".'
        )
    home = os.environ.get("JAVA_HOME")
    if not shutil.which(Path(home) / "bin" / "java" if home else "java"):
        raise UsageError(
            '`engine.kind = "spark"` needs Java 17 or later: install it (JAVA_HOME says where, if not on the PATH), '
            'or write kind = "duckdb".'
        )
