"""Writes a file for people outside the team, in which k customers at least stand behind every row of every table.

It is made of the published file alone. It holds no id, no verbatim and no span; cells of few customers are left out,
and with them as many others as it takes that nothing can be had by subtraction.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pandas as pd

from vocpipe.analysis.disclosure import generalised, hidden
from vocpipe.contracts import PUBLISHED
from vocpipe.selects import quoted
from vocpipe.warehouse import rows
from vocpipe.warehouse.publishing import put
from vocpipe.warehouse.rewriting import scratch

ANSWERS = """
select
    metric, scale_low, scale_high, strftime(occurred_at, '%Y-%m') as month, score,
    count(*) as n, count(distinct customer_id) as n_customers,
from voc.marts.responses
where superseded_at is null and score is not null
group by all
"""
TURNS = """
select
    channel, strftime(occurred_at, '%Y-%m') as month, coalesce(topic, '(none)') as topic,
    coalesce(sentiment, '(none)') as sentiment,
    count(*) as n, count(distinct customer_id) as n_customers,
from voc.marts.interactions
group by all
"""
SEGMENTS = """
select distinct segment_type from voc.metrics.metric_value
where segment_type in (select distinct attribute from voc.marts.customer_attributes) order by 1
"""
CUT = ["metric", "metric_version", "grain", "unit"]
DEFINED = {
    "metrics.metric_value": "Figures of k customers at least. One row per metric, period, unit and segment.",
    "metrics.metric_component": "Their additive parts. One row per metric, period, unit and segment.",
    "marts.answers": "Answers by score and month. One row per metric, scale, month and score.",
    "marts.turns": "Turns by topic and sentiment. One row per channel, month, topic and sentiment.",
    "marts.customers": "Customers by their segments, as coarse as it takes. One row per combination.",
}
TOLD = {
    "n": "Events counted.",
    "n_customers": "Different known customers behind the row: k at least.",
    "count_customers": "Customers who share the combination: k at least.",
    "orders_mean": "Mean number of orders of these customers.",
    "revenue_mean": "Mean revenue of these customers.",
    "month": "Month of the event (UTC).",
}


def share(directory: Path, target: Path, k: int) -> dict[str, int]:
    """Write the file; returns the rows of each table. Raises RunError where it cannot be written."""
    with scratch() as con:
        con.execute(f"attach {quoted(str(directory / PUBLISHED))} as voc (read_only)")
        made = tables(con, k)
        for name, frame in made.items():
            con.register(name.replace(".", "_"), frame)

        def copy(writer: duckdb.DuckDBPyConnection) -> None:
            writer.execute("create schema fresh.metrics; create schema fresh.marts")
            for name in made:
                writer.execute(f"create table fresh.{name} as select * from {name.replace('.', '_')} order by all")

        put(con, target, "shared file", copy, {name: (f"{DEFINED[name]} k = {k}.", TOLD) for name in made})
    return {name: len(frame) for name, frame in made.items()}


def tables(con: duckdb.DuckDBPyConnection, k: int) -> dict[str, pd.DataFrame]:
    """Every table of the file."""
    figures = con.sql("select * exclude (suppressed, run_id) from voc.metrics.metric_value where not suppressed").df()
    parts = con.sql("select * exclude (run_id) from voc.metrics.metric_component").df()
    shown = parts[~hidden_figures(parts, k)]
    names = [*CUT, "period", "period_start", "segment_type", "segment"]
    kept = pd.MultiIndex.from_frame(shown[names])
    both = kept.intersection(pd.MultiIndex.from_frame(figures[names]))
    return {
        "metrics.metric_value": figures[pd.MultiIndex.from_frame(figures[names]).isin(both)],
        "metrics.metric_component": shown,
        "marts.answers": additive(con, ANSWERS, k, [["metric", "scale_low", "scale_high"], ["month", "score"]]),
        "marts.turns": additive(con, TURNS, k, [["channel"], ["month"], ["topic"], ["sentiment"]]),
        "marts.customers": combinations(con, k),
    }


def hidden_figures(parts: pd.DataFrame, k: int) -> pd.Series:
    """Which figures to leave out: segments add up to all, and short periods to longer ones."""
    at = pd.to_datetime(parts["period_start"])
    placed = parts.assign(
        in_month=at.dt.strftime("%Y-%m").where(parts["period"] == "day", ""),
        in_quarter=(at.dt.year.astype(str) + "Q" + at.dt.quarter.astype(str)).where(parts["period"] == "month", ""),
        in_week=at.dt.to_period("W").astype(str).where(parts["period"] == "day", ""),
    )
    cell = [*CUT, "period", "segment_type"]
    over_time = [[*cell, "segment"], *([*cell, "segment", longer] for longer in ("in_month", "in_quarter", "in_week"))]
    return hidden(placed, k, [[*cell, "period_start"], *over_time]).set_axis(parts.index)


def additive(con: duckdb.DuckDBPyConnection, query: str, k: int, dimensions: Sequence[Sequence[str]]) -> pd.DataFrame:
    """Counts by several dimensions: within what is left of each, they add up to what is told elsewhere."""
    cells = con.sql(query).df()
    every = [name for names in dimensions for name in names]
    first = list(dimensions[0])
    totals = [[name for name in every if name != left] for left in every if left not in first or len(first) == 1]
    return pd.DataFrame(cells[~hidden(cells, k, [*totals, first]).set_axis(cells.index)])


def combinations(con: duckdb.DuckDBPyConnection, k: int) -> pd.DataFrame:
    """Customers by their segments, no combination of fewer than k."""
    segments = [name for (name,) in rows(con, SEGMENTS)]
    quoted_names = ", ".join('"' + name.replace('"', '""') + '"' for name in segments)
    people = con.sql(f"select {quoted_names + ', ' if segments else ''}orders, revenue from voc.marts.customers").df()
    coarse = generalised(people, segments, k)
    means = {"count_customers": ("orders", "size"), "orders_mean": ("orders", "mean"),
             "revenue_mean": ("revenue", "mean")}  # fmt: skip
    grouped = coarse.assign(everyone="all").groupby(segments or ["everyone"], sort=True, dropna=False)
    return pd.DataFrame(grouped.agg(**means).reset_index())
