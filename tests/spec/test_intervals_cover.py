"""Every interval, drawn 2,000 times from populations that are known, covers the truth in 93 to 98 of 100 draws.

The room's own steps make the intervals: a draw is a cell. Customers who answer several times are alike: with the
chance sqrt(rho) an answer is the customer's own, else one from the population.
"""

from __future__ import annotations

import functools

import duckdb
import numpy as np
import pandas as pd
import pytest
from metrics_marts import warehouse

from vocpipe import metrics

DRAWS = 2_000
ONCE, FEW, UNEQUAL, MANY = [1] * 30, [3] * 20, [1] * 40 + [2] * 15 + [5] * 6, [3] * 200
NPS = {"even": ([-1, 0, 1], [0.33, 0.34, 0.33]), "good": ([-1, 0, 1], [0.1, 0.2, 0.7])}
SHARES = {"half": ([0, 1], [0.5, 0.5]), "high": ([0, 1], [0.2, 0.8])}
MEANS = {"even": ([1, 2, 3, 4, 5], [0.2] * 5), "good": ([1, 2, 3, 4, 5], [0.1, 0.1, 0.2, 0.3, 0.3])}
METHODS = {"adjusted_wald": NPS, "wilson": SHARES, "t": MEANS}


@functools.cache
def draws(sizes: tuple[int, ...], values: tuple[float, ...], chances: tuple[float, ...], rho: float) -> np.ndarray:
    """DRAWS samples of answers, a row each, of customers who answer so many times."""
    chance = np.random.default_rng(20250701)
    customers = np.repeat(np.arange(len(sizes)), sizes)
    own = chance.choice(values, p=chances, size=(DRAWS, len(sizes)))[:, customers]
    other = chance.choice(values, p=chances, size=(DRAWS, len(customers)))
    return np.where(chance.random(own.shape) < np.sqrt(rho), own, other).astype(float)


def parts(answers: np.ndarray, sizes: list[int], weights: np.ndarray | None = None) -> pd.DataFrame:
    """The additive parts of each draw, as in `cell`."""
    w = np.ones(answers.shape[1]) if weights is None else weights
    starts = np.cumsum([0, *sizes[:-1]])
    by_customer, heavy = np.add.reduceat(answers * w, starts, axis=1), np.add.reduceat(w, starts)
    return pd.DataFrame(
        {
            "metric": "m", "period_no": range(len(answers)), "unit": None, "segment_type": "all", "within": None,
            "segment": "all", "n": answers.shape[1], "n_linked": answers.shape[1], "n_customers": len(sizes),
            "n_clusters": len(sizes), "sum_w": w.sum(), "sum_ws": (answers * w).sum(1), "sum_w2": (w * w).sum(),
            "sum_ws2": (answers**2 * w).sum(1), "sum_ws_linked": (answers * w).sum(1), "cluster_ww": (heavy**2).sum(),
            "cluster_wws": (by_customer * heavy).sum(1), "cluster_ws2": (by_customer**2).sum(1),
        }
    )  # fmt: skip


def room(method: str) -> duckdb.DuckDBPyConnection:
    """The room, prepared for one metric of that method."""
    con = warehouse({})
    marks = {"unit": "x", "direction": "up", "grain": "response", "method": method, "version": "1", "timing": "flow"}
    metrics.prepare(con, [metrics.Metric("m", "", marks, "")])
    return con


def share_covered(cells: pd.DataFrame, method: str, truth: float) -> float:
    """In which share of the draws the interval holds the truth."""
    with room(method) as con:
        con.execute("insert into cell by name select * from cells")
        for name in ("measured", "effective", "bounded"):
            metrics.make(con, name)
        return covered(con, truth)


def covered(con: duckdb.DuckDBPyConnection, truth: float) -> float:
    hits = f"avg(case when ci_low <= {truth} + 1e-9 and ci_high >= {truth} - 1e-9 then 1 else 0 end)"
    found = con.execute(f"select {hits}, count(*) from bounded").fetchall()[0]
    assert found[1] == DRAWS
    return found[0]


