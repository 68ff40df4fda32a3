"""Which drivers go with an outcome: shares of R² (LMG, Johnson), with what is needed to read them. Associations only.

Everything is computed from sums of products over responses (``moments``), which add up over customers: so a bootstrap
draws customers, or random groups of them, and never goes back to the rows. The first column of the rows is 1, the last
one the outcome; rows of n responses with p drivers give p + 2 by p + 2 sums.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from vocpipe.analysis import regression

MOST_DRIVERS = 15  # LMG fits 2^p models
EXACT_DRIVERS = 13
DRAWS = 500
LEAST_CLUSTERS = 100  # customers: the interval of a share of fewer would hold it too seldom, and is not given


def moments(x: np.ndarray, y: np.ndarray, clusters: np.ndarray | None = None) -> np.ndarray:
    """Sums of products by cluster: (clusters, p + 2, p + 2) of n x p drivers and n outcomes; one cluster unless told.

    ``clusters`` numbers the cluster of each row from 0.
    """
    rows = np.column_stack((np.ones(len(y)), x, y)).astype(float)
    if clusters is None:
        return (rows.T @ rows)[None]
    sums = np.zeros((int(clusters.max()) + 1, rows.shape[1], rows.shape[1]))
    np.add.at(sums, clusters, rows[:, :, None] * rows[:, None, :])
    return sums


def correlations(sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Correlations of drivers with each other (…, p, p) and with the outcome (…, p), of sums (…, p + 2, p + 2).

    Null (NaN) where a driver or the outcome does not vary.
    """
    n = sums[..., :1, :1]
    spread = sums[..., 1:, 1:] - sums[..., 1:, :1] * sums[..., :1, 1:] / n
    variance = np.einsum("...ii->...i", spread)
    floor = 1e-12 * np.einsum("...ii->...i", sums[..., 1:, 1:])  # what rounding leaves of a constant is nought
    with np.errstate(invalid="ignore"):
        scale = np.sqrt(np.where(variance > floor, variance, np.nan))
    r = spread / (scale[..., :, None] * scale[..., None, :])
    return r[..., :-1, :-1], r[..., :-1, -1]


def johnson(rxx: np.ndarray, rxy: np.ndarray) -> np.ndarray:
    """Relative weights (…, p) that add up to R², for any number of drivers (Johnson 2000, Multivariate Behav. Res. 35).

    Drivers are replaced by their closest orthogonal variables, the symmetric square root of their correlations; where
    drivers are redundant, what they share is divided between them.
    """
    values, vectors = np.linalg.eigh(rxx)
    values = np.clip(values, 0, None)
    used = values > 1e-10
    root = np.einsum("...ij,...j,...kj->...ik", vectors, np.sqrt(values), vectors)
    inverse = np.where(used, 1 / np.sqrt(np.where(used, values, 1)), 0)
    beta = np.einsum("...ij,...j,...kj,...k->...i", vectors, inverse, vectors, rxy)
    return np.asarray(np.einsum("...ij,...j->...i", root**2, beta**2))


def lmg(rxx: np.ndarray, rxy: np.ndarray) -> np.ndarray:
    """Average gain in R² over all orders of entering (p,), adding up to R² (Lindeman, Merenda and Gold 1980; Shapley).

    Exact, over all 2^p models. Raises ValueError for more than 15 drivers: take ``johnson`` there.
    """
    p = len(rxy)
    if p > MOST_DRIVERS:
        raise ValueError(f"LMG of {p} drivers would fit {2**p:,} models: take Johnson weights, or 15 drivers at most")
    r2 = np.zeros(2**p)
    for size in range(1, p + 1):
        chosen = np.array(list(combinations(range(p), size)))
        inner, outer = rxx[chosen[:, :, None], chosen[:, None, :]], rxy[chosen]
        solved = np.linalg.pinv(inner, hermitian=True) @ outer[..., None]
        r2[(1 << chosen).sum(axis=1)] = np.einsum("mi,mi->m", outer, solved[..., 0])
    sets = np.arange(2**p)
    size = np.array([bin(s).count("1") for s in sets])
    orders = np.array([_factorial(k) * _factorial(p - 1 - k) / _factorial(p) for k in range(p)])
    out = np.zeros(p)
    for driver in range(p):
        without = sets[(sets >> driver) & 1 == 0]
        out[driver] = (orders[size[without]] * (r2[without | (1 << driver)] - r2[without])).sum()
    return out


def _factorial(k: int) -> float:
    return float(np.prod(np.arange(1, k + 1, dtype=float)))


