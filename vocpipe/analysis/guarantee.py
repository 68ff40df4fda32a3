"""A threshold whose recall is guaranteed: of those in distress at least so many are found, with a stated confidence.

Learn then test (Angelopoulos, Bates, Candès, Jordan and Lei 2021) with a fixed sequence: thresholds are tried from the
most lenient to the strictest in an order that is set beforehand, each by the exact lower bound of Clopper and Pearson
on its recall; the first one that fails ends the search, and the last one that passed is taken. Since the first
failure stops, no correction for trying many is needed: the chance that the chosen threshold misses its target is
1 − ``confidence`` at most, if the labelled cases are drawn by lot from those that the threshold is used on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# Sentiment scores from the most lenient to the strictest; after the last one the plain rules stand alone.
SEQUENCE = np.round(np.arange(1.0, -1.001, -0.05), 2)
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Guarantee:
    """The threshold in force (None: plain rules alone) with its figures among the labelled customers."""

    threshold: float | None
    recall: float | None
    recall_low: float | None
    is_guaranteed: bool
    precision: float | None
    count_customers: int
    count_distress: int
    outcome: str


def choose(
    scores: Sequence[float],
    is_found: Sequence[bool],
    is_distress: Sequence[bool],
    target: float,
    confidence: float = CONFIDENCE,
) -> Guarantee:
    """The strictest threshold whose recall is at least ``target`` with this confidence.

    One entry a labelled customer: the lowest sentiment score (−1…1; NaN: none), whether the plain rules find him
    anyway, and whether he is in distress. A customer is found by the plain rules, or at or below the threshold.
    Without enough customers in distress the plain rules stand alone, and ``outcome`` says so.
    """
    score, plain = np.asarray(scores, dtype=float), np.asarray(is_found, dtype=bool)
    truth = np.asarray(is_distress, dtype=bool)
    n = int(truth.sum())
    found = [plain | (score <= threshold) for threshold in SEQUENCE]  # NaN is at or below nothing
    passed = None
    for place, caught in enumerate([*found, plain]):
        if lower_bound(int((caught & truth).sum()), n, confidence) < target:
            break
        passed = place
    if passed is None or passed == len(SEQUENCE):
        told = too_few(n, target, confidence) if passed is None else "the plain rules alone hold the target"
        return figures(plain, truth, target, None, told, confidence)
    threshold = float(SEQUENCE[passed])
    told = f"unasked texts with a sentiment score of {threshold:g} or less count beside the plain rules"
    return figures(found[passed], truth, target, threshold, told, confidence)


def figures(
    caught: np.ndarray, truth: np.ndarray, target: float, threshold: float | None, told: str, confidence: float
) -> Guarantee:
    """Recall with its lower bound, and precision, of those who are caught."""
    hits, n = int((caught & truth).sum()), int(truth.sum())
    low = lower_bound(hits, n, confidence) if n else None
    return Guarantee(
        threshold, hits / n if n else None, low, low is not None and low >= target,
        hits / int(caught.sum()) if caught.any() else None, len(truth), n, told,
    )  # fmt: skip


def lower_bound(hits: int, n: int, confidence: float = CONFIDENCE) -> float:
    """The one-sided lower bound of Clopper and Pearson (1934) on a share of which ``hits`` of ``n`` were seen."""
    from scipy import stats

    return float(stats.beta.ppf(1 - confidence, hits, n - hits + 1)) if hits else 0.0


def too_few(n: int, target: float, confidence: float) -> str:
    """Why there is no guarantee, and how many labelled customers in distress one needs at least."""
    needed = int(np.ceil(np.log(1 - confidence) / np.log(target)))
    if n >= needed:
        return "the plain rules alone: no threshold on the sentiment score finds enough of the labelled customers"
    return f"the plain rules alone: {n} labelled customers are in distress, a guarantee needs {needed} at least"
