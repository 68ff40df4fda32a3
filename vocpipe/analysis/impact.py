"""What moves NPS: topics' impact in two named definitions, and a change split into better or worse and another mix.

Sums by cluster (customers, or random groups of them) in, values with intervals out; errors are between clusters, by
linearisation, Student's t with clusters - 1 degrees of freedom. Associations, not effects.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from vocpipe.analysis.regression import fitted


@dataclass(frozen=True, slots=True)
class Estimate:
    """Values with their intervals, arrays of one shape; null where there is nothing to say."""

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray


def leave_one_out(all_n: np.ndarray, all_s: np.ndarray, n: np.ndarray, s: np.ndarray, conf: float = 0.95) -> Estimate:
    """impact_loo of each topic, in points: NPS of all answers less NPS of those that do not mention it.

    ``all_n``, ``all_s`` (clusters,): answers, and promoters less detractors among them; ``n``, ``s`` (clusters,
    topics): the same of answers that mention a topic. Not additive: an answer with two topics counts in both. Null
    where every answer mentions the topic.
    """
    rest_n, rest_s = all_n[:, None] - n, all_s[:, None] - s
    with np.errstate(divide="ignore", invalid="ignore"):
        mean, rest = all_s.sum() / all_n.sum(), rest_s.sum(axis=0) / rest_n.sum(axis=0)
        influence = ((all_s - mean * all_n) / all_n.sum())[:, None] - (rest_s - rest * rest_n) / rest_n.sum(axis=0)
    return estimate(mean - rest, influence, conf)


def contributions(sums: np.ndarray, conf: float = 0.95) -> Estimate:
    """impact_ols, in points: the constant, then each topic's coefficient times its share of answers.

    ``sums`` as of ``drivers.moments``, of flags of topics and -1, 0, 1 of NPS. All values add up to NPS exactly.
    Raises ValueError where topics determine each other or clusters are too few.
    """
    fit = fitted(sums)
    n = sums[:, 0, 0].sum()
    flags = sums[:, 0, :-1]
    share = flags.sum(axis=0) / n
    influence = fit.influence * share + fit.beta * (flags - share * sums[:, 0, :1]) / n
    return estimate(fit.beta * share, influence, conf)


def estimate(value: np.ndarray, influence: np.ndarray, conf: float) -> Estimate:
    """Points (times 100) with intervals of values whose clusters have this influence, (clusters, values)."""
    count = len(influence)
    if count < 2:
        return Estimate(100 * value, np.full(value.shape, np.nan), np.full(value.shape, np.nan))
    se = np.sqrt((influence**2).sum(axis=0) * count / (count - 1))
    half = stats.t.ppf((1 + conf) / 2, count - 1) * se
    return Estimate(100 * value, 100 * (value - half), 100 * (value + half))


def split(n1: np.ndarray, s1: np.ndarray, n2: np.ndarray, s2: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rate and mix part of each segment (…, segments), in points (Kitagawa 1955); together exactly the change of NPS.

    ``n`` answers and ``s`` promoters less detractors in the earlier (1) and the later period. rate: mean share times
    change of the segment's NPS; mix: change of its share times its mean NPS. A segment that is empty in one period has
    its other NPS in both: it changes the mix alone.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        m1, m2 = s1 / n1, s2 / n2
        w1, w2 = (n / n.sum(axis=-1, keepdims=True) for n in (n1, n2))
    m1, m2 = np.where(n1 > 0, m1, np.where(n2 > 0, m2, 0)), np.where(n2 > 0, m2, np.where(n1 > 0, m1, 0))
    return 100 * (w1 + w2) / 2 * (m2 - m1), 100 * (w2 - w1) * (m1 + m2) / 2


def split_intervals(sums: np.ndarray, conf: float = 0.95, draws: int = 500, seed: int = 0) -> tuple[Estimate, Estimate]:
    """Rate and mix parts with intervals; the total of all segments stands last, (segments + 1,).

    ``sums`` (clusters, 4, segments): n and s of the earlier, n and s of the later period. Clusters are drawn with
    replacement; the interval is the parts plus and minus Student's t times the spread of the draws.
    """
    count = len(sums)
    weights = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=draws)
    drawn = np.einsum("dc,cks->kds", weights, sums, optimize=True)
    found, spread = split(*sums.sum(axis=0)), split(*drawn)
    half = stats.t.ppf((1 + conf) / 2, max(count - 1, 1)) * np.sqrt(count / max(count - 1, 1))
    out = []
    for value, parts in zip(found, spread, strict=True):
        value, parts = (np.concatenate((x, x.sum(axis=-1, keepdims=True)), axis=-1) for x in (value, parts))
        error = half * np.nanstd(parts, axis=0, ddof=1)
        out.append(Estimate(value, value - error, value + error))
    return out[0], out[1]