CASES = [
    pytest.param(method, name, sizes, rho, id=f"{method}-{name}-{len(sizes)}of{sum(sizes)}-{rho}")
    for method, populations in METHODS.items()
    for name in populations
    for sizes, rho in [(ONCE, 0), (FEW, 0.3), (FEW, 0.8), (UNEQUAL, 0.3), (MANY, 0.5)]
]


@pytest.mark.parametrize(("method", "name", "sizes", "rho"), CASES)
def test_it_covers(method, name, sizes, rho):
    values, chances = METHODS[method][name]
    drawn = draws(tuple(sizes), tuple(values), tuple(chances), rho)
    truth = float(np.dot(values, chances)) * (100 if method == "adjusted_wald" else 1)
    assert 0.93 <= share_covered(parts(drawn, sizes), method, truth) <= 0.98


@pytest.mark.parametrize(("method", "name"), [("adjusted_wald", "even"), ("wilson", "high"), ("t", "even")])
def test_ten_answers_are_enough(method, name):
    values, chances = METHODS[method][name]
    drawn = draws((1,) * 10, tuple(values), tuple(chances), 0)
    truth = float(np.dot(values, chances)) * (100 if method == "adjusted_wald" else 1)
    assert 0.93 <= share_covered(parts(drawn, [1] * 10), method, truth) <= 0.98


def test_unequal_weights_cost_what_they_cost():
    """Half of the answers stand for four times as many; the weights do not hang on the answers."""
    values, chances = NPS["good"]
    drawn = draws((1,) * 60, tuple(values), tuple(chances), 0)
    weights = np.tile([0.4, 1.6], 30)
    assert 0.93 <= share_covered(parts(drawn, [1] * 60, weights), "adjusted_wald", 60) <= 0.98


def test_without_heed_of_customers_they_would_not():
    """What is tested above is not for nothing: three like answers a customer, taken for sixty customers."""
    values, chances = SHARES["half"]
    drawn = draws(tuple(FEW), tuple(values), tuple(chances), 0.8)
    assert share_covered(parts(drawn, [1] * 60), "wilson", 0.5) < 0.85


@pytest.mark.parametrize(("sizes", "rho"), [(ONCE, 0), (FEW, 0.3), (FEW, 0.8), (UNEQUAL, 0.5)])
def test_the_bounds_of_a_median_cover(sizes, rho):
    chance, customers = np.random.default_rng(7), np.repeat(np.arange(len(sizes)), sizes)
    shape = (DRAWS, len(customers))
    own = chance.normal(size=(DRAWS, len(sizes)))[:, customers]
    minutes = np.exp(np.sqrt(rho) * own + np.sqrt(1 - rho) * chance.normal(size=shape))
    events = pd.DataFrame(
        {
            "series_no": 1,
            "period_no": np.repeat(range(DRAWS), len(customers)),
            "customer_no": np.tile(customers, DRAWS),
            "numerator": minutes.ravel(),
        }
    )
    with room("order_statistics") as con:
        con.register("events", events)
        con.execute("create or replace temp table segmented as select * from events")
        con.execute("insert into series by name select 1 as series_no, 'm' as metric, 'all' as segment_type")
        metrics.make(con, "ranked", "median", "order_statistic")
        con.execute("create temp table bounded as select median_low as ci_low, median_high as ci_high "
                    "from order_statistic")  # fmt: skip
        assert 0.93 <= covered(con, 1.0) <= 0.98


@pytest.mark.parametrize("spread", [0, 1, 3], ids=["everybody alike", "some more", "few write it all"])
def test_the_bounds_of_a_rate_cover(spread):
    """Turns of 400 active customers, a tenth each: how many one writes varies with the spread."""
    chance = np.random.default_rng(11)
    rates = 0.1 * (chance.gamma(1 / spread, spread, size=(DRAWS, 400)) if spread else np.ones((DRAWS, 400)))
    turns = chance.poisson(rates).astype(float)
    cells = parts(turns, [1] * 400)
    assert 0.93 <= share_covered(cells, "poisson_byar", 0.1) <= 0.98
