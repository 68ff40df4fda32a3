"""Fits a head (see ``head.py``) to labelled texts; how far it may leave the engine is settled by cross-validation.

The engine's features and the grams are fitted apart, each with a strength of its own, and weighed against each other by
what they said of texts that neither had seen (stacking): fitted at once, the dense features leave the grams little to
say, and figures on other authors were lower. Both parts are linear, and so is their mixture: one head.

With few labels the answer is "not at all": the head is then the engine with, at most, another bias.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from vocpipe.contracts import Classifier
from vocpipe.enrichment.head import BITS, LABELS, LEAST, Head, counted, judged, weighed

# How strongly the weights are held back, from "not at all free" on; per text, so that more labels make them freer.
STRENGTHS = {"dense": (np.inf, 1000.0, 300.0, 100.0, 30.0, 10.0), "grams": (30.0, 10.0, 3.0)}
# How much a gram weighs beside a dense feature: a text has some hundred of each, but its grams have length 1 together.
GRAMS = 10.0
DENSE = 0.3
HELD_BACK = 20.0  # the engine's own trust and bias, and the share of each part: worth about so many texts
FOLDS = 4
STEPS = 80
SURE = 2  # standard errors by which the mixture must be better: words of few texts mislead


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


@dataclass(frozen=True, slots=True)
class Freedom:
    """How a head is fitted: the strength of each part, and how the parts are mixed (weights of both, and a bias)."""

    dense: float
    grams: float
    mixture: tuple[float, ...] = (1.0, 0.0, 0.0, 0.0, 0.0)

    @property
    def with_grams(self) -> bool:
        """Whether the grams have a say at all."""
        return self.mixture[1] != 0

    def told(self) -> str:
        """In words, for a report."""
        grams = f", grams {self.grams:g} at a share of {self.mixture[1]:.2f}" if self.with_grams else ""
        return f"features held back by {self.dense:g}{grams}"


def fit_head(
    engine: Classifier, texts: Sequence[str], labels: Sequence[str], authors: Sequence[str | None]
) -> tuple[Head, dict[str, float]]:
    """A head for this engine, and the mean log loss by cross-validation of what was tried ('engine' is the engine with
    another bias, 'mixture' what was taken).

    Folds never part the texts of one author. Raises ValueError where there are fewer than two labels or ten texts.
    """
    if len(set(labels)) < 2 or len(texts) < 2 * FOLDS:
        raise ValueError("too few labels: at least ten texts with two different labels")
    seen = look(engine, texts, labels)
    freedom, losses = choose(seen, authors)
    return fit(seen, freedom, engine.version), losses


def look(engine: Any, texts: Sequence[str], labels: Sequence[str]) -> _Seen:
    """What the head will see of these texts."""
    truth = np.eye(len(LABELS))[[LABELS.index(label) for label in labels]]
    said, dense = judged(engine, texts)
    return _Seen(np.log(np.maximum(said, LEAST)), dense, counted(texts), truth)


def choose(seen: _Seen, authors: Sequence[str | None]) -> tuple[Freedom, dict[str, float]]:
    """How to fit: of the dense part the strongest whose loss is within one standard error of the best one's, of the
    grams the best; the mixture of both only where it is surely better than the dense part."""
    folds = folds_of(authors)
    unseen = {(part, strength): np.zeros_like(seen.truth) for part in STRENGTHS for strength in STRENGTHS[part]}
    for fold in np.unique(folds):
        inside, out = seen.part(np.flatnonzero(folds != fold)), np.flatnonzero(folds == fold)
        for part, strengths in STRENGTHS.items():
            problem, outside = _Problem(inside, part), seen.part(out)
            for strength in strengths:
                unseen[part, strength][out] = logits_of(problem.solved(strength, ""), outside, part)
    losses = {key: losses_of(logits, seen.truth) for key, logits in unseen.items()}
    dense = next(s for s in STRENGTHS["dense"] if not is_worse(losses["dense", s], best_of(losses, "dense")))
    grams = min(STRENGTHS["grams"], key=lambda s: losses["grams", s].mean())
    mixture = mixed(unseen["dense", dense], unseen["grams", grams], seen.truth)
    both = losses_of(
        mixture[0] * unseen["dense", dense] + mixture[1] * unseen["grams", grams] + mixture[2:], seen.truth
    )
    told = {f"{part} {strength:g}": float(loss.mean()) for (part, strength), loss in losses.items()}
    told |= {"engine": told.pop("dense inf"), "mixture": float(both.mean())}
    if not is_worse(losses["dense", dense], both, SURE):
        return Freedom(dense, grams), told | {"mixture": float(losses["dense", dense].mean())}
    return Freedom(dense, grams, tuple(mixture.tolist())), told


def best_of(losses: dict[tuple[str, float], np.ndarray], part: str) -> np.ndarray:
    """The losses of the strength that does best in a part."""
    return min((loss for (name, _), loss in losses.items() if name == part), key=np.mean)


def is_worse(losses: np.ndarray, than: np.ndarray, errors: float = 1) -> bool:
    """Whether the mean loss is greater by more than so many standard errors of the difference."""
    difference = losses - than
    return bool(difference.mean() > errors * difference.std() / np.sqrt(len(difference)))


def losses_of(logits: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """The log loss of each text."""
    return np.asarray(-(truth * log_softmax(logits)).sum(axis=1))


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Logarithms of the probabilities, n x 3."""
    z = logits - logits.max(axis=1, keepdims=True)
    return np.asarray(z - np.log(np.exp(z).sum(axis=1, keepdims=True)))


