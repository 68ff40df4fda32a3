"""How the views of a topic model are joined: one weight each, probabilities, and whether a text is known at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

KEPT = 0.93  # share of the labelled texts that must stay known
SEVERAL = 1.02  # mean topics a text from which texts are taken to have several
# What the views count before any text was seen: keywords, words; then with the encoder meaning, both, nearest.
PRIOR = {False: np.array([4.0, 0.5]), True: np.array([3.0, 0.25, 1.0, 2.0, 3.0])}
PULL = 40.0  # how strongly: 5, 10, 50 labels a topic are then never worse than the keywords alone (docs/topics.md)


@dataclass(frozen=True, slots=True)
class Blend:
    """What each view counts, the level, and from which closeness on a text is known."""

    weights: np.ndarray  # one per view
    level: float  # added before the sigmoid, where texts have several topics
    centre: np.ndarray  # mean of the two signs of a known text: log probability, nearest cosine
    spread: np.ndarray
    known_from: float
    several: bool

    def probabilities(self, scores: np.ndarray) -> np.ndarray:
        """texts x topics."""
        total = scores @ self.weights + self.level
        if self.several:
            return np.asarray(1 / (1 + np.exp(-np.clip(total, -50, 50))))
        return softmax(total)

    def closeness(self, scores: np.ndarray) -> np.ndarray:
        """How sure it is that a text has a topic of the taxonomy at all: the mean of both signs, in their spreads."""
        return np.asarray(((_signs(scores, self.probabilities(scores)) - self.centre) / self.spread).mean(axis=1))


def _signs(scores: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Two signs that a text is known: the log odds of the best topic, and the nearest cosine (without the encoder: the
    best score of the words)."""
    best = np.clip(p.max(axis=1), 1e-6, 1 - 1e-6)
    return np.stack((np.log(best / (1 - best)), scores[:, :, -1].max(axis=1)), axis=1)


def softmax(scores: np.ndarray) -> np.ndarray:
    """Rows of positive shares that add to 1."""
    power = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(power / power.sum(axis=1, keepdims=True))


def fit_blend(scores: np.ndarray, y: np.ndarray, prior: np.ndarray) -> Blend:
    """The weights under which the topics are likeliest (not below 0, drawn to the prior where texts are few)."""
    from scipy.optimize import minimize

    several = bool(y.sum(axis=1).mean() > SEVERAL)
    blend = Blend(prior, 0.0, np.zeros(2), np.ones(2), -np.inf, several)

    def loss(values: np.ndarray) -> float:
        p = np.clip(_with(blend, values).probabilities(scores), 1e-9, 1 - 1e-9)
        said = y * np.log(p) + (1 - y) * np.log(1 - p) if several else y * np.log(p)
        return float(-said.sum() + 0.5 * PULL * ((values[:-1] - prior) ** 2).sum())

    bounds = [(0.0, 60.0)] * len(prior) + [(-30.0, 30.0) if several else (0.0, 0.0)]
    found = minimize(loss, np.append(prior, -2.0 if several else 0.0), bounds=bounds, method="L-BFGS-B")
    blend = _with(blend, found.x)
    signs = _signs(scores, blend.probabilities(scores))
    centre, spread = signs.mean(axis=0), np.maximum(signs.std(axis=0), 1e-6)
    known_from = float(np.quantile(((signs - centre) / spread).mean(axis=1), 1 - KEPT))
    return Blend(blend.weights, blend.level, centre, spread, known_from, several)


def _with(blend: Blend, values: np.ndarray) -> Blend:
    return Blend(values[:-1], float(values[-1]), blend.centre, blend.spread, blend.known_from, blend.several)
