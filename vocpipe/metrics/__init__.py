"""The metrics room: every figure with its n and interval, from one SQL file per metric.

A metric is one file of this folder: a SELECT that gives an event a row (customer_id, event_at, dimensions, numerator,
denominator), under a first comment that says what it is and lines `-- key: value` that say how it is to be read. What
all share (periods, segments, intervals, hiding) is in `tables/`; the macros of the published file are in `macros/`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb

from vocpipe.metrics import steps
from vocpipe.metrics.definitions import Metric, read_metric
from vocpipe.metrics.measuring import measure, prepare, tidy
from vocpipe.metrics.steps import drop, make
from vocpipe.selects import Select, read_select

FOLDER = Path(__file__).parent
FIGURES = ("measured", "effective", "bounded", "hidden", "figure")
PUBLISHED = ("metric_component", "metric_overlap", "metric_value")


def read_metrics() -> list[Metric]:
    """Every metric of the folder, by name."""
    return [read_metric(path) for path in sorted(FOLDER.glob("*.sql"))]


def macros_sql() -> str:
    """SQL statements that make the macros of the published file; run them there, once the tables stand."""
    return (FOLDER / "macros" / "macros.sql").read_text(encoding="utf-8")


def build(con: duckdb.DuckDBPyConnection) -> None:
    """Make `metrics.metric_component`, `metric_overlap` and `metric_value` anew from the marts.

    Reads marts.interactions, responses, conversations, orders and customer_attributes, and the variables as_of,
    time_zone, min_n_show, low_base_n, churn_days, conf, z, watermark_days, run_id, code_version and
    periods (default 'all,month'). Works in temporary tables, which it drops.
    """
    con.execute("set variable periods = coalesce(getvariable('periods'), 'all,month')")
    metrics = read_metrics()
    prepare(con, metrics)
    measure(con, metrics)
    make(con, *FIGURES)
    con.execute("create schema if not exists metrics")
    for select in published_tables():
        con.execute(f"create or replace table {select.table} as\n{select.sql}")
    drop(con, FIGURES, [])
    tidy(con)


def published_tables() -> list[Select]:
    """The SELECTs of the tables that the room publishes."""
    return [replace(read_select(steps.FOLDER / f"{name}.sql"), room="metrics") for name in PUBLISHED]
