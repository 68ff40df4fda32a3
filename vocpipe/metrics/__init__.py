"""The metrics room: every figure with its n and interval, from one SQL file per metric.

A metric is one file of this folder: a SELECT that gives an event a row (customer_id, event_at, dimensions, numerator,
denominator), under a first comment that says what it is and lines `-- key: value` that say how it is to be read. What
all share (periods, segments, intervals, hiding) is in `tables/`; the macros of the published file are in `macros/`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
from scipy import stats

from vocpipe.selects import quoted

FOLDER = Path(__file__).parent
DIMENSIONS = ("channel", "topic", "journey_stage", "experience", "need", "language")
METHODS = (
    *("adjusted_wald", "wilson", "t", "poisson_byar"),
    *("order_statistics", "kaplan_meier", "mean_of_parts", "none"),
)
# The shared steps of what a method needs beside the sums of a cell: one made anew, and the table that it adds to.
FURTHER = {
    "order_statistics": ("median", "order_statistic"),
    "kaplan_meier": ("survival_curve", "survival_median"),
    "mean_of_parts": ("total_part", "total"),
}
AT_ONCE = 3_000_000  # events times types of segment that are summed up in one step
TEMPORARY = (
    *("cut", "attribute_cut"),
    *("calendar", "answer", "customer", "spell", "customer_attribute", "definition", "student"),
    *("event", "placed", "part", "scale", "cell", "overlap", "median", "order_statistic", "total_part", "total"),
    *("survival_curve", "survival_median"),
    *("measured", "effective", "bounded", "hidden", "figure"),
)
MARK = re.compile(r"^-- (\w+): (\S.*)$")
COLUMN = re.compile(r"(?:^|[\s.])(\w+),\s*--\s*(\S.*)$")

# What the SELECT of a metric may give. Numbers are decimals, whose sums do not depend on the order of the rows.
EVENT = """
create or replace temp table event (
    event_id varchar, customer_id varchar, event_at timestamp, period_no integer,
    channel varchar, topic varchar, journey_stage varchar, experience varchar, need varchar, language varchar,
    segments varchar, part varchar,
    unit varchar, scale_low integer, scale_high integer,
    numerator decimal(18, 6), denominator decimal(18, 6)
)
"""
DEFINITION = """
create or replace temp table definition (
    metric varchar, version integer, grain varchar, unit varchar, direction varchar, method varchar, timing varchar
)
"""


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric's file: name, definition in words, its marks (unit, direction, grain, method, …) and its SELECT."""

    name: str
    definition: str
    marks: dict[str, str]
    sql: str


def read_metric(path: Path) -> Metric:
    """The metric that a file holds. The comments before the SELECT are its definition, `-- key: value` its marks."""
    sql = path.read_text(encoding="utf-8")
    head = []
    for line in sql.splitlines():
        if not line.startswith("--"):
            break
        head.append(line)
    marks = {found[1]: found[2].strip() for line in head if (found := MARK.match(line))}
    words = [line[2:].strip() for line in head if not MARK.match(line)]
    return Metric(path.stem, " ".join(words), marks, sql)


def read_metrics() -> list[Metric]:
    """Every metric of the folder, by name."""
    return [read_metric(path) for path in sorted(FOLDER.glob("*.sql"))]


def macros_sql() -> str:
    """SQL statements that make the macros of the published file; run them there, once the tables stand."""
    return (FOLDER / "macros" / "macros.sql").read_text(encoding="utf-8")


def build(con: duckdb.DuckDBPyConnection) -> None:
    """Make `metrics.metric_component`, `metric_overlap` and `metric_value` anew from the marts, with comments.

    Reads marts.interactions, responses, conversations, orders and customer_attributes, and the variables as_of,
    time_zone, min_n_show, low_base_n, churn_days, conf, z, watermark_days, run_id, code_version and
    periods (default 'all,month'). Works in temporary tables, which it drops.
    """
    con.execute("set variable periods = coalesce(getvariable('periods'), 'all,month')")
    metrics = read_metrics()
    prepare(con, metrics)
    for metric in metrics:
        measure(con, metric)
    for name in ("measured", "effective", "bounded", "hidden", "figure"):
        make(con, name)
    con.execute("create schema if not exists metrics")
    for name in ("metric_component", "metric_overlap", "metric_value"):
        publish(con, name)
    tidy(con)


def step(name: str) -> str:
    """The SELECT of one of the shared steps."""
    return (FOLDER / "tables" / f"{name}.sql").read_text(encoding="utf-8")


