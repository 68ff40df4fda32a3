"""Control charts and topic spikes: the values of NIST's handbook, and how often they alarm at nothing."""

from __future__ import annotations

import numpy as np
import pytest

from vocpipe.analysis import charts, spikes

WAFERS = [12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22, 8, 10, 5, 13, 11, 20, 18, 24, 15, 9, 12, 7, 13, 9, 6]
FLOWS = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]
WEIGHTED = [52.0, 47.0, 53.0, 49.3, 50.1, 47.0, 51.0, 50.1, 51.2, 50.5, *FLOWS]


def test_p_chart_of_nist():
    """6.3.3.2: 30 wafers of 50 chips; the fifteenth and the twenty-third are out."""
    chart = charts.p_chart(np.array(WAFERS), np.full(30, 50))
    assert (chart.centre[0], chart.high[0], chart.low[0]) == pytest.approx((0.2313, 0.4102, 0.0524), abs=5e-5)
    assert list(np.flatnonzero(chart.outside()) + 1) == [15, 23]


def test_xmr_of_nist():
    """6.3.2.2: ten flow rates, mean moving range 1.8778."""
    chart = charts.xmr(np.array(FLOWS))
    assert charts.moving_range(np.array(FLOWS)) == pytest.approx(1.8778, abs=6e-5)
    assert (chart.centre[0], chart.high[0], chart.low[0]) == pytest.approx((50.81, 55.8041, 45.8159), abs=6e-5)


def test_ewma_of_nist():
    """6.3.2.4: weight .3, target 50, s 2.0539; NIST's limits are those of the long run."""
    chart = charts.ewma(np.array(WEIGHTED), 50, 2.0539, settled=True)
    assert (chart.high[0], chart.low[0]) == pytest.approx((52.5884, 47.4115), abs=1e-4)
    expected = [50.60, 49.52, 50.56, 50.18, 50.16, 49.21, 49.75, 49.85, 50.26, 50.33, 50.11, 49.36, 49.52, 50.05, 49.38,
                49.92, 50.73, 51.23, 51.94, 51.99]  # fmt: skip
    assert chart.value == pytest.approx(expected, abs=5e-3)
    assert not chart.outside().any()


def test_limits_of_a_huge_n_follow_how_the_shares_really_vary():
    """A million answers a week, shares that vary by 1 %: plain limits of .15 % flag most weeks, Laney's none."""
    rng = np.random.default_rng(1)
    n = np.full(30, 1_000_000)
    k = rng.binomial(n, np.clip(0.6 + 0.01 * rng.normal(size=30), 0, 1))
    assert charts.p_chart(k, n).outside().mean() > 0.5
    assert charts.p_chart(k, n, laney=True).outside().sum() <= 1
    alike = charts.p_chart(rng.binomial(100, 0.6, size=30), np.full(30, 100), laney=True)
    assert (alike.high - alike.centre)[0] == pytest.approx(
        3 * np.sqrt(alike.centre[0] * (1 - alike.centre[0]) / 100), rel=0.3
    )


@pytest.mark.parametrize("points", [12, 24])
def test_a_new_point_of_a_quiet_series_seldom_alarms(points):
    rng, baseline, sigmas = np.random.default_rng(2), np.arange(points + 1) < points, charts.sigmas_for(points)
    out = 0
    for values in rng.normal(size=(2000, points + 1)):
        steps = charts.moving_range(values[baseline]) / 1.128
        out += charts.xmr(values, baseline, sigmas).outside()[-1]
        out += charts.ewma(values, values[baseline].mean(), steps, 0.25, sigmas=sigmas).outside()[-1]
    assert out / 4000 < 0.006  # nominal .0027
    shifted = np.concatenate((rng.normal(size=points), [12.0]))
    assert charts.xmr(shifted, baseline, sigmas).outside()[-1]


# --------------------------------------------------------------------------- topics


def weeks_of(rng: np.random.Generator, mean: float, spread: float, weeks: int = 27) -> tuple[np.ndarray, np.ndarray]:
    """Texts a day about a topic, and in all, on a weekly rhythm; ``spread`` is the overdispersion between weeks."""
    rhythm = np.tile([1.5, 1.2, 1, 1, 1, 0.5, 0.3], weeks)
    volume = rng.poisson(40 * rhythm)
    level = np.repeat(rng.gamma(1 / spread, spread, weeks) if spread else np.ones(weeks), 7)
    return rng.poisson(mean * level * volume / 40), volume


@pytest.mark.parametrize(("mean", "spread"), [(0.3, 0), (2, 0), (2, 0.2)])
def test_topics_seldom_alarm_at_nothing(mean, spread):
    rng = np.random.default_rng(7)
    p = np.array([spikes.spike(*weeks_of(rng, mean, spread)).p_value for _ in range(400)])
    assert (p < 0.05).mean() <= 0.075 and (p < 0.01).mean() <= 0.025


def test_a_spike_is_told_from_a_busy_week_and_the_model_is_scikit_learns():
    from sklearn.linear_model import PoissonRegressor

    counts, volume = weeks_of(np.random.default_rng(8), 2, 0)
    busy = counts.copy(), volume.copy()
    busy[0][-7:], busy[1][-7:] = 3 * counts[-7:], 3 * volume[-7:]
    assert spikes.spike(*busy).p_value > 0.05, "three times the texts about everything"
    much = counts.copy()
    much[-7:] += 5
    found = spikes.spike(much, volume)
    assert found.p_value < 1e-4 and much[-7:].sum() > found.limit > found.expected
    design = spikes.terms(len(counts))[:-7]
    beta = spikes.poisson(design, counts[:-7].astype(float), volume[:-7].astype(float))
    theirs = PoissonRegressor(alpha=1e-12, tol=1e-10, max_iter=1000)
    theirs.fit(design[:, 1:], counts[:-7] / volume[:-7], sample_weight=volume[:-7])
    assert beta == pytest.approx([theirs.intercept_, *theirs.coef_], abs=1e-3)


def test_a_new_topic_is_held_against_the_rule_of_three():
    """Nought of 26 weeks of 100 texts: at most 3 / 26 a week; four texts are more than that."""
    found = spikes.new_topic(4, 100, 2600)
    assert found.expected == pytest.approx(3 / 26)
    assert found.p_value == pytest.approx(6.7e-6, rel=0.1)
    assert spikes.new_topic(1, 100, 2600).p_value > 0.10
