"""Makes the tables of statistics: reads their frames, lets them compute, writes what comes back.

What a statistic says of itself as a metric goes into `metrics.metric_value` too, hidden where it is of few.
"""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import TopologicalSorter
from typing import Any

import duckdb
import pyarrow as pa

from vocpipe.statistics import Statistic, statistics
from vocpipe.warehouse.rooms import tables_read

# Figures of a statistic as rows of metric_value, under the same rules as those of the metrics room.
AS_METRIC = """
insert into metrics.metric_value by name
select
    * exclude (value, se, ci_low, ci_high),
    case when n >= getvariable('min_n_show') then value end as value,
    case when n >= getvariable('min_n_show') then se end as se,
    case when n >= getvariable('min_n_show') then ci_low end as ci_low,
    case when n >= getvariable('min_n_show') then ci_high end as ci_high,
    cast(getvariable('conf') as double) as conf,
    n < getvariable('low_base_n') as low_base,
    n < getvariable('min_n_show') as suppressed,
    getvariable('as_of') as as_of,
    getvariable('run_id') as run_id,
from ({figures}) as figures
"""


def build(con: duckdb.DuckDBPyConnection, schema: str, parameters: Mapping[str, Any]) -> None:
    """Make every statistic of a schema anew, each behind those that it reads."""
    con.execute(f"create schema if not exists {schema}")
    for statistic in in_order(statistics(schema)):
        write(con, statistic, parameters)


def in_order(found: list[Statistic]) -> list[Statistic]:
    """Statistics, each behind those whose tables it reads."""
    by_table = {statistic.TABLE: statistic for statistic in found}
    reads = {
        table: set().union(*map(tables_read, statistic.READS.values())) & by_table.keys()
        for table, statistic in by_table.items()
    }
    return [by_table[table] for table in TopologicalSorter(reads).static_order()]


def write(con: duckdb.DuckDBPyConnection, statistic: Statistic, parameters: Mapping[str, Any]) -> None:
    """Make one table anew; its columns are those of the definition, in that order."""
    frames = {name: con.sql(select).df() for name, select in statistic.READS.items()}
    made = pa.Table.from_pandas(statistic.make(frames, parameters), preserve_index=False)
    columns = ", ".join(f'"{name}" {kind}' for name, (kind, _) in statistic.COLUMNS.items())
    con.execute(f"create or replace table {statistic.TABLE} ({columns})")
    if len(made):  # a frame of no rows has no types to go by
        con.execute(f"insert into {statistic.TABLE} by name select * from made")
    del made
    if figures := getattr(statistic, "FIGURES", None):
        con.execute(AS_METRIC.format(figures=figures))
