"""Whether something is said more often of late than before: rate ratios of counts, with exact intervals."""

from __future__ import annotations

import numpy as np
import pandas as pd


def rate_ratios(
    recent: np.ndarray, before: np.ndarray, all_recent: float, all_before: float, conf: float = 0.95
) -> pd.DataFrame:
    """One row per count: ``growth``, ``growth_low``, ``growth_high``, ``p_value`` (two-sided).

    ``recent`` of ``all_recent`` texts say it now, ``before`` of ``all_before`` said it in the time before; growth is
    the ratio of the two rates. Given their sum, one of two Poisson counts is binomial, so the Clopper-Pearson interval
    of its share gives the exact one of the ratio (Przyborowski and Wilenski 1940). The ratio itself has half a text
    added on both sides, so that it is finite where nobody said it before; the upper end is null there. All is null where
    there are no texts to compare with.
    """
    from scipy import stats

    k, rest = np.asarray(recent, dtype=float), np.asarray(before, dtype=float)
    n = k + rest
    if not all_recent or not all_before:
        return pd.DataFrame(np.nan, index=range(len(k)), columns=["growth", "growth_low", "growth_high", "p_value"])
    exposure = all_before / all_recent
    tail = (1 - conf) / 2
    low = np.where(k > 0, stats.beta.ppf(tail, k, rest + 1), 0.0)
    high = np.where(rest > 0, stats.beta.ppf(1 - tail, k + 1, rest), 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        lows, highs = (np.where((n > 0) & (share < 1), share / (1 - share) * exposure, np.nan) for share in (low, high))
    growth = np.where(n > 0, (k + 0.5) / (rest + 0.5) * exposure, np.nan)
    share = all_recent / (all_recent + all_before)
    upper, lower = stats.binom.sf(k - 1, n, share), stats.binom.cdf(k, n, share)
    p_value = np.where(n > 0, np.minimum(1.0, 2 * np.minimum(upper, lower)), np.nan)
    return pd.DataFrame({"growth": growth, "growth_low": lows, "growth_high": highs, "p_value": p_value})


def q_values(p_values: np.ndarray) -> np.ndarray:
    """Benjamini-Hochberg: the share of false alarms among all that are at least as striking; null stays null."""
    from scipy import stats

    p = np.asarray(p_values, dtype=float)
    out = np.full(len(p), np.nan)
    known = ~np.isnan(p)
    if known.any():
        out[known] = stats.false_discovery_control(p[known], method="bh")
    return out
