"""Fits a head (see ``head.py``) to labelled texts; how far it may leave the engine is settled by cross-validation.

With few labels the grid's answer is "not at all": the head is then the engine with, at most, another bias.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vocpipe.contracts import Classifier
from vocpipe.enrichment.head import BITS, LABELS, LEAST, Head, counted, judged, weighed

# How strongly the weights are held back, from "not at all free" on; per text, so that more labels make them freer.
STRENGTHS = (np.inf, 1000.0, 300.0, 100.0, 30.0, 10.0)
# How much a gram weighs beside a dense feature: a text has some hundred of each, but its grams have length 1 together.
GRAMS = 10.0
DENSE = 0.3
HELD_BACK = 20.0  # the engine's own trust and bias: worth about so many texts
FOLDS = 4
STEPS = 80


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a head sees of labelled texts: logarithms of the engine's probabilities, dense features, counted grams."""

    said: np.ndarray
    dense: np.ndarray
    counts: Any
    truth: np.ndarray  # n x 3, one 1 a row (or soft labels)

    def part(self, rows: np.ndarray) -> _Seen:
        """Some of the texts."""
        return _Seen(self.said[rows], self.dense[rows], self.counts[rows], self.truth[rows])


def fit_head(
    engine: Classifier, texts: Sequence[str], labels: Sequence[str], authors: Sequence[str | None]
) -> tuple[Head, dict[str, float]]:
    """A head for this engine, and the mean log loss by cross-validation of each strength tried ('inf' is the engine).

    Folds never part the texts of one author. Raises ValueError where there are fewer than two labels or ten texts.
    """
    if len(set(labels)) < 2 or len(texts) < 2 * FOLDS:
        raise ValueError("too few labels: at least ten texts with two different labels")
    seen = look(engine, texts, labels)
    strength, losses = choose(seen, authors)
    return fit(seen, strength, engine.version), losses


def look(engine: Any, texts: Sequence[str], labels: Sequence[str]) -> _Seen:
    """What the head will see of these texts."""
    truth = np.eye(len(LABELS))[[LABELS.index(label) for label in labels]]
    said, dense = judged(engine, texts)
    return _Seen(np.log(np.maximum(said, LEAST)), dense, counted(texts), truth)


def choose(seen: _Seen, authors: Sequence[str | None]) -> tuple[float, dict[str, float]]:
    """The strength to fit with: the strongest whose loss is within one standard error of the best one's."""
    folds = folds_of(authors)
    losses = np.zeros((len(STRENGTHS), len(folds)))
    for fold in range(FOLDS):
        inside, outside = seen.part(np.flatnonzero(folds != fold)), seen.part(np.flatnonzero(folds == fold))
        if not len(outside.truth):
            continue
        problem = _Problem(inside)
        for i, strength in enumerate(STRENGTHS):
            head = problem.solved(strength, "")
            p = head.probabilities(np.exp(outside.said), outside.dense, weighed(outside.counts, head.rarity))
            losses[i, folds == fold] = -(outside.truth * np.log(np.maximum(p, LEAST))).sum(axis=1)
    mean = losses.mean(axis=1)
    best = int(mean.argmin())
    worse = losses - losses[best]
    error = worse.std(axis=1) / np.sqrt(len(folds))
    chosen = next(i for i in range(len(STRENGTHS)) if worse[i].mean() <= error[i])
    return STRENGTHS[chosen], {f"{strength:g}": float(loss) for strength, loss in zip(STRENGTHS, mean, strict=True)}


def folds_of(authors: Sequence[str | None]) -> np.ndarray:
    """The fold of each text, 0 to FOLDS - 1: an author's texts lie together, texts without an author each alone."""
    keys = [author if author is not None else (i,) for i, author in enumerate(authors)]
    names = list(dict.fromkeys(keys))
    order = np.random.default_rng(0).permutation(len(names))
    fold = {name: int(place) % FOLDS for name, place in zip(names, order, strict=True)}
    return np.array([fold[key] for key in keys])


def fit(seen: _Seen, strength: float, engine: str) -> Head:
    """The head of least log loss plus ``strength`` times the squared weights; at infinity bias and trust alone."""
    return _Problem(seen).solved(strength, engine)


class _Problem:
    """The texts as one sparse matrix; each strength starts from the solution of the one before."""

    def __init__(self, seen: _Seen) -> None:
        n = len(seen.truth)
        often = np.asarray((seen.counts > 0).sum(axis=0)).ravel()
        self._seen, self._rarity = seen, np.log((1 + n) / (1 + often)) + 1
        self._used = np.flatnonzero(often > 1)
        self._mean, self._scale = seen.dense.mean(axis=0), seen.dense.std(axis=0) + 1e-6
        self._dense = ((seen.dense - self._mean) / self._scale * DENSE).astype(np.float32)
        self._grams = (weighed(seen.counts, self._rarity)[:, self._used] * GRAMS).astype(np.float32)
        self._last = np.zeros((self._dense.shape[1] + len(self._used)) * len(LABELS))

    def solved(self, strength: float, engine: str) -> Head:
        """The head at one strength."""
        from scipy.optimize import minimize

        is_free = bool(np.isfinite(strength))
        some = slice(None) if is_free else slice(0)
        loss = _Loss(self._dense[:, some], self._grams[:, some], self._seen, strength)
        start = np.concatenate(([1, 0, 0, 0], self._last if is_free else []))
        found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": STEPS, "maxcor": 8}).x
        d = self._seen.dense.shape[1]
        dense, grams = np.zeros((d, len(LABELS))), np.zeros((2 << BITS, len(LABELS)))
        if is_free:
            self._last = found[4:]
            w = self._last.reshape(-1, len(LABELS))
            dense, grams[self._used] = w[:d] * DENSE, w[d:] * GRAMS
        return Head(engine, found[:1], found[1:4], self._mean, self._scale, dense, self._rarity, grams)


class _Loss:
    """The regularised loss and its gradient, for L-BFGS: trust, bias, weights of dense features and of grams."""

    def __init__(self, dense: np.ndarray, grams: Any, seen: _Seen, strength: float) -> None:
        self._dense, self._grams, self._back = dense, grams, grams.T.tocsr()
        self._said, self._truth, self._strength = seen.said, seen.truth, strength

    def __call__(self, v: np.ndarray) -> tuple[float, np.ndarray]:
        trust, bias, w = v[0], v[1:4], v[4:].reshape(-1, len(LABELS))
        d, single = self._dense.shape[1], w.astype(np.float32)
        z = trust * self._said + bias + self._dense @ single[:d] + self._grams @ single[d:]
        z = z - z.max(axis=1, keepdims=True)
        log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
        error = np.exp(log_p) - self._truth
        some = error.astype(np.float32)
        strength = self._strength if w.size else 0.0
        held = HELD_BACK * ((trust - 1) ** 2 + 0.1 * (bias**2).sum())
        value = -(self._truth * log_p).sum() + 0.5 * (held + strength * (w**2).sum())
        slope = np.concatenate((self._dense.T @ some, self._back @ some)) + strength * w
        own = ((error * self._said).sum() + HELD_BACK * (trust - 1), error.sum(axis=0) + 0.1 * HELD_BACK * bias)
        return float(value), np.concatenate([np.ravel(part) for part in (*own, slope)])