def logits_of(head: Head, seen: _Seen, part: str) -> np.ndarray:
    """What one part says of texts; the grams speak without the engine."""
    if part == "grams":
        return np.asarray(head.bias + weighed(seen.counts, head.rarity) @ head.grams)
    dense = ((seen.dense - head.mean) / head.scale) @ head.dense if len(head.mean) else 0.0
    return np.asarray(head.trust * seen.said + head.bias + dense)


def mixed(dense: np.ndarray, grams: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Weights of the two parts and a bias (5,) of least loss on texts that neither part had seen."""
    from scipy.optimize import minimize

    start = np.array([1.0, 0.0, 0.0, 0.0, 0.0])

    def loss(v: np.ndarray) -> tuple[float, np.ndarray]:
        log_p = log_softmax(v[0] * dense + v[1] * grams + v[2:])
        error = np.exp(log_p) - truth
        slope = np.array([(error * dense).sum(), (error * grams).sum(), *error.sum(axis=0)])
        held = HELD_BACK * (v - start)
        return float(-(truth * log_p).sum() + 0.5 * held @ (v - start)), slope + held

    return np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B").x)


def folds_of(authors: Sequence[str | None]) -> np.ndarray:
    """The fold of each text, 0 to FOLDS - 1: an author's texts lie together, texts without an author each alone."""
    keys = [author if author is not None else (i,) for i, author in enumerate(authors)]
    names = list(dict.fromkeys(keys))
    order = np.random.default_rng(0).permutation(len(names))
    fold = {name: int(place) % FOLDS for name, place in zip(names, order, strict=True)}
    return np.array([fold[key] for key in keys])


def fit(seen: _Seen, freedom: Freedom, engine: str) -> Head:
    """The head fitted as ``freedom`` says: its two parts, mixed."""
    dense = _Problem(seen, "dense").solved(freedom.dense, engine)
    if not freedom.with_grams:
        return dense
    grams = _Problem(seen, "grams").solved(freedom.grams, engine)
    of_dense, of_grams, *bias = freedom.mixture
    return replace(
        dense,
        trust=of_dense * dense.trust,
        bias=of_dense * dense.bias + of_grams * grams.bias + np.array(bias),
        dense=of_dense * dense.dense,
        grams=of_grams * grams.grams,
    )


class _Problem:
    """The texts as one part of a head sees them; each strength starts from the solution of the one before."""

    def __init__(self, seen: _Seen, part: str) -> None:
        n = len(seen.truth)
        often = np.asarray((seen.counts > 0).sum(axis=0)).ravel()
        self._seen, self._rarity, self._is_grams = seen, np.log((1 + n) / (1 + often)) + 1, part == "grams"
        self._used = np.flatnonzero(often > 1)
        self._mean, self._scale = seen.dense.mean(axis=0), seen.dense.std(axis=0) + 1e-6
        if self._is_grams:
            self._features = (weighed(seen.counts, self._rarity)[:, self._used] * GRAMS).astype(np.float32)
        else:
            self._features = ((seen.dense - self._mean) / self._scale * DENSE).astype(np.float32)
        self._last = np.zeros(self._features.shape[1] * len(LABELS))

    def solved(self, strength: float, engine: str) -> Head:
        """The part of least log loss plus ``strength`` times the squared weights; at infinity bias and trust alone."""
        from scipy.optimize import minimize

        is_free = bool(np.isfinite(strength))
        some = self._features if is_free else self._features[:, :0]
        said = np.zeros_like(self._seen.said) if self._is_grams else self._seen.said
        loss = _Loss(some, said, self._seen.truth, strength)
        start = np.concatenate(([1, 0, 0, 0], self._last if is_free else []))
        found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": STEPS, "maxcor": 8}).x
        dense, grams = np.zeros((self._seen.dense.shape[1], len(LABELS))), np.zeros((2 << BITS, len(LABELS)))
        if is_free:
            self._last = found[4:]
            w = self._last.reshape(-1, len(LABELS))
            if self._is_grams:
                grams[self._used] = w * GRAMS
            else:
                dense = w * DENSE
        return Head(engine, found[:1], found[1:4], self._mean, self._scale, dense, self._rarity, grams)


class _Loss:
    """The regularised loss and its gradient, for L-BFGS: trust, bias, weights of the features."""

    def __init__(self, features: Any, said: np.ndarray, truth: np.ndarray, strength: float) -> None:
        self._features, self._back = features, features.T.tocsr() if hasattr(features, "tocsr") else features.T
        self._said, self._truth, self._strength = said, truth, strength

    def __call__(self, v: np.ndarray) -> tuple[float, np.ndarray]:
        trust, bias, w = v[0], v[1:4], v[4:].reshape(-1, len(LABELS))
        log_p = log_softmax(trust * self._said + bias + self._features @ w.astype(np.float32))
        error = np.exp(log_p) - self._truth
        strength = self._strength if w.size else 0.0
        held = HELD_BACK * ((trust - 1) ** 2 + 0.1 * (bias**2).sum())
        value = -(self._truth * log_p).sum() + 0.5 * (held + strength * (w**2).sum())
        slope = self._back @ error.astype(np.float32) + strength * w
        own = ((error * self._said).sum() + HELD_BACK * (trust - 1), error.sum(axis=0) + 0.1 * HELD_BACK * bias)
        return float(value), np.concatenate([np.ravel(part) for part in (*own, slope)])
