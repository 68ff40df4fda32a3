"""Importance against performance: what matters and is done badly, as far as the intervals let one say so."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats


def quadrants(found: pd.DataFrame, sums: np.ndarray, counts: np.ndarray, conf: float = 0.95) -> pd.DataFrame:
    """The table of ``drivers.drivers`` with ``performance``, ``performance_low``, ``performance_high``, ``quadrant``.

    ``sums`` and ``counts`` are clusters x drivers: the sum of how a driver is rated (-1 to 1) and how often. The cross
    stands at the mean share, 1 / p, and at the mean performance of all drivers. A driver whose interval of either
    holds the cross is undetermined: it may lie on both sides of it.
    """
    value, low, high = ratio_intervals(sums, counts, conf)
    known = found["johnson_share"].notna().to_numpy()
    middle = value[known].mean() if known.any() else np.nan
    share = 1 / max(int(known.sum()), 1)
    important, unimportant = found["share_low"].to_numpy() > share, found["share_high"].to_numpy() < share
    good, bad = low > middle, high < middle
    said = np.select(
        [important & bad, important & good, unimportant & bad, unimportant & good],
        ["improve", "keep", "watch", "enough"],
        "undetermined",
    )
    return found.assign(performance=value, performance_low=low, performance_high=high, quadrant=said)


def ratio_intervals(sums: np.ndarray, counts: np.ndarray, conf: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean of values in -1 to 1 with an interval between clusters, of (clusters, p) sums and counts.

    Student's t with the clusters in which a driver occurs less 1. One extreme value, half to each side, is added: where
    all say the same, the interval does not collapse (as the adjusted Wald interval of NPS).
    """
    total, n = sums.sum(axis=0), counts.sum(axis=0)
    clusters = (counts > 0).sum(axis=0)
    value = total / n
    residuals = sums - value * counts
    spread = (residuals**2).sum(axis=0) * clusters / np.maximum(clusters - 1, 1)
    middle, error = total / (n + 1), np.sqrt(spread + 1) / (n + 1)
    half = stats.t.ppf((1 + conf) / 2, np.maximum(clusters - 1, 1)) * error
    return value, np.clip(middle - half, -1, 1), np.clip(middle + half, -1, 1)