def standardised(rxx: np.ndarray, rxy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Standardised coefficients and variance inflation factors (p,) each; VIF is infinite for a redundant driver."""
    beta = np.linalg.pinv(rxx, hermitian=True) @ rxy
    vif = np.full(len(rxy), np.inf)
    if len(rxy) and np.linalg.eigvalsh(rxx)[0] > 1e-10:
        vif = np.diag(np.linalg.inv(rxx))
    return beta, vif


def draws_of(sums: np.ndarray, draws: int = DRAWS, seed: int = 0) -> np.ndarray:
    """Sums of ``draws`` samples of the clusters, drawn with replacement: (draws, …) of (clusters, …)."""
    count = len(sums)
    weights = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=draws)
    return np.asarray((weights @ sums.reshape(count, -1)).reshape(draws, *sums.shape[1:]))


def drivers(sums: np.ndarray, names: list[str], conf: float = 0.95, draws: int = DRAWS, seed: int = 0) -> pd.DataFrame:
    """One row per driver: ``driver``, ``n``, ``r2``, ``r``, ``beta``, ``vif``, ``is_suppressor``, ``p_value``,
    ``lmg_share``, ``johnson_share``, ``share_low``, ``share_high``, of sums by cluster as ``moments`` gives them.

    Shares are of R², 0 to 1, and add up to 1; their interval is of Johnson's (``share_intervals``). ``lmg_share`` is
    null for more than 13 drivers. A suppressor's beta has another sign than its r. ``p_value`` is of beta against
    nought, with errors between clusters; null where drivers determine each other. A driver that does not vary gets
    nulls; there are no rows for an outcome that does not vary.
    """
    rxx, rxy = correlations(sums.sum(axis=0))
    varies = ~np.isnan(np.diag(rxx))
    if np.isnan(rxy[varies]).any() or not varies.any():
        return pd.DataFrame()
    rxx, rxy = rxx[np.ix_(varies, varies)], rxy[varies]
    beta, vif = standardised(rxx, rxy)
    weights = johnson(rxx, rxy)
    r2 = float(weights.sum())
    low, high = share_intervals(sums, varies, conf, draws, seed)
    found = pd.DataFrame(
        {
            "driver": [name for name, is_so in zip(names, varies, strict=True) if is_so],
            "n": int(sums[:, 0, 0].sum()),
            "r2": r2,
            "r": rxy,
            "beta": beta,
            "vif": vif,
            "p_value": p_values(sums, varies),
            "is_suppressor": (np.sign(beta) != np.sign(rxy)) & (np.abs(rxy) > 1e-12),
            "lmg_share": lmg(rxx, rxy) / r2 if len(rxy) <= EXACT_DRIVERS else np.nan,
            "johnson_share": weights / r2,
            "share_low": low,
            "share_high": high,
        }
    )
    return pd.DataFrame({"driver": names}).merge(found, on="driver", how="left")


def p_values(sums: np.ndarray, varies: np.ndarray) -> np.ndarray:
    """Two-sided p of each driver that varies; null where they cannot be told apart."""
    kept = np.concatenate(([True], varies, [True]))
    try:
        return regression.p_values(sums[:, kept][:, :, kept])[1:]
    except ValueError:  # a share can be divided between redundant drivers, a coefficient cannot
        return np.full(varies.sum(), np.nan)


def share_intervals(
    sums: np.ndarray, varies: np.ndarray, conf: float, draws: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Interval of each Johnson share, (p,) and (p,), over clusters drawn with replacement; null for fewer than 100.

    Chance adds to every weight, so it takes from large shares and gives to small ones, in the sample and once more in
    the draws. ``drawn.mean() - weights`` is what it adds once. The interval is from the percentiles of the shares as
    drawn and of those with both additions taken off (a weight is 0 at least), whichever lies farther out: the plain
    ones alone hold a share of .65 of 100 answers in 84 of 100 draws, and never one of 0. Percentiles stand a fifth
    farther out, since draws of few answers are skewed. A driver that does not vary in a draw has no weight there.
    """
    if len(sums) < LEAST_CLUSTERS:
        return np.full(varies.sum(), np.nan), np.full(varies.sum(), np.nan)
    kept = np.concatenate(([True], varies, [True]))
    sums = sums[:, kept][:, :, kept]
    drawn = weights_of(draws_of(sums, draws, seed))
    added = drawn.mean(axis=0) - weights_of(sums.sum(axis=0))
    bounds = np.array([percentiles(drawn, conf), percentiles(np.clip(drawn - 2 * added, 0, None), conf)])
    return bounds[:, 0].min(axis=0), bounds[:, 1].max(axis=0)


def weights_of(sums: np.ndarray) -> np.ndarray:
    """Johnson weights (…, p) of sums (…, p + 2, p + 2); 0 for a driver that does not vary."""
    rxx, rxy = correlations(sums)
    known = ~np.isnan(np.einsum("...ii->...i", rxx))
    both = known[..., :, None] & known[..., None, :]
    return johnson(np.where(both, rxx, np.eye(rxx.shape[-1])), np.where(known, rxy, 0))


def percentiles(weights: np.ndarray, conf: float) -> np.ndarray:
    """Both bounds of the shares that weights (draws, p) make, (2, p)."""
    total = weights.sum(axis=1, keepdims=True)
    tail = 0.8 * (1 - conf) / 2
    return np.asarray(np.nanquantile(weights / np.where(total > 0, total, np.nan), [tail, 1 - tail], axis=0))
