"""From the events of every metric to the additive parts of its figures.

A metric's events are put into `event`; `placed` has them in their periods. An event belongs to segments by what it is
about (its `profile`) and by who the customer is (`attribute`). A series is what is charted over the periods: a metric,
its unit and a segment. The spread between customers needs sums by customer within each series, which is the costly
part: who has one event in a period is in one segment of each type, so that only the others (`crowd`) are summed up so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb
from scipy import stats

from vocpipe.metrics.definitions import DIMENSIONS, METHODS, Metric
from vocpipe.metrics.steps import add, define, drop, make, put, step
from vocpipe.selects import quoted

TOGETHER = 1_000_000  # events of different metrics that are summed up in one go
AT_ONCE = 6_000_000  # events times types of segment that are held in one step
SHARED = (
    *("calendar", "calendar_day", "answer", "customer"),
    *("spell", "attribute", "customer_attribute", "customer_kind", "kind_attribute"),
)
VIEWS = ("customer_part", "crowd", "wanted_series")
# What a method needs beside the sums of a cell: steps that are made anew, and the last, whose table grows.
FURTHER = {
    "order_statistics": ("ranked", "median", "order_statistic"),
    "kaplan_meier": ("survival_curve", "survival_median"),
    "mean_of_parts": ("total_part", "total"),
}
RESULTS = ("cell", "overlap", "scale", *(names[-1] for names in FURTHER.values()))
TABLES = (
    *SHARED,
    *("definition", "student", "found", "event", "about", "cut", "wanted"),
    *("profile", "attribute_cut", "segment", "series", "profile_series", "placed", "profile_part", "part"),
    *("changing_part", "pair", "crowd_event", "piece", "crowd_part", "segmented"),
    *(name for names in FURTHER.values() for name in names[:-1]),
    *RESULTS,
)

# The columns of a metric's SELECT in which event differs from event. All others say what an event is about.
OWN = ("customer_no", "event_at", "period_no", "numerator", "denominator")
# Numbers are decimals, whose sums do not depend on the order of the rows.
EVENT = """
create or replace temp table event (
    profile_no integer, customer_no integer, event_at timestamp, period_no integer,
    numerator decimal(18, 6), denominator decimal(18, 6)
)
"""
ABOUT = """
create or replace temp table about (
    profile_no integer, metric varchar,
    channel varchar, topic varchar, journey_stage varchar, experience varchar, need varchar, language varchar,
    segments varchar, part varchar,
    unit varchar, scale_low integer, scale_high integer
)
"""
FOUND = """
create or replace temp table found as
select {name} as metric, c.customer_no, e.* exclude (event_id, customer_id)
from ({sql}
) as e
left join customer as c on c.customer_id = e.customer_id
"""
NUMBERED = """
insert into about by name
select *, cast((select count(*) from about) + row_number() over (order by metric) as integer) as profile_no
from (select distinct {columns} from found) as combinations
"""
GATHERED = """
insert into event by name
select a.profile_no, f.* exclude ({columns})
from found as f
join about as a on {equal}
"""
DEFINITION = """
create or replace temp table definition (
    metric varchar, version integer, grain varchar, unit varchar, direction varchar, method varchar, timing varchar,
    within varchar, count_parts integer, has_attributes boolean, is_paired boolean
)
"""
Cut = tuple[str, str]  # metric and type of segment


def prepare(con: duckdb.DuckDBPyConnection, metrics: Sequence[Metric]) -> None:
    """Make what all metrics share: periods, customers, answers, definitions, and empty tables of results."""
    make(con, *SHARED)
    con.execute(DEFINITION)
    marks = ", ".join(f"${number}" for number in range(1, 12))
    con.executemany(f"insert into definition values ({marks})", [defined(metric) for metric in metrics])
    student(con)
    clear(con)
    con.execute("create or replace temp table cut (metric varchar, segment_type varchar, response_segment varchar)")
    con.execute("create or replace temp table wanted (metric varchar, segment_type varchar)")
    lay_out(con, [])
    make(con, "crowd_part", "segmented", *(name for names in FURTHER.values() for name in names))
    make(con, "cell", "scale", "overlap")


def defined(metric: Metric) -> list[str | int | bool | None]:
    """The row of a metric in `definition`."""
    marks = metric.marks
    said = [marks[key] for key in ("version", "grain", "unit", "direction", "method", "timing")]
    count_parts = len(marks.get("parts", "").split(","))
    return [metric.name, *said, marks.get("within"), count_parts, marks.get("attributes") != "no", metric.is_paired]


def student(con: duckdb.DuckDBPyConnection) -> None:
    """Student's t quantiles for 1 to 200 degrees of freedom at the confidence of the run."""
    conf = con.execute("select cast(getvariable('conf') as double)").fetchall()[0][0]
    rows = [f"({df}, {float(stats.t.ppf((1 + conf) / 2, df))!r})" for df in range(1, 201)]
    con.execute(f"create or replace temp table student as select * from (values {', '.join(rows)}) as q(df, t)")


def measure(con: duckdb.DuckDBPyConnection, metrics: Sequence[Metric]) -> None:
    """Add the parts of the metrics to `cell` and to the other tables of results.

    Metrics with few events are summed up together: a step takes some time however little there is to do.
    """
    together: list[Metric] = []
    count = 0
    for metric in sorted(metrics, key=lambda metric: METHODS.index(metric.marks["method"])):  # whole numbers first
        count += gather(con, metric)
        together.append(metric)
        if count >= TOGETHER:
            add_up(con, together)
            together, count = [], 0
    if count:
        add_up(con, together)


