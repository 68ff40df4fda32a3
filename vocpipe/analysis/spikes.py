"""Topics that are spoken of far more often of late than the weeks before let one expect, by how much is said at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

WEEKS = 26  # of baseline
YEARS = 104  # weeks of baseline from which an annual term can be told from a trend
LEAST_EXPECTED = 1.0


@dataclass(frozen=True, slots=True)
class Spike:
    """Texts expected in the last week, the upper limit of what chance brings (99 %), the one-sided p, and the model."""

    expected: float
    limit: float
    p_value: float
    method: str


def spike(counts: np.ndarray, volume: np.ndarray) -> Spike:
    """Whether the last 7 days bring more texts about a topic than expected.

    ``counts`` and ``volume`` (days,): texts about it and all texts of the channel, whole weeks from the oldest to the
    newest day. A Poisson model with the volume as exposure and a term for each weekday, and where the baseline is two
    years or more an annual wave; days without any text tell nothing. Where weeks vary more than Poisson allows
    (``dispersion``) the count is negative binomial; the error of the model itself is in the variance too. The expected
    count is 1 at least, so that a rare topic does not alarm at its second text.
    """
    base, base_volume = counts[:-7].astype(float), volume[:-7].astype(float)
    design = terms(len(counts))
    rate = np.exp(design @ poisson(design[:-7], base, base_volume))
    fitted, ahead = rate[:-7] * base_volume, rate[-7:] * volume[-7:]
    expected = max(float(ahead.sum()), LEAST_EXPECTED)
    extra, is_over = dispersion(by_week(base), by_week(fitted))
    variance = expected + extra * expected**2 + model_error(design, fitted, ahead)
    name = "negative_binomial" if is_over else "poisson"
    size, chance = expected**2 / (variance - expected), expected / variance
    p_value = float(stats.nbinom.sf(counts[-7:].sum() - 1, size, chance))
    return Spike(expected, float(stats.nbinom.ppf(0.99, size, chance)), p_value, name)


def terms(days: int) -> np.ndarray:
    """A constant, six weekdays, and of two years or more an annual wave; a row per day."""
    day = np.arange(days)
    columns = [np.ones(days), *((day % 7 == weekday).astype(float) for weekday in range(1, 7))]
    if days - 7 >= 7 * YEARS:
        angle = 2 * np.pi * day / 365.25
        columns += [np.sin(angle), np.cos(angle)]
    return np.column_stack(columns)


def poisson(design: np.ndarray, counts: np.ndarray, volume: np.ndarray) -> np.ndarray:
    """Coefficients of a Poisson model with log link and offset log(volume), by Newton's method.

    A ridge of 1e-3 keeps a weekday on which nobody spoke of the topic finite. scikit-learn's solver gives the same and
    takes a hundred times as long on tables of this size, of which there are hundreds a night.
    """
    ridge = 1e-3 * np.eye(design.shape[1])
    ridge[0, 0] = 0
    beta = np.zeros(design.shape[1])
    beta[0] = np.log(counts.sum() / volume.sum())
    for _ in range(50):
        mu = np.exp(np.clip(design @ beta, -50, 50)) * volume
        step = np.linalg.solve((design * mu[:, None]).T @ design + ridge, design.T @ (counts - mu) - ridge @ beta)
        beta = beta + step * min(1.0, 2.0 / np.abs(step).max()) if np.abs(step).max() > 0 else beta
        if np.abs(step).max() < 1e-9:
            break
    return beta


def by_week(daily: np.ndarray) -> np.ndarray:
    """Sums of whole weeks."""
    return np.asarray(daily.reshape(-1, 7).sum(axis=1))


def dispersion(counts: np.ndarray, expected: np.ndarray) -> tuple[float, bool]:
    """By how much counts vary beyond Poisson (alpha: variance mu + alpha mu²), and whether that is more than chance.

    The regression test of Cameron and Trivedi (1990) at 5 %, one-sided. Alpha is used even where the test is silent:
    a test of few weeks misses much.
    """
    kept = expected > 0
    mu, weeks = expected[kept], int(kept.sum())
    if weeks < 3:
        return 0.0, False
    excess = (counts[kept] - mu) ** 2 * weeks / (weeks - 1) - mu
    alpha = float(excess.sum() / (mu**2).sum())
    z = alpha / np.sqrt((2 * mu**2).sum()) * (mu**2).sum()
    return max(alpha, 0.0), bool(stats.norm.sf(z) < 0.05)


def model_error(design: np.ndarray, fitted: np.ndarray, ahead: np.ndarray) -> float:
    """Variance of the expected count of the last week that comes from the error of the coefficients."""
    information = (design[:-7] * fitted[:, None]).T @ design[:-7] + 1e-3 * np.eye(design.shape[1])
    gradient = ahead @ design[-7:]
    return float(gradient @ np.linalg.solve(information, gradient))


def new_topic(count: int, volume: float, base_volume: float) -> Spike:
    """Whether a topic that nobody spoke of before comes up more often than its silence allows.

    Nought of ``base_volume`` texts is compatible, at 95 %, with a mean of 3 (the rule of three), so with
    3 volume / base_volume in the last week.
    """
    expected = 3 * volume / base_volume
    limit = float(stats.poisson.ppf(0.99, expected))
    return Spike(expected, limit, float(stats.poisson.sf(count - 1, expected)), "rule_of_three")
