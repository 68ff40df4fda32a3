"""Whether two figures differ: tests and intervals of differences, for figures in which the same customers may be.

Every function takes arrays (one place a comparison; 1 is the earlier, 2 the later period) and gives ``Difference``.
``rho`` is the correlation of the two figures, from customers who are in both (``correlation``); ``deff`` is the design
effect of a figure, its variance between customers over that of independent answers. With rho 0 and deff 1 they are
the textbook's formulas.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

Array = np.ndarray


@dataclass(frozen=True, slots=True)
class Difference:
    """Later less earlier, with standard error, interval and two-sided p; all null where nothing can be said.

    p is null and ``is_degenerate`` true where neither figure has any spread (nobody differs in either period).
    """

    difference: Array
    se: Array
    low: Array
    high: Array
    p_value: Array
    is_degenerate: Array


def correlation(spread_1: Array, spread_2: Array, both: Array, of_classes: bool = False) -> Array:
    """Correlation of two figures: ``spread`` is the sum over customers of squared residuals (w(s - m)), ``both`` the
    sum over customers in both periods of their products. 0 where nobody is in both, or a figure has no spread.

    ``of_classes``, for shares and NPS: a positive one is taken half a customer lower, as in Newcombe 1998c (method 10),
    which keeps the intervals of few pairs from being too narrow.
    """
    if of_classes:
        both = np.where(np.asarray(both) > 0, np.maximum(np.asarray(both) - 0.5, 0), both)
    scale = np.sqrt(np.asarray(spread_1, dtype=float) * spread_2)
    with np.errstate(divide="ignore", invalid="ignore"):
        rho = np.where(scale > 1e-12, both / scale, 0.0)
    return np.asarray(np.clip(rho, -0.99, 0.99))


def nps(
    counts_1: Array, counts_2: Array, rho: Array | float = 0.0, deff_1: Array | float = 1.0,
    deff_2: Array | float = 1.0, conf: float = 0.95, adjusted: bool = True,
) -> Difference:  # fmt: skip
    """Change of NPS, in points, of counts (…, 3): detractors, passives, promoters.

    Adjusted Wald: 3/4 is added to detractors and promoters, 3 to n (Rocks 2016, Am. Statistician 70); the difference
    itself stays raw, z and interval are of the adjusted counts. ``adjusted=False`` is plain Wald.
    """
    raw = nps_of(counts_2)[0] - nps_of(counts_1)[0]
    added = np.array([0.75, 1.5, 0.75]) if adjusted else np.zeros(3)
    (m1, v1), (m2, v2) = nps_of(counts_1 + added), nps_of(counts_2 + added)
    v1, v2 = v1 * deff_1, v2 * deff_2
    se = np.sqrt(np.clip(v1 + v2 - 2 * rho * np.sqrt(v1 * v2), 0, None))
    z = stats.norm.ppf((1 + conf) / 2)
    middle = m2 - m1
    return finished(
        100 * raw, 100 * se, 100 * (middle - z * se), 100 * (middle + z * se), 100 * middle, (-200, 200), np.inf
    )


def nps_of(counts: Array) -> tuple[Array, Array]:
    """Mean of -1, 0, 1 and the variance of that mean, of counts (…, 3) of them; null for nobody."""
    d, p, n = counts[..., 0], counts[..., 2], counts.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = (p - d) / n
        return mean, ((p + d) / n - mean**2) / n


def means(
    m1: Array, se1: Array, df1: Array, m2: Array, se2: Array, df2: Array, rho: Array | float = 0.0, conf: float = 0.95
) -> Difference:
    """Change of a mean: Welch's t with errors between customers and Satterthwaite's degrees of freedom."""
    v1, v2 = np.asarray(se1, dtype=float) ** 2, np.asarray(se2, dtype=float) ** 2
    se = np.sqrt(np.clip(v1 + v2 - 2 * rho * np.sqrt(v1 * v2), 0, None))
    with np.errstate(divide="ignore", invalid="ignore"):
        df = (v1 + v2) ** 2 / (v1**2 / df1 + v2**2 / df2)
    df = np.where(np.isfinite(df) & (df > 0), df, 1.0)
    half = stats.t.ppf((1 + conf) / 2, df) * se
    gap = np.asarray(m2, dtype=float) - m1
    return finished(gap, se, gap - half, gap + half, gap, (-np.inf, np.inf), df)


def shares(
    k1: Array, n1: Array, k2: Array, n2: Array, rho: Array | float = 0.0, deff_1: Array | float = 1.0,
    deff_2: Array | float = 1.0, conf: float = 0.95,
) -> Difference:  # fmt: skip
    """Change of a share: Newcombe's interval (1998b, method 10; 1998c where rho is not 0), p of the pooled z test.

    Answers of one customer are alike, so n counts as n / deff.
    """
    n1, n2 = np.asarray(n1, dtype=float), np.asarray(n2, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        p1, p2 = k1 / n1, k2 / n2
        e1, e2 = n1 / deff_1, n2 / deff_2
        pooled = (p1 * e1 + p2 * e2) / (e1 + e2)
        variance = pooled * (1 - pooled)
        se = np.sqrt(np.clip(variance * (1 / e1 + 1 / e2 - 2 * rho / np.sqrt(e1 * e2)), 0, None))
    (l1, u1), (l2, u2) = wilson(p1, e1, conf), wilson(p2, e2, conf)
    down = np.sqrt(np.clip((p2 - l2) ** 2 - 2 * rho * (p2 - l2) * (u1 - p1) + (u1 - p1) ** 2, 0, None))
    up = np.sqrt(np.clip((u2 - p2) ** 2 - 2 * rho * (u2 - p2) * (p1 - l1) + (p1 - l1) ** 2, 0, None))
    gap = p2 - p1
    return finished(gap, se, gap - down, gap + up, gap, (-1, 1), np.inf)


def wilson(p: Array, n: Array, conf: float) -> tuple[Array, Array]:
    """Wilson's interval of a share p of n, which need not be whole."""
    z = stats.norm.ppf((1 + conf) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z * np.sqrt(np.clip(p * (1 - p), 0, None) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return np.minimum(np.maximum(middle - half, 0), p), np.maximum(np.minimum(middle + half, 1), p)


def medians(
    m1: Array, low1: Array, high1: Array, m2: Array, low2: Array, high2: Array, rho: Array | float = 0.0,
    conf: float = 0.95,
) -> Difference:  # fmt: skip
    """Change of a median, its error taken back from the intervals by order statistics (Price and Bonett 2002).

    ``rho`` is the correlation of the customers' leans, events above the median less events below.
    """
    z = stats.norm.ppf((1 + conf) / 2)
    w1, w2 = np.asarray(high1, dtype=float) - low1, np.asarray(high2, dtype=float) - low2
    se = np.sqrt(np.clip(w1 * w1 + w2 * w2 - 2 * rho * w1 * w2, 0, None)) / (2 * z)
    gap = np.asarray(m2, dtype=float) - m1
    return finished(gap, se, gap - z * se, gap + z * se, gap, (-np.inf, np.inf), np.inf)


def finished(
    gap: Array, se: Array, low: Array, high: Array, middle: Array, limits: tuple[float, float], df: Array | float
) -> Difference:
    """A difference with its p: two-sided, 1 where the figures are equal, null where neither has any spread."""
    degenerate = np.asarray(se) <= 1e-12
    with np.errstate(divide="ignore", invalid="ignore"):
        p_value = 2 * stats.t.sf(np.abs(middle) / se, df)
    p_value = np.where(degenerate, np.nan, np.where(np.abs(gap) <= 1e-12, 1.0, p_value))
    low, high = np.clip(low, *limits), np.clip(high, *limits)
    return Difference(np.asarray(gap), np.asarray(se), low, high, np.asarray(p_value), degenerate)
