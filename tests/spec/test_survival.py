"""Times until something happens: the values that R prints, and intervals that hold as often as they say."""

from __future__ import annotations

import duckdb
import numpy as np
import pytest

from vocpipe import metrics
from vocpipe.analysis.survival import kaplan_meier, log_rank, median
from vocpipe.metrics import steps

# Acute myelogenous leukaemia (Miller 1997, `survival::aml` of R): weeks, whether it came back, maintained or not.
MAINTAINED = ([9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161], [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0])
NOT_MAINTAINED = ([5, 5, 8, 8, 12, 16, 23, 27, 30, 33, 43, 45], [1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1])
DRAWS = 2000


def test_the_curve_of_r_survival():
    curve = kaplan_meier(*map(np.array, MAINTAINED))
    assert curve.survival.tolist() == pytest.approx(
        [0.909091, 0.818182, 0.715909, 0.613636, 0.490909, 0.368182, 0.184091], abs=1e-6
    )
    assert curve.se[0] == pytest.approx(0.0866784, abs=1e-7)
    assert curve.n_at_risk.tolist() == [11, 10, 8, 7, 5, 4, 2]
    assert median(curve) == (31, 13, pytest.approx(np.nan, nan_ok=True))


def test_the_log_rank_test_of_r_survival():
    times, happened = (np.array(a + b) for a, b in zip(MAINTAINED, NOT_MAINTAINED, strict=True))
    assert log_rank(times, happened, np.repeat([1, 0], [11, 12])) == pytest.approx((3.39639, 0.06534), abs=1e-5)
    assert np.isnan(log_rank(times, happened, np.zeros(23))[1])


def test_everybody_for_himself_is_greenwood_and_twins_count_once():
    times, happened = map(np.array, MAINTAINED)
    greenwood, single = kaplan_meier(times, happened), kaplan_meier(times, happened, np.arange(11))
    assert (single.se * np.sqrt(10 / 11)).tolist() == pytest.approx(greenwood.se.tolist())
    twins = kaplan_meier(np.tile(times, 2), np.tile(happened, 2), np.tile(np.arange(11), 2))
    assert twins.se.tolist() == pytest.approx(single.se.tolist())


def test_nothing_happened_and_nobody_left():
    assert kaplan_meier(np.array([3, 4]), np.array([0, 0])).empty
    gone = kaplan_meier(np.array([3, 3]), np.array([1, 1]), np.array([1, 2]))
    assert (gone.survival[0], median(gone)[0]) == (0, 3)
    assert gone[["ci_low", "ci_high"]].isna().all(axis=None)


def gaps(chance: np.random.Generator, people: int, each: int, alike: float) -> tuple[np.ndarray, ...]:
    """Times of people who have a pace of their own: S(t) = (1 + t / alike) ** -alike; some are not seen to end."""
    pace = np.repeat(chance.gamma(alike, 1 / alike, people), each)
    ends, seen = chance.exponential(1 / pace), chance.uniform(0.2, 4, people * each)
    return np.minimum(ends, seen), ends <= seen, np.repeat(np.arange(people), each)


@pytest.mark.parametrize(("people", "each", "alike"), [(40, 1, 2.0), (25, 3, 0.7)])
def test_the_interval_of_the_curve_holds_as_often_as_it_says(people, each, alike):
    chance, at = np.random.default_rng(5), 0.6
    true, held = (1 + at / alike) ** -alike, 0
    for _ in range(DRAWS):
        curve = kaplan_meier(*gaps(chance, people, each, alike))
        place = np.searchsorted(curve.time.to_numpy(), at, side="right") - 1
        held += curve.ci_low.to_numpy()[place] <= true <= curve.ci_high.to_numpy()[place]
    assert 0.93 <= held / DRAWS <= 0.98


@pytest.mark.parametrize(("people", "each", "alike"), [(15, 1, 2.0), (60, 1, 2.0), (20, 4, 0.7), (60, 4, 0.7)])
def test_the_interval_of_the_median_holds_as_often_as_it_says(people, each, alike):
    """2,000 draws at once, each as a segment of its own, through the metrics room's own step."""
    chance = np.random.default_rng(8)
    drawn = [gaps(chance, people, each, alike) for _ in range(DRAWS)]
    table = {
        "period_no": np.ones(DRAWS * people * each, dtype=int),
        "series_no": np.repeat(range(DRAWS), people * each),
        "customer_no": np.concatenate([d[2] for d in drawn]),
        "numerator": np.concatenate([d[0] for d in drawn]),
        "denominator": np.concatenate([d[1] for d in drawn]).astype(int),
    }
    with duckdb.connect() as con:
        con.execute("set variable z = 1.959963984540054")
        con.register("given", table)
        con.execute("create temp table segmented as select * from given")
        con.execute("create temp table series as select distinct series_no, 'm' as metric, null as unit, "
                    "null as within, 'draw' as segment_type, series_no as segment from given")  # fmt: skip
        metrics.make(con, "survival_curve")
        found = con.execute(f"select median, median_low, median_high from ({steps.step('survival_median')})").fetchall()
    true = alike * (2 ** (1 / alike) - 1)
    held = sum((low or 0) <= true <= (high or np.inf) for _, low, high in found)
    assert 0.93 <= held / DRAWS <= 0.98