def gather(con: duckdb.DuckDBPyConnection, metric: Metric) -> int:
    """Put the events of a metric into `event`, and what they are about into `about`. Returns how many there are."""
    con.execute(FOUND.format(name=quoted(metric.name), sql=metric.sql))
    names = [row[0] for row in con.execute("describe found").fetchall()]
    said = [name for name in names if name not in OWN]
    columns = ", ".join(said)
    con.execute(NUMBERED.format(columns=columns))
    equal = " and ".join(f"a.{name} is not distinct from f.{name}" for name in said)
    return int(con.execute(GATHERED.format(columns=columns, equal=equal)).fetchall()[0][0])


def add_up(con: duckdb.DuckDBPyConnection, metrics: Sequence[Metric]) -> None:
    """Add the parts of the events that are gathered to the tables of results. They are gone then."""
    exact = "double" if is_whole(con) else "decimal(38, 6)"
    for column in ("numerator", "denominator"):
        con.execute(f"alter table event alter {column} type {exact}")
    lay_out(con, metrics)
    add(con, "scale")
    add(con, "overlap", "overlap_by_attribute")
    for some in portions(con, "crowd_event", cuts(con, "value_no is null")):
        put(con, "wanted", some)
        make(con, "crowd_part")
        add(con, "piece", "piece_by_crowd")
        add(con, "overlap")
    add(con, "cell")
    for method, (*before, result) in FURTHER.items():
        names = {metric.name for metric in metrics if metric.marks["method"] == method}
        for some in portions(con, "placed", [cut for cut in cuts(con, "true") if cut[0] in names]):
            put(con, "wanted", some)
            make(con, "segmented", *before)
            add(con, result)
            if method == "order_statistics":
                add(con, "overlap", "median_overlap")
    clear(con)


def clear(con: duckdb.DuckDBPyConnection) -> None:
    """Have no events gathered."""
    con.execute(EVENT)
    con.execute(ABOUT)


def is_whole(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether the events that are gathered are whole numbers and few enough for doubles to add them up exactly.

    That is quicker than decimals. No sum of products exceeds the square of all numbers, and that must be below 2^53,
    from where on doubles leave out whole numbers.
    """
    sql = """
        select
            coalesce(bool_and(numerator % 1 = 0 and denominator % 1 = 0), false)
            and sum(abs(numerator) + abs(denominator)) < 94000000
        from event
    """
    return bool(con.execute(sql).fetchall()[0][0])


def lay_out(con: duckdb.DuckDBPyConnection, metrics: Sequence[Metric]) -> None:
    """Place the events that are gathered, and make their series and the first pieces of their cells."""
    make(con, "profile", "attribute_cut")
    put(con, "cut", [row for metric in metrics for row in event_cuts(con, metric)])
    make(con, "segment", "series", "profile_series", "placed", "profile_part", "part")
    define(con, "customer_part")
    make(con, "changing_part", "pair")
    define(con, "crowd", "wanted_series")
    make(con, "crowd_event")
    con.execute(f"create or replace temp table piece as\n{step('piece_by_profile')}")
    add(con, "piece", "piece_less_crowd", "piece_by_attribute")


def event_cuts(con: duckdb.DuckDBPyConnection, metric: Metric) -> list[tuple[str, str, str]]:
    """Metric, type of segment and JSON path of everything that its events are cut by.

    Those are the dimensions that its SELECT names ($), but for one that is never pooled, and the response's own
    segments. One of these that is called like a dimension or an attribute of the customer gets response_ before it.
    """
    named = {row[0] for row in con.execute(f"describe {metric.sql}").fetchall()}
    found = [(metric.name, name, "$") for name in DIMENSIONS if name in named and name != metric.marks.get("within")]
    if "segments" in named:
        taken = {row[0] for row in con.execute("select attribute from attribute").fetchall()} | {*DIMENSIONS}
        keys = con.execute(
            "select distinct unnest(json_keys(segments)) from profile where metric = $1 order by 1", [metric.name]
        )
        for (key,) in keys.fetchall():
            found.append((metric.name, f"response_{key}" if key in taken else key, f'$."{key}"'))
    return found


def cuts(con: duckdb.DuckDBPyConnection, where: str) -> list[Cut]:
    """Metrics and types of segment of the series of which something holds."""
    return con.execute(f"select distinct metric, segment_type from series where {where} order by all").fetchall()


def portions(con: duckdb.DuckDBPyConnection, table: str, cuts: Sequence[Cut]) -> Iterator[list[Cut]]:
    """The cuts in portions that are made at once: all of them where few events have to be held."""
    counted = con.execute(
        f"select p.metric, count(*) from {table} as e join profile as p on p.profile_no = e.profile_no group by 1"
    )
    sizes = dict(counted.fetchall())
    some: list[Cut] = []
    held = 0
    for cut in cuts:
        size = sizes.get(cut[0], 0)
        if some and held + size > AT_ONCE:
            yield some
            some, held = [], 0
        if size:
            some.append(cut)
            held += size
    if some:
        yield some


def tidy(con: duckdb.DuckDBPyConnection) -> None:
    """Drop the temporary tables and views of the room."""
    drop(con, TABLES, VIEWS)
