"""Writes a file for people outside the team, in which k customers at least stand behind every row of every table.

It is made of the published file alone. It holds no id, no verbatim and no span; cells of few customers are left out,
and with them as many others as it takes that none of them can be had by subtraction (docs/privacy.md says of what).
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from vocpipe.analysis.disclosure import generalised, left_out
from vocpipe.contracts import PUBLISHED
from vocpipe.selects import quoted
from vocpipe.warehouse import rows
from vocpipe.warehouse.adding_up import KEY, PERIODS, PLACE, sums_of
from vocpipe.warehouse.publishing import put
from vocpipe.warehouse.rewriting import scratch

SEGMENTS = """
select distinct segment_type from voc.metrics.metric_value
where segment_type in (select distinct attribute from voc.marts.customer_attributes) order by 1
"""
# Stocks of two months differ by the few who came and went in between: the last state alone is shared. A cut is told by
# month only where each of its cells has k customers, or none: what is left out of it over all time can be protected,
# what is left out of every month as well can hardly be. (Of events of nobody known there are no customers.) A mean of
# parts would give away the part that is left out; who has the parts can make it.
PARTS = f"""
with shareable as (
    select *, segment_type <> 'all' and period <> 'all' as is_fine
    from voc.metrics.metric_component
    where (period = 'all' or (timing = 'flow' and period in {PERIODS})) and metric not in (
        select distinct metric from voc.metrics.metric_value where method = 'mean_of_parts')
),
thin as (
    select distinct metric, metric_version, unit, period, segment_type
    from shareable
    where is_fine and n > 0 and coalesce(n_customers, 0) < $1 and not ends_with(segment, '(unknown)')
)
select s.* exclude (run_id, is_fine)
from shareable as s
where not s.is_fine or not exists (
    from thin as t
    where t.metric = s.metric and t.metric_version = s.metric_version and t.unit = s.unit and t.period = s.period
        and t.segment_type = s.segment_type)
"""
DEFINED = {
    "metrics.metric_value": "Figures of k customers at least. One row per metric, period, unit and segment.",
    "metrics.metric_component": "Their additive parts. One row per metric, period, unit and segment.",
    "marts.customers": "Customers by their segments, as coarse as it takes. One row per combination.",
}
TOLD = {
    "n": "Events counted.",
    "n_customers": "Different known customers behind the row: k at least.",
    "count_customers": "Customers who share the combination: k at least.",
    "orders_mean": "Mean number of orders of these customers.",
    "revenue_mean": "Mean revenue of these customers.",
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
    parts = con.execute(PARTS, [k]).df()
    shown = parts[~hidden(con, parts, k)]
    kept = pd.MultiIndex.from_frame(shown[KEY])
    both = kept.intersection(pd.MultiIndex.from_frame(figures[KEY]))
    return {
        "metrics.metric_value": figures[pd.MultiIndex.from_frame(figures[KEY]).isin(both)],
        "metrics.metric_component": shown,
        "marts.customers": combinations(con, k),
    }


def hidden(con: duckdb.DuckDBPyConnection, parts: pd.DataFrame, k: int) -> NDArray[np.bool_]:
    """Which figures to leave out. Figures of the same place and as many customers tell the same of different metrics,
    so they are left out together."""
    topics = con.sql("select slug, journey_stage, experience, need from voc.marts.topics").df().set_index("slug")
    customers = parts["n_customers"].fillna(0).to_numpy(dtype=np.int64)
    alike = parts.assign(customers=customers).groupby([*PLACE, "customers"], dropna=False, sort=False).ngroup()
    sums = sums_of(parts, {cut: topics[cut].dropna().to_dict() for cut in topics})
    return left_out(customers, k, sums, np.asarray(alike, dtype=np.int64))


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
