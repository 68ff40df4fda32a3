"""How long until something happens, where for many it has not happened yet: Kaplan-Meier and the log-rank test."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pandas as pd


def kaplan_meier(
    times: np.ndarray, happened: np.ndarray, clusters: np.ndarray | None = None, conf: float = 0.95
) -> pd.DataFrame:
    """The share to whom it has not happened by each time at which it happened to somebody, one row a time.

    ``times`` until it happened or until the last look, ``happened`` whether it did; what is censored at a time was
    still seen then. Columns: ``time``, ``n_at_risk``, ``n_events``, ``survival``, ``se``, ``ci_low``, ``ci_high``. The
    error is Greenwood's; with ``clusters`` (whose times they are) it is the infinitesimal jackknife between clusters,
    which equals Greenwood's where each has one time. The interval is that of log(-log S) (Kalbfleisch and Prentice), so
    it stays within 0..1; it is null where nobody or everybody is left.
    """
    t, d = np.asarray(times, dtype=float), np.asarray(happened, dtype=bool)
    at, events = np.unique(t[d], return_counts=True)
    at_risk = len(t) - np.searchsorted(np.sort(t), at, side="left")
    survival = np.cumprod(1 - events / at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.cumsum(events / (at_risk * (at_risk - events)))
        se = np.where(survival > 0, survival * np.sqrt(spread), np.nan)
        if clusters is not None:
            se = between_clusters(t, d, np.asarray(clusters), at, at_risk, events, survival)
        width = NormalDist().inv_cdf((1 + conf) / 2) * se / (survival * np.log(survival))
        low, high = survival ** np.exp(-width), survival ** np.exp(width)
    is_open = (survival > 0) & (survival < 1)
    return pd.DataFrame(
        {
            "time": at,
            "n_at_risk": at_risk,
            "n_events": events,
            "survival": survival,
            "se": se,
            "ci_low": np.where(is_open, np.minimum(low, high), np.nan),
            "ci_high": np.where(is_open, np.maximum(low, high), np.nan),
        }
    )


def between_clusters(
    t: np.ndarray, d: np.ndarray, clusters: np.ndarray, at: np.ndarray, at_risk: np.ndarray, events: np.ndarray,
    survival: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Standard errors of the survival between clusters: G / (G - 1) times the sum of their squared influences.

    The influence of a time of its own on log S is 1 / (at risk - events) there, where it happened, less the sum of
    events / (at risk (at risk - events)) over all that it was at risk for. Works through one time of the curve after
    the other, so memory stays that of the clusters.
    """
    _, group = np.unique(clusters, return_inverse=True)
    size = int(group.max(initial=-1)) + 1
    order = np.argsort(t, kind="stable")
    t, d, group = t[order], d[order], group[order]
    left, right = np.searchsorted(t, at, side="left"), np.searchsorted(t, at, side="right")
    # Of each cluster: how many of its times are at risk, and its influence so far.
    holding, influence = np.bincount(group, minlength=size).astype(float), np.zeros(size)
    out, gone = np.full(len(at), np.nan), 0
    for i in range(len(at)):
        if at_risk[i] == events[i]:
            break
        np.subtract.at(holding, group[gone : left[i]], 1)
        gone = left[i]
        influence -= holding * (events[i] / (at_risk[i] * (at_risk[i] - events[i])))
        here = slice(left[i], right[i])
        np.add.at(influence, group[here][d[here]], 1 / (at_risk[i] - events[i]))
        if size > 1:
            out[i] = survival[i] * np.sqrt(size / (size - 1) * np.sum(influence**2))
    return out


def median(curve: pd.DataFrame) -> tuple[float, float, float]:
    """The median of a curve of ``kaplan_meier`` and its bounds (Brookmeyer and Crowley 1982).

    The first times at which the curve, and the lower and upper end of its interval, are down to one half; null where
    they never are.
    """
    firsts = [curve.time[curve[name] <= 0.5 + 1e-9].min() for name in ("survival", "ci_low", "ci_high")]
    return firsts[0], firsts[1], firsts[2]


def log_rank(times: np.ndarray, happened: np.ndarray, groups: np.ndarray) -> tuple[float, float]:
    """Chi-square and p-value of the log-rank test that groups do not differ (Mantel 1966); null with one group."""
    from scipy import stats

    t, d = np.asarray(times, dtype=float), np.asarray(happened, dtype=bool)
    names, group = np.unique(np.asarray(groups), return_inverse=True)
    at, events = np.unique(t[d], return_counts=True)
    if len(names) < 2 or not len(at):
        return np.nan, np.nan
    at_risk = np.array([(group == g).sum() - np.searchsorted(np.sort(t[group == g]), at) for g in range(len(names))])
    counted = np.array(
        [np.bincount(np.searchsorted(at, t[d & (group == g)]), minlength=len(at)) for g in range(len(names))]
    )
    total = at_risk.sum(axis=0)
    expected = at_risk * events / total
    weight = events * (total - events) / np.maximum(total - 1, 1) / total
    spread = np.diag((at_risk * weight).sum(axis=1)) - (at_risk * weight / total) @ at_risk.T
    off = (counted - expected).sum(axis=1)
    # The differences add up to nought, so one group says nothing new.
    chi2 = float(off[:-1] @ np.linalg.pinv(spread[:-1, :-1]) @ off[:-1])
    return chi2, float(stats.chi2.sf(chi2, len(names) - 1))