def make(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Make the temporary table of one of the shared steps anew."""
    con.execute(f"create or replace temp table {name} as\n{step(name)}")


def prepare(con: duckdb.DuckDBPyConnection, metrics: list[Metric]) -> None:
    """Make what all metrics share: periods, customers, answers, definitions, and empty tables for their parts."""
    for name in ("calendar", "answer", "customer", "spell", "customer_attribute"):
        make(con, name)
    con.execute(DEFINITION)
    marks = ("version", "grain", "unit", "direction", "method", "timing")
    rows = [[metric.name, *(metric.marks[key] for key in marks)] for metric in metrics]
    con.executemany("insert into definition values ($1, $2, $3, $4, $5, $6, $7)", rows)
    student(con)
    con.execute(EVENT)
    choose(con, metric="", within="", segment_type="all")
    con.execute("create or replace temp table cut (segment_type varchar, response_segment varchar)")
    con.execute("create or replace temp table attribute_cut (attribute varchar)")
    con.execute("set variable count_parts = 1")
    make(con, "placed")
    con.execute(f"create or replace temp view segmented as\n{step('segmented')}")
    for name in ("part", "cell", "overlap", "scale", *(step for steps in FURTHER.values() for step in steps)):
        make(con, name)


def student(con: duckdb.DuckDBPyConnection) -> None:
    """Student's t quantiles for 1 to 200 degrees of freedom at the confidence of the run."""
    conf = con.execute("select cast(getvariable('conf') as double)").fetchall()[0][0]
    rows = [f"({df}, {float(stats.t.ppf((1 + conf) / 2, df))!r})" for df in range(1, 201)]
    con.execute(f"create or replace temp table student as select * from (values {', '.join(rows)}) as q(df, t)")


def measure(con: duckdb.DuckDBPyConnection, metric: Metric) -> None:
    """Add the parts of one metric to `cell`, of a median to `order_statistic`, of a mean of parts to `total`."""
    con.execute(EVENT)
    con.execute(f"insert into event by name\n{metric.sql}")
    if not con.execute("select 1 from event limit 1").fetchall():
        return
    make(con, "placed")
    choose(con, metric=metric.name, within=metric.marks.get("within", ""))
    add(con, "scale")
    found = attributes(con, metric)
    sums = ("cell", "overlap") if is_paired(metric) else ("cell",)
    cuts = response_segments(con) | dict.fromkeys((*dimensions(con, metric), "all"), "$")
    put(con, "attribute_cut", [[name] for name in ("", *found)])
    for some in portions(con, list(cuts.items())):
        put(con, "cut", some)
        make(con, "part")
        for name in sums:
            add(con, name)
    if further := FURTHER.get(metric.marks["method"]):
        con.execute(f"set variable count_parts = {len(metric.marks.get('parts', '').split(','))}")
        for segment_type, key in (cuts | dict.fromkeys(found, "$")).items():
            choose(con, segment_type=segment_type)
            put(con, "cut", [[segment_type, key]])
            make(con, further[0])
            add(con, further[1])


def is_paired(metric: Metric) -> bool:
    """Whether a change of the metric is tested with customers who are in both periods; stocks of shares are not."""
    flow = metric.marks["method"] in ("adjusted_wald", "wilson", "t") and metric.marks["timing"] != "stock"
    return flow or metric.marks["method"] == "poisson_byar"


def portions(con: duckdb.DuckDBPyConnection, cuts: list[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    """The types of segment in portions that are made at once: all of them where few events have to be held."""
    rows = con.execute("select count(*) from placed").fetchall()[0][0]
    size = max(AT_ONCE // max(rows, 1), 1)
    return [cuts[start : start + size] for start in range(0, len(cuts), size)]


def put(con: duckdb.DuckDBPyConnection, name: str, rows: Sequence[Sequence[str]]) -> None:
    """Fill one of the small tables that say by what is cut."""
    con.execute(f"delete from {name}")
    con.execute(f"insert into {name} values {', '.join('(' + ', '.join(map(quoted, row)) + ')' for row in rows)}")


def dimensions(con: duckdb.DuckDBPyConnection, metric: Metric) -> list[str]:
    """The dimensions by which a metric is cut: those that its SELECT names, but for one that is never pooled."""
    named = {row[0] for row in con.execute(f"describe {metric.sql}").fetchall()}
    return [name for name in DIMENSIONS if name in named and name != metric.marks.get("within")]


def response_segments(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Type of segment -> JSON path of each of the response's own segments that the events of a metric bear.

    One that is called like a dimension or an attribute of the customer gets response_ before its name.
    """
    keys = con.execute("select distinct unnest(json_keys(segments)) from event where segments is not null order by 1")
    found = [row[0] for row in keys.fetchall()]
    taken = {row[0] for row in con.execute("select distinct attribute from customer_attribute").fetchall()}
    taken |= {"all", *DIMENSIONS}
    return {f"response_{key}" if key in taken else key: f'$."{key}"' for key in found}


def attributes(con: duckdb.DuckDBPyConnection, metric: Metric) -> list[str]:
    """The attributes of customers by which a metric is cut: all that are declared, or none."""
    if metric.marks.get("attributes") == "no":
        return []
    found = con.execute("select distinct attribute from customer_attribute order by attribute").fetchall()
    return [row[0] for row in found]


def choose(con: duckdb.DuckDBPyConnection, **variables: str) -> None:
    """Set variables that the shared steps read: metric, within, segment_type."""
    for name, value in variables.items():
        con.execute(f"set variable {name} = {quoted(value)}")


def add(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Add what one of the shared steps selects to the table of its name."""
    con.execute(f"insert into {name} by name\n{step(name)}")


def publish(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Make one published table, with the comments of its file."""
    sql = step(name)
    con.execute(f"create or replace table metrics.{name} as\n{sql}")
    lines = sql.splitlines()
    head = [line[2:].strip() for line in lines if line.startswith("--")]
    con.execute(f"comment on table metrics.{name} is {quoted(' '.join(head))}")
    for line in lines[len(head) :]:
        if found := COLUMN.search(line):
            con.execute(f"comment on column metrics.{name}.{found[1]} is {quoted(found[2])}")


def tidy(con: duckdb.DuckDBPyConnection) -> None:
    """Drop the temporary tables."""
    con.execute("drop view segmented")
    for name in TEMPORARY:
        con.execute(f"drop table temp.{name}")
