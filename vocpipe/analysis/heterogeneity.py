"""Whether several figures differ by more than chance: Cochran's Q, between-variance, I², with an interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats


@dataclass(frozen=True, slots=True)
class Heterogeneity:
    """How far k figures differ beyond their errors.

    ``q`` is Cochran's Q with ``p_value`` on k - 1 degrees of freedom; ``tau2`` the variance between figures
    (DerSimonian and Laird 1986); ``i2`` (0..1) the share of their spread that is more than chance, with bounds
    ``i2_low`` and ``i2_high``; ``mean`` and ``mean_se`` the random-effects mean and its error.
    """

    k: int
    q: float
    p_value: float
    tau2: float
    i2: float
    i2_low: float
    i2_high: float
    mean: float
    mean_se: float


def heterogeneity(figures: np.ndarray, errors: np.ndarray, conf: float = 0.95) -> Heterogeneity:
    """Heterogeneity of k figures (k,) with standard errors (k,), all above nought.

    I² is max(0, (Q - (k - 1)) / Q) (Higgins and Thompson 2002). Its interval is that of tau² by the Q profile
    (Viechtbauer 2007: all tau² that the test of Q does not refuse), as tau² / (tau² + s²), s² being the typical
    squared error. Raises ValueError for fewer than two figures or an error that is not above nought.
    """
    y, variance = np.asarray(figures, dtype=float), np.asarray(errors, dtype=float) ** 2
    k = len(y)
    if k < 2 or not (variance > 0).all():
        raise ValueError("give two figures or more, each with a standard error above nought")
    w = 1 / variance
    q = profile(0.0, y, variance)
    spread = w.sum() - (w**2).sum() / w.sum()
    typical = (k - 1) / spread
    tau2 = max(0.0, (q - (k - 1)) / spread)
    low, high = (shown / (shown + typical) for shown in tau2_bounds(y, variance, conf))
    weights = 1 / (variance + tau2)
    return Heterogeneity(
        k=k,
        q=q,
        p_value=float(stats.chi2.sf(q, k - 1)),
        tau2=tau2,
        i2=max(0.0, (q - (k - 1)) / q) if q else 0.0,
        i2_low=low,
        i2_high=high,
        mean=float((weights * y).sum() / weights.sum()),
        mean_se=float(weights.sum() ** -0.5),
    )


def profile(tau2: float, y: np.ndarray, variance: np.ndarray) -> float:
    """Q around the mean that goes with a variance between figures; falls as that variance grows."""
    w = 1 / (variance + tau2)
    mean = (w * y).sum() / w.sum()
    return float((w * (y - mean) ** 2).sum())


def tau2_bounds(y: np.ndarray, variance: np.ndarray, conf: float) -> tuple[float, float]:
    """Bounds of the variance between figures; both nought where the figures are closer than chance would have them."""
    tail = (1 - conf) / 2
    return (
        crossing(float(stats.chi2.isf(tail, len(y) - 1)), y, variance),
        crossing(float(stats.chi2.ppf(tail, len(y) - 1)), y, variance),
    )


def crossing(level: float, y: np.ndarray, variance: np.ndarray) -> float:
    """The variance between figures at which Q is ``level``; nought where it is below that from the start."""
    if profile(0.0, y, variance) <= level:
        return 0.0
    top = float(variance.max() + np.ptp(y) ** 2)
    while profile(top, y, variance) > level:
        top *= 4
    return float(optimize.brentq(lambda tau2: profile(tau2, y, variance) - level, 0.0, top))
