"""Shares and slopes of what comes in clusters: several answers of one customer, many tickets of one agent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats


def effective_n(
    share: np.ndarray, se: np.ndarray, n: np.ndarray, clusters: np.ndarray, conf: float = 0.95
) -> np.ndarray:
    """How many independent answers n clustered ones are worth (…), n at most (Korn and Graubard 1998).

    p (1 - p) / SE², times (z / t)² of clusters - 1 degrees of freedom, as the error itself is estimated. Where all
    answers are the same the error says nothing, and the number of clusters counts.
    """
    p, error = np.asarray(share, dtype=float), np.asarray(se, dtype=float)
    groups = np.asarray(clusters, dtype=float)
    z, t = stats.norm.isf((1 - conf) / 2), stats.t.isf((1 - conf) / 2, np.maximum(groups - 1, 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        worth = np.where(error > 0, p * (1 - p) / error**2 * (z / t) ** 2, groups)
    return np.asarray(np.minimum(worth, n))


def wilson(share: np.ndarray, n: np.ndarray, conf: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Wilson's bounds (…), (…) of a share out of n, which need not be whole."""
    p, count = np.asarray(share, dtype=float), np.asarray(n, dtype=float)
    z2 = stats.norm.isf((1 - conf) / 2) ** 2
    middle = (p + z2 / (2 * count)) / (1 + z2 / count)
    half = np.sqrt(z2) / (1 + z2 / count) * np.sqrt(p * (1 - p) / count + z2 / (4 * count**2))
    return np.minimum(np.maximum(middle - half, 0), p), np.maximum(np.minimum(middle + half, 1), p)


def newcombe(
    share: np.ndarray, n: np.ndarray, other: np.ndarray, other_n: np.ndarray, conf: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """Bounds (…), (…) of share - other: square-and-add of Wilson's bounds (Newcombe 1998b, method 10)."""
    p, q = np.asarray(share, dtype=float), np.asarray(other, dtype=float)
    (p_low, p_high), (q_low, q_high) = wilson(p, n, conf), wilson(q, other_n, conf)
    low = p - q - np.sqrt((p - p_low) ** 2 + (q_high - q) ** 2)
    high = p - q + np.sqrt((p_high - p) ** 2 + (q - q_low) ** 2)
    return low, high


@dataclass(frozen=True, slots=True)
class Slope:
    """Rise of a share per point of something that all members of a cluster have in common, with its interval."""

    slope: float
    se: float
    df: float
    low: float
    high: float
    p_value: float


def slope(x: np.ndarray, successes: np.ndarray, n: np.ndarray, conf: float = 0.95) -> Slope | None:
    """Rise of successes / n per point of x, over clusters (agents): least squares on the single tickets.

    ``x`` (g,) is the same for all n (g,) tickets of a cluster, of which ``successes`` (g,) went well. Errors are robust
    to what the tickets of a cluster share: CR2 with Satterthwaite's degrees of freedom (Bell and McCaffrey 2002; Imbens
    and Kolesár 2016), which hold for few clusters too. None where fewer than three clusters, or no spread of x, leave
    nothing to estimate.
    """
    kept = np.asarray(n) > 0
    x, k, n = (np.asarray(a, dtype=float)[kept] for a in (x, successes, n))
    if len(x) < 3 or np.ptp(x) <= 1e-12 * max(1.0, np.abs(x).max()):
        return None
    z = np.column_stack((np.ones(len(x)), x - (n * x).sum() / n.sum()))
    bread = np.linalg.inv(z.T @ (z * n[:, None]))
    beta = bread @ (z.T @ k)
    leverage = np.einsum("gi,ij,gj->g", z, bread, z)
    if (n * leverage > 1 - 1e-9).any():  # one cluster alone decides
        return None
    pull = (z @ bread)[:, 1] / np.sqrt(1 - n * leverage)
    se = float(np.sqrt((pull**2 * (k - n * (z @ beta)) ** 2).sum()))
    weight = n * pull
    inner = np.diag(n * pull**2) - np.outer(weight, weight) * (z @ bread @ z.T)
    df = float(np.trace(inner) ** 2 / (inner**2).sum())
    half = float(stats.t.isf((1 - conf) / 2, df)) * se
    value = float(beta[1])
    p_value = float(2 * stats.t.sf(abs(value) / se, df)) if se > 0 else float("nan")
    return Slope(value, se, df, value - half, value + half, p_value)
