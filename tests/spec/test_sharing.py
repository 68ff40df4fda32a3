"""The file to share: k customers behind every row, and no smaller cell can be had by adding and subtracting rows."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vocpipe.analysis.disclosure import AddUp, left_out
from vocpipe.contracts import PUBLISHED
from vocpipe.warehouse import sharing
from vocpipe.warehouse.adding_up import KEY, sums_of

START = pd.Timestamp("2026-01-01")


def can_be_had(hidden: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """By rank: a hidden cell can be had where it follows from the equations, all that is shown being known."""
    places = np.flatnonzero(hidden)
    among = matrix[:, places]
    rank = np.linalg.matrix_rank(among) if among.size else 0
    had = np.zeros(len(hidden), dtype=bool)
    for column, place in enumerate(places):
        unit = np.zeros((1, len(places)))
        unit[0, column] = 1
        had[place] = np.linalg.matrix_rank(np.vstack([among, unit])) == rank
    return had


@st.composite
def tables(draw):
    """Customers of the cells of a table with rows, columns and their totals, one equation each."""
    height, width = draw(st.integers(2, 4)), draw(st.integers(2, 4))
    inner = np.array(draw(st.lists(st.integers(0, 12), min_size=height * width, max_size=height * width)))
    cells = np.pad(inner.reshape(height, width), ((0, 1), (0, 1)))
    cells[-1, :-1], cells[:-1, -1] = cells[:-1, :-1].sum(axis=0), cells[:-1, :-1].sum(axis=1)
    cells[-1, -1] = inner.sum()
    number = np.arange(cells.size).reshape(cells.shape)
    lines = [*number, *number.T]
    matrix = np.zeros((len(lines), cells.size))
    for place, line in enumerate(lines):
        matrix[place, line] = [*np.ones(len(line) - 1), -1]
    return cells.ravel(), matrix


@settings(deadline=None, max_examples=60)
@given(tables(), st.integers(2, 6))
def test_no_cell_of_fewer_than_k_can_be_had(table, k):
    customers, matrix = table
    equation, member = np.nonzero(matrix)
    sums = AddUp(equation, member, matrix[equation, member], np.zeros(len(customers), dtype=bool))
    hidden = left_out(customers, k, sums, np.arange(len(customers)))
    assert hidden[customers < k].all()
    assert not (can_be_had(hidden, matrix) & (customers < k)).any()
    assert (left_out(customers, k, sums, np.arange(len(customers))) == hidden).all()


def test_where_all_cells_are_large_all_are_shown():
    sums = AddUp(np.array([0, 0, 0]), np.array([0, 1, 2]), np.array([1.0, 1, -1]), np.zeros(3, dtype=bool))
    assert not left_out(np.array([7, 9, 16]), 5, sums, np.arange(3)).any()
    assert left_out(np.array([3, 9, 12]), 5, sums, np.arange(3)).tolist() == [True, True, False]


# ------------------------------------------------------------------------------------------------ the file


def voc(cells, topics=(), people=()) -> duckdb.DuckDBPyConnection:
    """A connection to a published file with these figures: metric, period, period_start, segment_type, segment, n."""
    frame = pd.DataFrame(cells, columns=["metric", "period", "period_start", "segment_type", "segment", "n"]).assign(
        metric_version="1", grain="response", unit="points", timing="flow", sum_ws=1.0, run_id="r",
        n_customers=lambda f: f["n"].where(~f["segment"].str.endswith("(unknown)"), 0),
    )  # fmt: skip
    con = duckdb.connect()
    con.execute("attach ':memory:' as voc; create schema voc.metrics; create schema voc.marts")
    con.register("frame", frame)
    con.execute("create table voc.metrics.metric_component as from frame")
    con.execute("create table voc.metrics.metric_value as select * exclude (timing, sum_ws), false as suppressed, "
                "'wilson' as method, 0.5 as value from frame")  # fmt: skip
    con.execute("create table voc.marts.topics (slug varchar, journey_stage varchar, experience varchar, need varchar)")
    con.execute("create table voc.marts.customer_attributes (attribute varchar)")
    con.execute("create table voc.marts.customers (tier varchar, orders bigint, revenue double)")
    for topic in topics:
        con.execute("insert into voc.marts.topics values (?, ?, null, null)", list(topic))
    for tier in people:
        con.execute("insert into voc.marts.customers values (?, 1, 2)", [tier])
    return con


def shown(cells, k=5, **more) -> set[tuple[str, ...]]:
    """What is shared of some figures: metric, period, segment_type and segment."""
    with voc(cells, **more) as con:
        made = sharing.tables(con, k)["metrics.metric_component"]
    return set(made[["metric", "period", "segment_type", "segment"]].itertuples(index=False, name=None))


def by(metric, kind, sizes, period="all", start=START):
    total = [(metric, period, start, "all", "all", sum(sizes.values()))]
    return total + [(metric, period, start, kind, name, n) for name, n in sizes.items()]


def test_metrics_of_the_same_customers_leave_out_the_same_cells():
    """Ties are broken alike, and where one metric needs another cell, the other metric does not show it."""
    sizes = {"Blue": 40, "Silver": 9, "Gold": 8, "Diamond": 3}
    found = shown(by("nps", "tier", sizes) + by("nps_customer", "tier", sizes | {"Silver": 8, "Gold": 8}))
    of = {metric: {name for m, *_, name in found if m == metric} for metric in ("nps", "nps_customer")}
    assert not {"Gold", "Diamond"} & (of["nps"] | of["nps_customer"])


def test_a_topic_cannot_be_had_from_its_stage():
    sizes = {"bags": 3, "lost": 20, "crew": 9, "seat": 30}
    stages = {"bags": "arrival", "lost": "arrival", "crew": "flight", "seat": "flight"}
    staged = by("nps", "journey_stage", {"arrival": 23, "flight": 39})[1:]
    found = shown(by("nps", "topic", sizes) + staged, topics=stages.items())
    assert {name for *_, kind, name in found if kind == "topic"} <= {"crew", "seat"}


def test_a_month_cannot_be_had_from_the_whole():
    months = [("nps", "month", pd.Timestamp(2026, month, 1), "all", "all", n) for month, n in ((1, 9), (2, 4), (3, 30))]
    with voc([("nps", "all", START, "all", "all", 43), *months]) as con:
        made = sharing.tables(con, 5)["metrics.metric_component"]
    assert sorted(made["n"]) == [30, 43]


def test_weeks_trailing_windows_and_thin_cuts_by_month_are_left_out():
    cells = [("nps", period, START, "all", "all", 50) for period in ("all", "week", "trailing_90d", "day", "month")]
    fine = by("csat", "tier", {"Blue": 20, "Gold": 9}) + by("csat", "tier", {"Blue": 20, "Gold": 9}, "month")
    thin = by("ces", "tier", {"Blue": 20, "Gold": 9}) + by("ces", "tier", {"Blue": 20, "Gold": 4}, "month")
    found = shown(cells + fine + thin)
    assert {period for metric, period, *_ in found if metric == "nps"} == {"all", "day", "month"}
    cut = {(metric, period) for metric, period, kind, _ in found if kind == "tier"}
    assert cut == {("csat", "all"), ("csat", "month"), ("ces", "all")}


def test_what_nobody_is_known_of_protects_nobody():
    """Its events are n less n_linked of the total, so another cell goes with the small one."""
    sizes = {"(unknown)": 12, "Blue": 40, "Silver": 9, "Diamond": 3}
    assert {name for *_, name in shown(by("nps", "tier", sizes))} == {"all", "Blue"}


@pytest.mark.slow
def test_the_shared_file_of_the_sample(published):
    """k of every row, and by rank that no smaller cell of any metric follows from the rows that are shared."""
    k = 20  # the sample has hardly a cell with fewer than five
    with duckdb.connect() as con:
        con.execute(f"attach '{published / PUBLISHED}' as voc (read_only)")
        parts = con.execute(sharing.PARTS, [k]).df()
        made = sharing.tables(con, k)
    assert (made["metrics.metric_component"]["n_customers"] >= k).all()
    assert (made["metrics.metric_value"]["n_customers"] >= k).all()
    assert (made["marts.customers"]["count_customers"] >= k).all()
    rows = pd.MultiIndex.from_frame(made["metrics.metric_component"][KEY])
    hidden = ~pd.MultiIndex.from_frame(parts[KEY]).isin(rows)
    assert hidden.any() and not hidden.all()
    small, known = parts["n_customers"].fillna(0) < k, parts["segment"].str.endswith("(unknown)")
    checked = 0
    parts = parts.assign(hidden=hidden, small=small & ~known)
    for _, one in parts[parts["metric"].isin(["nps", "net_sentiment", "fcr"])].groupby("metric"):
        sums = sums_of(one, {})
        matrix = np.zeros((sums.equation.max() + 1 if len(sums.equation) else 0, len(one)))
        matrix[sums.equation, sums.member] = sums.sign
        matrix = np.vstack([matrix, np.eye(len(one))[sums.told]])
        checked += int(one["small"].sum())
        assert not (can_be_had(one["hidden"].to_numpy(), matrix) & one["small"].to_numpy()).any()
    assert checked > 10


def test_customers_of_a_rare_value_join_the_smallest_combination():
    people = [tier for tier, count in (("Blue", 20), ("Gold", 9), ("Diamond", 2)) for _ in range(count)]
    with voc(by("nps", "tier", {"Blue": 20, "Gold": 9}), people=people) as con:
        con.execute("insert into voc.marts.customer_attributes values ('tier')")
        made = sharing.tables(con, 5)["marts.customers"]
    assert dict(zip(made["tier"], made["count_customers"], strict=True)) == {"Blue": 20, "(other)": 11}
