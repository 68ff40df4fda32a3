"""Control charts: whether a series stays within what it has always varied by.

Each chart gives its centre and limits for every point, 3 sigma unless told. ``baseline`` says which points the limits
are taken from (all unless told), so that a new point is judged by those before it; few of them tell the limits badly,
and ``sigmas_for`` says how much wider they have to be.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

SIGMAS = 3.0


@dataclass(frozen=True, slots=True)
class Chart:
    """What is plotted, the centre and the limits of each point, arrays of one length."""

    value: np.ndarray
    centre: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def outside(self) -> np.ndarray:
        """Which points are outside their limits."""
        return np.asarray((self.value < self.low - 1e-12) | (self.value > self.high + 1e-12))


def sigmas_for(points: int) -> float:
    """Sigmas at which a new point is as rarely outside as at 3 known ones (.27 %), of a baseline of so many points.

    Student's t with the degrees of freedom of a mean moving range, .62 (points - 1) (Wheeler 1995), and the error of
    the centre itself.
    """
    return float(stats.t.isf(stats.norm.sf(SIGMAS), 0.62 * (points - 1)) * np.sqrt(1 + 1 / points))


def p_chart(
    k: np.ndarray, n: np.ndarray, baseline: np.ndarray | None = None, laney: bool = False, sigmas: float = SIGMAS
) -> Chart:
    """Shares k / n with limits of each point's own n, within 0 to 1 (NIST Handbook 6.3.3.2).

    ``laney`` widens the limits by how much more the shares vary than n alone explains (Laney 2002, p'): where n is huge
    the plain limits flag every point.
    """
    k, n = np.asarray(k, dtype=float), np.asarray(n, dtype=float)
    used = np.ones(len(k), dtype=bool) if baseline is None else baseline
    centre = k[used].sum() / n[used].sum()
    sigma = np.sqrt(centre * (1 - centre) / n)
    value = k / n
    if laney:
        with np.errstate(divide="ignore", invalid="ignore"):
            z = np.where(sigma > 0, (value - centre) / sigma, 0.0)
        sigma = sigma * max(moving_range(z[used]) / 1.128, 1.0)
    return Chart(
        value,
        np.full(len(k), centre),
        np.clip(centre - sigmas * sigma, 0, 1),
        np.clip(centre + sigmas * sigma, 0, 1),
    )


def xmr(values: np.ndarray, baseline: np.ndarray | None = None, sigmas: float = SIGMAS) -> Chart:
    """Single values with limits of mean ± 2.66 mean moving range (NIST Handbook 6.3.2.2: 3 / 1.128)."""
    values = np.asarray(values, dtype=float)
    used = np.ones(len(values), dtype=bool) if baseline is None else baseline
    centre, half = values[used].mean(), sigmas * moving_range(values[used]) / 1.128
    ones = np.ones(len(values))
    return Chart(values, centre * ones, (centre - half) * ones, (centre + half) * ones)


def moving_range(values: np.ndarray) -> float:
    """Mean absolute step from one value to the next; 0 for fewer than two."""
    return float(np.abs(np.diff(values)).mean()) if len(values) > 1 else 0.0


def ewma(
    values: np.ndarray, centre: float, sigma: np.ndarray | float, weight: float = 0.3, settled: bool = False,
    sigmas: float = SIGMAS,
) -> Chart:  # fmt: skip
    """Exponentially weighted means, which show small drifts (NIST Handbook 6.3.2.4), starting at the centre.

    ``sigma`` is that of a single value, one for all or one for each. The variance of the mean is summed up value by
    value; ``settled`` takes its limit, weight / (2 - weight) sigma², for every point as NIST does.
    """
    values = np.asarray(values, dtype=float)
    each = np.broadcast_to(np.asarray(sigma, dtype=float), values.shape)
    smooth, spread = np.empty(len(values)), np.empty(len(values))
    before, variance = float(centre), 0.0
    for i, (value, own) in enumerate(zip(values, each, strict=True)):
        before = weight * value + (1 - weight) * before
        variance = weight**2 * own**2 + (1 - weight) ** 2 * variance
        smooth[i], spread[i] = before, np.sqrt(variance)
    if settled:
        spread = each * np.sqrt(weight / (2 - weight))
    return Chart(smooth, np.full(len(values), float(centre)), centre - sigmas * spread, centre + sigmas * spread)
