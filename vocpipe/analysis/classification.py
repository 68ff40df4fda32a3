"""How good a classifier is on texts whose answer is known: figures with intervals, and one model against another.

Every figure is a function of sums over texts, so that an interval is had by summing anew over authors drawn with
replacement (a bootstrap over clusters): texts of one author are alike, and counting them as independent would make
every interval too narrow. Where no author is known each text is a cluster of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

BINS = 10  # of probability, for the calibration error
DRAWS = 1000
CONFIDENCE = 0.95
Sums = np.ndarray  # draws x components
Statistic = Callable[[Sums], np.ndarray]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure with its 95 % interval, over ``n`` texts of ``n_authors`` authors (or texts without one)."""

    metric: str
    value: float
    ci_low: float
    ci_high: float
    n: int
    n_authors: int


def of_labels(truth: Sequence[str], predicted: Sequence[str], authors: Sequence[str | None]) -> list[Figure]:
    """accuracy, macro_f1 and macro_recall of labels against the truth, each 0…1; nothing for no texts.

    macro_f1 is the plain mean over the labels that occur on either side, macro_recall over those that are true of some
    text (as in scikit-learn).
    """
    labels, true, said = _coded(truth, predicted)
    counts = _pairs(true, said, len(labels))
    return measured(
        counts,
        clusters_of(authors),
        {name: _of_confusion(name, len(labels)) for name in ("accuracy", "macro_f1", "macro_recall")},
    )


def of_probabilities(
    truth: Sequence[str], probabilities: np.ndarray, labels: Sequence[str], authors: Sequence[str | None]
) -> list[Figure]:
    """calibration_error (expected, of the likeliest label, ten bins of equal width; biased upwards for few texts) and
    net_sentiment, net_sentiment_true and net_sentiment_gap (mean of P(positive) - P(negative), the same of the true
    labels, and the first less the second) of n x len(labels) probabilities.
    """
    true = np.array([labels.index(label) for label in truth], dtype=int)
    best = probabilities.max(axis=1)
    bins = np.minimum((best * BINS).astype(int), BINS - 1)
    sure, right = np.zeros((len(true), BINS)), np.zeros((len(true), BINS))
    sure[np.arange(len(true)), bins] = best
    right[np.arange(len(true)), bins] = probabilities.argmax(axis=1) == true
    sign = np.array([{"negative": -1.0, "positive": 1.0}.get(label, 0.0) for label in labels])
    net = np.column_stack((probabilities @ sign, sign[true], np.ones(len(true))))
    statistics: dict[str, Statistic] = {
        "calibration_error": lambda s: np.abs(s[:, :BINS] - s[:, BINS : 2 * BINS]).sum(axis=1) / s[:, -1],
        "net_sentiment": lambda s: s[:, -3] / s[:, -1],
        "net_sentiment_true": lambda s: s[:, -2] / s[:, -1],
        "net_sentiment_gap": lambda s: (s[:, -3] - s[:, -2]) / s[:, -1],
    }
    return measured(np.column_stack((sure, right, net)), clusters_of(authors), statistics)


def share(is_so: Sequence[bool], name: str, authors: Sequence[str | None]) -> list[Figure]:
    """The share of texts of which something is so, under the name given."""
    counts = np.column_stack((np.asarray(is_so, dtype=float), np.ones(len(is_so))))
    return measured(counts, clusters_of(authors), {name: lambda s: s[:, 0] / s[:, 1]})


def gain(
    metric: str, truth: Sequence[str], old: Sequence[str], new: Sequence[str], authors: Sequence[str | None]
) -> Figure:
    """By how much ``metric`` (as in ``of_labels``) is better in ``new`` than in ``old`` on the very same texts.

    Both are summed over the same draws of authors (a paired bootstrap). Raises ValueError for no texts.
    """
    labels, true, said = _coded(truth, [*old, *new])
    n, k = len(true), len(labels)
    if not n:
        raise ValueError("no texts to compare on")
    counts = np.column_stack((_pairs(true, said[:n], k), _pairs(true, said[n:], k)))
    one = _of_confusion(metric, k)
    better: Statistic = lambda s: one(s[:, k * k :]) - one(s[:, : k * k])  # noqa: E731
    [found] = measured(counts, clusters_of(authors), {metric: better})
    return found


def measured(components: np.ndarray, clusters: np.ndarray, statistics: dict[str, Statistic]) -> list[Figure]:
    """Each statistic of the components' sums, with percentile intervals over clusters drawn with replacement; where
    every text is a cluster and the statistic a mere share of right ones, Wilson's interval, which holds for few texts.

    ``components`` is n x m, ``clusters`` says for each row to which it belongs.
    """
    n = len(components)
    if not n:
        return []
    count = int(clusters.max()) + 1
    sums = np.zeros((count, components.shape[1]))
    np.add.at(sums, clusters, components)
    draws = np.random.default_rng(0).multinomial(count, np.full(count, 1 / count), size=DRAWS) @ sums
    found = []
    for name, statistic in statistics.items():
        value = float(statistic(sums.sum(axis=0, keepdims=True))[0])
        if count == n and name in ("accuracy", "unknown_share"):
            low, high = wilson(value * n, n)
        else:
            low, high = np.nanquantile(statistic(draws), [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
        found.append(Figure(name, value, float(low), float(high), n, count))
    return found


def wilson(right: float, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share: ``right`` of ``n``."""
    z = 1.959963984540054
    share, middle = right / n, 1 + z * z / n
    half = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, float((share + z * z / (2 * n) - half) / middle)), min(
        1.0, float((share + z * z / (2 * n) + half) / middle)
    )


def clusters_of(authors: Sequence[str | None]) -> np.ndarray:
    """The number of each text's author; texts without one are each on their own."""
    numbers: dict[object, int] = {}
    keys = (author if author is not None else (i,) for i, author in enumerate(authors))
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=int)


def held_out(authors: Sequence[str | None], texts: Sequence[str], share: float, salt: str = "") -> np.ndarray:
    """Which texts are held out: all of an author or none, by a hash, about ``share`` of them; the same on every run."""
    from hashlib import sha256

    keys = (author if author is not None else text for author, text in zip(authors, texts, strict=True))
    shares = [int(sha256(f"{salt}{key}".strip().lower().encode()).hexdigest()[:8], 16) / 2**32 for key in keys]
    return np.array(shares) < share


def _coded(truth: Sequence[str], predicted: Sequence[str]) -> tuple[list[str], np.ndarray, np.ndarray]:
    labels = sorted({*truth, *predicted})
    place = {label: i for i, label in enumerate(labels)}
    true, said = (np.array([place[label] for label in some], dtype=int) for some in (truth, predicted))
    return labels, true, said


def _pairs(true: np.ndarray, said: np.ndarray, k: int) -> np.ndarray:
    """The confusion of each text, n x k²: 1 at (true label, said label)."""
    out = np.zeros((len(true), k * k))
    out[np.arange(len(true)), true * k + said] = 1
    return out


def _of_confusion(metric: str, k: int) -> Statistic:
    def statistic(sums: Sums) -> np.ndarray:
        table = sums.reshape(-1, k, k)
        right = np.einsum("dii->di", table)
        if metric == "accuracy":
            return np.asarray(right.sum(axis=1) / table.sum(axis=(1, 2)))
        true, said = table.sum(axis=2), table.sum(axis=1)
        whole = (true + said) / 2 if metric == "macro_f1" else true
        each = np.divide(right, whole, out=np.full(right.shape, np.nan), where=whole > 0)
        return np.asarray(np.nanmean(each, axis=1))

    return statistic
