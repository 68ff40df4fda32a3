"""Shares of R²: printed reference values, what must add up, and how often an interval holds the truth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from vocpipe.analysis import drivers, regression

# Fertility and its five explanations in 47 Swiss provinces of 1888 (Mosteller and Tukey 1977; R's `swiss`).
SWISS = np.array(
    """
    80.2 17.0 15 12 9.96 22.2 83.1 45.1 6 9 84.84 22.2 92.5 39.7 5 5 93.40 20.2 85.8 36.5 12 7 33.77 20.3
    76.9 43.5 17 15 5.16 20.6 76.1 35.3 9 7 90.57 26.6 83.8 70.2 16 7 92.85 23.6 92.4 67.8 14 8 97.16 24.9
    82.4 53.3 12 7 97.67 21.0 82.9 45.2 16 13 91.38 24.4 87.1 64.5 14 6 98.61 24.5 64.1 62.0 21 12 8.52 16.5
    66.9 67.5 14 7 2.27 19.1 68.9 60.7 19 12 4.43 22.7 61.7 69.3 22 5 2.82 18.7 68.3 72.6 18 2 24.20 21.2
    71.7 34.0 17 8 3.30 20.0 55.7 19.4 26 28 12.11 20.2 54.3 15.2 31 20 2.15 10.8 65.1 73.0 19 9 2.84 20.0
    65.5 59.8 22 10 5.23 18.0 65.0 55.1 14 3 4.52 22.4 56.6 50.9 22 12 15.14 16.7 57.4 54.1 20 6 4.20 15.3
    72.5 71.2 12 1 2.40 21.0 74.2 58.1 14 8 5.23 23.8 72.0 63.5 6 3 2.56 18.0 60.5 60.8 16 10 7.72 16.3
    58.3 26.8 25 19 18.46 20.9 65.4 49.5 15 8 6.10 22.5 75.5 85.9 3 2 99.71 15.1 69.3 84.9 7 6 99.68 19.8
    77.3 89.7 5 2 100.00 18.3 70.5 78.2 12 6 98.96 19.4 79.4 64.9 7 3 98.22 20.2 65.0 75.9 9 9 99.06 17.8
    92.2 84.6 3 3 99.46 16.3 79.3 63.1 13 13 96.83 18.1 70.4 38.4 26 12 5.62 20.3 65.7 7.7 29 11 13.79 20.5
    72.7 16.7 22 13 11.22 18.9 64.4 17.6 35 32 16.92 23.0 77.6 37.6 15 7 4.97 20.0 67.6 18.7 25 7 8.65 19.5
    35.0 1.2 37 53 42.34 18.0 44.7 46.6 16 29 50.43 18.2 42.8 27.7 22 29 58.33 19.3
    """.split(),
    dtype=float,
).reshape(47, 6)
NAMES = ["agriculture", "examination", "education", "catholic", "infant_mortality"]


def of_swiss() -> tuple[np.ndarray, np.ndarray]:
    return drivers.correlations(drivers.moments(SWISS[:, 1:], SWISS[:, 0])[0])


def test_lmg_of_the_r_package():
    """relaimpo: Fertility ~ . on swiss, R² .706735001593."""
    expected = [0.0570912207681, 0.1711730289002, 0.2601346786244, 0.1055701503735, 0.1127659229265]
    found = drivers.lmg(*of_swiss())
    assert found == pytest.approx(expected, abs=1e-11)
    assert found.sum() == pytest.approx(0.706735001593, abs=1e-11)


def test_johnson_weights_of_the_r_package():
    """rwa on swiss."""
    expected = [0.04841689581, 0.15470824981, 0.27196410465, 0.11468002995, 0.11696572138]
    assert drivers.johnson(*of_swiss()) == pytest.approx(expected, abs=1e-10)


def test_lmg_by_hand():
    """r12 = .5, r1y = .6, r2y = .4: R² .37333; the first alone .36, the second alone .16."""
    found = drivers.lmg(np.array([[1, 0.5], [0.5, 1]]), np.array([0.6, 0.4]))
    assert found == pytest.approx([(0.36 + 0.37333 - 0.16) / 2, (0.16 + 0.37333 - 0.36) / 2], abs=1e-5)


def test_lmg_refuses_what_would_take_hours():
    with pytest.raises(ValueError, match="take Johnson weights"):
        drivers.lmg(np.eye(16), np.zeros(16))


def test_redundant_drivers_share_what_they_explain():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(200, 2))
    r = drivers.correlations(drivers.moments(x[:, [0, 0, 1]], x.sum(axis=1))[0])
    for weights in (drivers.johnson(*r), drivers.lmg(*r)):
        assert weights[0] == pytest.approx(weights[1])
        assert weights.sum() == pytest.approx(1)
    assert np.isinf(drivers.standardised(*r)[1]).all()


def test_sums_by_cluster_add_up_to_those_of_all():
    clusters = np.arange(47) % 9
    by_cluster = drivers.moments(SWISS[:, 1:], SWISS[:, 0], clusters)
    assert by_cluster.shape == (9, 7, 7)
    assert by_cluster.sum(axis=0) == pytest.approx(drivers.moments(SWISS[:, 1:], SWISS[:, 0])[0])


def test_the_table_of_drivers():
    found = drivers.drivers(drivers.moments(SWISS[:, 1:], SWISS[:, 0], np.arange(47)), NAMES)
    assert list(found["driver"]) == NAMES
    assert found["lmg_share"].sum() == pytest.approx(1) and found["johnson_share"].sum() == pytest.approx(1)
    z = (SWISS - SWISS.mean(axis=0)) / SWISS.std(axis=0)
    assert found["beta"].to_list() == pytest.approx(list(np.linalg.lstsq(z[:, 1:], z[:, 0], rcond=None)[0]))
    assert set(found["n"]) == {47}


def test_a_driver_whose_sign_turns_is_marked_and_a_constant_one_has_no_share():
    """x2 is half of x1 and noise, and lowers y: alone it goes with a higher y."""
    rng = np.random.default_rng(2)
    x1 = rng.normal(size=2000)
    x2 = x1 + 0.5 * rng.normal(size=2000)
    y = 3 * x1 - x2 + rng.normal(size=2000)
    x = np.column_stack((x1, x2, np.ones(2000)))
    found = drivers.drivers(drivers.moments(x, y, np.arange(2000)), ["x1", "x2", "one"]).set_index("driver")
    assert list(found["is_suppressor"])[:2] == [False, True]
    assert np.isnan(found.loc["one", "johnson_share"])
    assert drivers.drivers(drivers.moments(x, np.ones(2000), np.arange(2000)), ["x1", "x2", "one"]).empty


def test_shares_of_few_answers_hold_the_truth():
    """120 answers on four topics that explain a sixth together: shares of .65, .29, .06 and 0 (150 draws)."""
    effects, often = np.array([1.2, 0.8, 0.45, 0.0]), np.array([0.3, 0.3, 0.2, 0.2])
    truth = effects**2 * often / (effects**2 * often).sum()
    rng = np.random.default_rng(5)
    held = np.zeros(4)
    for draw in range(150):
        x = np.where(rng.random((120, 4)) < often, rng.choice([-1, 1], size=(120, 4)), 0)
        sums = drivers.moments(x, x @ effects + rng.normal(0, 2, 120), np.arange(120))
        low, high = drivers.share_intervals(sums, np.ones(4, dtype=bool), 0.95, 200, draw)
        held += (low <= truth + 1e-9) & (truth <= high)
    assert (held / 150 >= 0.9).all(), held / 150


def test_shares_of_too_few_customers_have_no_interval():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(100, 2))
    sums = drivers.moments(x, x[:, 0] + rng.normal(size=100), np.arange(100))
    enough, few = (drivers.drivers(some, ["a", "b"]) for some in (sums, sums[:99]))
    assert enough["johnson_share"].between(enough["share_low"], enough["share_high"], inclusive="neither").all()
    assert few["johnson_share"].notna().all() and few[["share_low", "share_high"]].isna().all(axis=None)


def test_errors_are_those_of_leaving_out_one_customer_at_a_time():
    """Forty customers with three answers each; p by refitting without each of them, by hand."""
    rng = np.random.default_rng(4)
    x, who = rng.integers(-1, 2, size=(120, 2)).astype(float), np.repeat(np.arange(40), 3)
    y = 0.3 * x[:, 0] + rng.normal(size=120) + rng.normal(size=40)[who]
    rows = np.column_stack((np.ones(120), x))
    beta = np.linalg.lstsq(rows, y, rcond=None)[0]
    left = np.array([np.linalg.lstsq(rows[who != g], y[who != g], rcond=None)[0] for g in range(40)])
    se = np.sqrt(((left - beta) ** 2).sum(axis=0) * 39 / 40)
    bread = np.linalg.inv(rows.T @ rows)
    rests = np.array([[b @ rows[who == g].T @ rows[who == g] @ b for b in bread] for g in range(40)])
    df = rests.sum(axis=0) ** 2 / (rests**2).sum(axis=0) - 1
    expected = 2 * stats.t.sf(np.abs(beta / se), df)
    assert regression.p_values(drivers.moments(x, y, who)) == pytest.approx(expected)


def test_what_one_customer_alone_says_has_no_p():
    x = np.zeros((60, 2))
    x[:5, 0], x[::2, 1] = 1, 1
    who = np.concatenate((np.zeros(5, dtype=int), np.arange(1, 56)))
    p = regression.p_values(drivers.moments(x, np.random.default_rng(1).normal(size=60), who))
    assert np.isnan(p[1]) and not np.isnan(p[2])


def test_rare_topics_that_mean_nothing_are_seldom_striking():
    """Topics of 12 in 600 answers: p < .01 in about one of a hundred (100 draws, twelve topics)."""
    rng = np.random.default_rng(6)
    often = np.array([0.3, 0.2, 0.1, 0.1, 0.05, 0.05, 0.03, 0.03, 0.025, 0.025, 0.02, 0.02])
    found = []
    for _ in range(100):
        x = np.where(rng.random((600, 12)) < often, rng.choice([-1, 1], p=[0.7, 0.3], size=(600, 12)), 0)
        sums = drivers.moments(x, rng.choice([0, 0.5, 0.8, 1.0], size=600), rng.integers(0, 300, 600))
        found.append(regression.p_values(sums)[1:])
    assert (np.array(found) < 0.01).mean() < 0.018
