"""Tests of change and the split of a change: printed values, edges, and how often an interval holds the truth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from vocpipe.analysis import changes, impact
from vocpipe.analysis.growth import q_values


@pytest.mark.parametrize(("adjusted", "p", "se"), [(True, 0.3529699631, 0.1932371731), (False, 0.3408263772, None)])
def test_two_nps_of_the_r_package(adjusted, p, se):
    """R NPS: 8, 13, 15 against 12, 7, 12 detractors, passives, promoters."""
    found = changes.nps(np.array([12, 7, 12]), np.array([8, 13, 15]), adjusted=adjusted)
    assert found.p_value == pytest.approx(p, abs=1e-8)
    assert found.difference == pytest.approx(100 * 7 / 36)
    if se:
        assert found.se == pytest.approx(100 * se, abs=1e-6)


def test_newcombe_method_10():
    """Newcombe 1998b, Table II: 56/70 less 48/80 and so on."""
    k2, n2, k1, n1 = np.array(
        [(56, 70, 48, 80), (9, 10, 3, 10), (6, 7, 2, 7), (5, 56, 0, 29), (0, 10, 0, 20), (0, 10, 0, 10),
         (10, 10, 0, 20), (10, 10, 0, 10)]
    ).T  # fmt: skip
    found = changes.shares(k1, n1, k2, n2)
    low = [0.0524, 0.1705, 0.0582, -0.0381, -0.1611, -0.2775, 0.6791, 0.6075]
    high = [0.3339, 0.8090, 0.8062, 0.1926, 0.2775, 0.2775, 1, 1]
    assert found.low == pytest.approx(low, abs=5e-5) and found.high == pytest.approx(high, abs=5e-5)


def test_the_same_customers_in_both_are_a_paired_t_test():
    """Everybody answers twice: the error is that of the mean of the differences."""
    rng = np.random.default_rng(3)
    a = rng.normal(size=40)
    b = a + rng.normal(0.3, 0.5, size=40)
    e1, e2 = a - a.mean(), b - b.mean()
    rho = changes.correlation((e1**2).sum(), (e2**2).sum(), (e1 * e2).sum())
    errors = [x.std(ddof=1) / np.sqrt(40) for x in (a, b)]
    found = changes.means(a.mean(), errors[0], 39, b.mean(), errors[1], 39, rho)
    assert found.difference / found.se == pytest.approx(stats.ttest_rel(b, a).statistic)
    alone = changes.means(a.mean(), errors[0], 39, b.mean(), errors[1], 39)
    assert alone.p_value == pytest.approx(stats.ttest_ind(b, a, equal_var=False).pvalue)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("n", [12, 40, 150])
def test_medians_of_the_same_customers_hold_the_truth(n, share):
    """Skewed minutes of n customers in two months, of whom a share is in both, with a correlation of .7.

    The sums of the room in numpy; taken for different customers the intervals would hold it in 99 to 100 of 100.
    """
    rng = np.random.default_rng(n)
    both, z = int(share * n), stats.norm.ppf(0.975)
    a, b = rng.normal(size=(2, 2000, n))
    b[:, :both] = 0.7 * a[:, :both] + np.sqrt(1 - 0.7**2) * b[:, :both]
    ranks = np.floor([n / 2 - z * n**0.5 / 2 + 0.5, 1 + n / 2 + z * n**0.5 / 2 + 0.5]).astype(int) - 1
    figures, leans = [], []
    for x in (np.exp(a), np.exp(b + 0.3)):
        middle = np.median(x, axis=1)
        figures += [middle, *np.sort(x, axis=1)[:, ranks].T]
        leans.append(np.sign(x - middle[:, None])[:, :both] / 2)
    rho = changes.correlation(n / 4, n / 4, (leans[0] * leans[1]).sum(axis=1))
    found = changes.medians(*figures, rho)
    truth = np.exp(0.3) - 1
    assert 0.93 <= ((found.low <= truth) & (truth <= found.high)).mean() <= (0.985 if n < 20 else 0.98)
    if share == 1:
        alone = changes.medians(*figures)
        assert ((alone.low <= truth) & (truth <= alone.high)).mean() > 0.99


def test_equal_figures_and_figures_without_spread():
    same = changes.nps(np.array([5, 5, 10]), np.array([5, 5, 10]))
    assert same.p_value == 1 and same.difference == 0
    flat = changes.means(
        np.array([4.0]), np.array([0.0]), np.array([9]), np.array([5.0]), np.array([0.0]), np.array([9])
    )
    assert np.isnan(flat.p_value[0]) and flat.is_degenerate[0]


def test_benjamini_hochberg_of_1995():
    """Fifteen p-values of the paper: four stand at 5 %, three by Bonferroni."""
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590,
         1.0]  # fmt: skip
    assert (q_values(np.array(p)) <= 0.05).sum() == 4
    assert (np.array(p) <= 0.05 / 15).sum() == 3


DRAWS = 2000


def two_periods(
    rng: np.random.Generator, customers: int, both: int, per: int, alike: float
) -> tuple[np.ndarray, np.ndarray]:
    """NPS classes (draws, customers, per) of two periods in which the first ``both`` customers are the same."""
    who = rng.normal(size=(2, DRAWS, customers, 1))
    who[1, :, :both] = who[0, :, :both]
    latent = np.sqrt(alike) * who + np.sqrt(1 - alike) * rng.normal(size=(2, DRAWS, customers, per))
    classes = np.digitize(latent, stats.norm.ppf([0.3, 0.6])) - 1
    return classes[0], classes[1]


@pytest.mark.parametrize(
    ("customers", "both", "per", "alike"),
    [(10, 0, 1, 0), (15, 15, 1, 0.7), (30, 15, 1, 0.7), (15, 0, 3, 0.5), (30, 20, 3, 0.6), (200, 100, 1, 0.7)],
)
def test_intervals_of_change_hold_the_truth(customers, both, per, alike):
    """Nothing changes: the interval holds 0 in .93 to .98 of draws, and a test at 5 % rejects in as few."""
    one, two = two_periods(np.random.default_rng(customers + both), customers, both, per, alike)
    for kind in ("nps", "share"):
        x, y = (one, two) if kind == "nps" else (one == 1, two == 1)
        e1, e2 = ((z - z.mean(axis=(1, 2), keepdims=True)).sum(axis=2) for z in (x, y))
        q1, q2 = (e1**2).sum(axis=1), (e2**2).sum(axis=1)
        rho = changes.correlation(q1, q2, (e1 * e2)[:, :both].sum(axis=1), of_classes=True)
        n = customers * per
        effects = [
            np.maximum(1, q / np.maximum(z.var(axis=(1, 2)) * n, 1e-9) * customers / (customers - 1) * (n - 1) / n)
            for q, z in ((q1, x), (q2, y))
        ]
        if kind == "nps":
            counts = [np.stack([(z == v).sum(axis=(1, 2)) for v in (-1, 0, 1)], axis=1) for z in (x, y)]
            found = changes.nps(*counts, rho, *effects)
        else:
            k1, k2 = (z.sum(axis=(1, 2)) for z in (x, y))
            found = changes.shares(k1, np.full(DRAWS, n), k2, np.full(DRAWS, n), rho, *effects)
        assert 0.93 <= ((found.low <= 0) & (found.high >= 0)).mean() <= 0.985
        assert np.nanmean(found.p_value < 0.05) <= 0.07


# --------------------------------------------------------------------------- rate and mix


def test_a_change_split_by_hand():
    """Two segments of NPS 50 and -50, shares 3/4 and 1/4, then 1/2 and 1/2, and the first falls to 40.

    NPS 25 to -5. Rate: mean share .625 times -10 = -6.25. Mix: -.25 * 45 + .25 * -50 = -23.75.
    """
    rate, mix = impact.split(np.array([300, 100]), np.array([150, -50]), np.array([200, 200]), np.array([80, -100]))
    assert rate == pytest.approx([-6.25, 0]) and mix == pytest.approx([-11.25, -12.5])
    back = impact.split(np.array([200, 200]), np.array([80, -100]), np.array([300, 100]), np.array([150, -50]))
    assert back[0] == pytest.approx(-rate) and back[1] == pytest.approx(-mix)


def test_a_new_segment_changes_the_mix_alone_and_parts_add_up():
    rng = np.random.default_rng(5)
    sums = rng.integers(1, 9, size=(30, 4, 3)).astype(float)
    sums[:, 1], sums[:, 3] = sums[:, 0] - rng.integers(0, 2, size=(30, 3)), -sums[:, 2]
    sums[:, :2, 2] = 0
    rate, mix = impact.split_intervals(sums, draws=100)
    n1, s1, n2, s2 = sums.sum(axis=(0, 2))
    assert rate.value[2] == 0
    assert rate.value[-1] + mix.value[-1] == pytest.approx(100 * (s2 / n2 - s1 / n1))
    assert rate.value[:-1].sum() == pytest.approx(rate.value[-1])


def test_intervals_of_rate_and_mix_hold_the_truth():
    """60 customers of two segments, some of them in both periods; nothing changes in truth but the mix (.6 to .4)."""
    rng, held = np.random.default_rng(6), np.zeros(2)
    who = np.arange(60)
    for _ in range(300):
        sums = np.zeros((60, 4, 2))
        mood = rng.normal(size=60)
        for period, share in enumerate((0.6, 0.4)):
            segment = (rng.random(60) >= share).astype(int)
            speaks = rng.random(60) < 0.7
            s = np.digitize(0.7 * mood + 0.7 * rng.normal(size=60) + np.where(segment, -0.5, 0.5), [-0.4, 0.4]) - 1
            np.add.at(sums, (who[speaks], 2 * period, segment[speaks]), 1)
            np.add.at(sums, (who[speaks], 2 * period + 1, segment[speaks]), s[speaks])
        parts = impact.split_intervals(sums, draws=200)
        sigma = 0.7 * np.sqrt(2)
        nps = [100 * (stats.norm.sf((0.4 - m) / sigma) - stats.norm.cdf((-0.4 - m) / sigma)) for m in (0.5, -0.5)]
        truth = (0.0, 0.2 * (nps[1] - nps[0]))
        held += [part.low[-1] <= value <= part.high[-1] for part, value in zip(parts, truth, strict=True)]
    assert (held / 300 >= 0.92).all() and (held / 300 <= 0.985).all()
