"""Fits a head (see ``head.py``) to labelled texts; how far it may leave the engine is settled by cross-validation.

The dense features, the words and the pieces of words are fitted apart, each with a strength of its own, and weighed
against each other by what they said of texts that none had seen (stacking, with a matrix for each part: what speaks
for praise in one may speak against neutral in another). Fitted at once, the dense features leave the words little to
say, and figures on other authors were lower. Every part is linear, and so is their mixture: one head.

The vectors of the sentence encoder stand beside the engine's features only where that is surely better, since they
double the time that a text takes.

With few labels the answer is "not at all": the head is then the engine with, at most, another bias.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vocpipe.contracts import Classifier
from vocpipe.enrichment.encoder import SIZE, Encoder
from vocpipe.enrichment.head import BITS, LABELS, LEAST, Head, counted, has_features, judged, weighed

# How strongly the weights are held back, from "not at all free" on; per text, so that more labels make them freer.
DENSE_STRENGTHS = (np.inf, 1000.0, 300.0, 100.0, 30.0, 10.0)
STRENGTHS = {
    "dense": DENSE_STRENGTHS,
    "meaning": (300.0, 100.0, 30.0),  # the dense features and the encoder's vectors
    "words": (50.0, 20.0),
    "pieces": (50.0, 20.0),
}
GRAMS_OF = {"words": slice(0, 1 << BITS), "pieces": slice(1 << BITS, 2 << BITS)}
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
    encoder: str = ""  # the version of the encoder whose vectors are the last of the dense features; '' for none

    def part(self, rows: np.ndarray) -> _Seen:
        """Some of the texts."""
        return _Seen(self.said[rows], self.dense[rows], self.counts[rows], self.truth[rows], self.encoder)


@dataclass(frozen=True, slots=True)
class Freedom:
    """How a head is fitted: the parts with the strength of each, the dense one first, and how they are mixed: one
    matrix a part (parts x 3 x 3), and a bias."""

    strengths: dict[str, float]
    mixture: np.ndarray
    bias: np.ndarray

    def told(self) -> str:
        """In words, for a report."""
        return ", ".join(f"{part} held back by {strength:g}" for part, strength in self.strengths.items())


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
    encoder = Encoder() if has_features(engine) else None  # an engine without features was chosen for its speed
    said, dense = judged(engine, texts, encoder)
    return _Seen(np.log(np.maximum(said, LEAST)), dense, counted(texts), truth, encoder.version if encoder else "")


def choose(seen: _Seen, authors: Sequence[str | None]) -> tuple[Freedom, dict[str, float]]:
    """How to fit: of the dense part the strongest whose loss is within one standard error of the best one's, with the
    encoder only where that is surely better; of words and pieces the best; and the mixture of all three only where it
    is surely better than the dense part."""
    folds = folds_of(authors)
    parts = [part for part in STRENGTHS if part != "meaning" or seen.encoder]
    unseen = {(part, strength): np.zeros_like(seen.truth) for part in parts for strength in STRENGTHS[part]}
    for fold in np.unique(folds):
        inside, out = seen.part(np.flatnonzero(folds != fold)), np.flatnonzero(folds == fold)
        for part in parts:
            problem, outside = _Problem(inside, part), seen.part(out)
            for strength in STRENGTHS[part]:
                unseen[part, strength][out] = logits_of(problem.solved(strength, ""), outside, part)
    losses = {key: losses_of(logits, seen.truth) for key, logits in unseen.items()}
    strengths = {part: best_strength(losses, part) for part in parts}
    strengths["dense"] = next(s for s in DENSE_STRENGTHS if not is_worse(losses["dense", s], best_of(losses, "dense")))
    with_meaning = "meaning" in parts and is_worse(best_of(losses, "dense"), best_of(losses, "meaning"), SURE)
    first = "meaning" if with_meaning else "dense"
    taken = {part: strengths[part] for part in (first, "words", "pieces")}
    said = np.stack([unseen[part, strength] for part, strength in taken.items()])
    mixture, bias = mixed(said, seen.truth)
    both = losses_of(_mixture_of(said, mixture, bias), seen.truth)
    told = {f"{part} {strength:g}": float(loss.mean()) for (part, strength), loss in losses.items()}
    told |= {"engine": told.pop("dense inf"), "mixture": float(both.mean())}
    alone = losses[first, taken[first]]
    if not is_worse(alone, both, SURE):
        lone = Freedom({first: taken[first]}, np.eye(len(LABELS))[None], np.zeros(len(LABELS)))
        return lone, told | {"mixture": float(alone.mean())}
    return Freedom(taken, mixture, bias), told


def best_strength(losses: dict[tuple[str, float], np.ndarray], part: str) -> float:
    """The strength of a part whose mean loss is least."""
    return min(STRENGTHS[part], key=lambda strength: losses[part, strength].mean())


def best_of(losses: dict[tuple[str, float], np.ndarray], part: str) -> np.ndarray:
    """The losses of the strength that does best in a part."""
    return losses[part, best_strength(losses, part)]


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
    """What one part says of texts; words and pieces speak without the engine."""
    if part in GRAMS_OF:
        return np.asarray(head.bias + weighed(seen.counts, head.rarity) @ head.grams)
    features = seen.dense[:, : len(head.mean)]
    dense = ((features - head.mean) / head.scale) @ head.dense if len(head.mean) else 0.0
    return np.asarray(seen.said @ head.trust + head.bias + dense)


def mixed(said: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A matrix for each part (parts x 3 x 3) and a bias (3,) of least loss on texts that no part had seen; ``said`` are
    the parts' logits, parts x n x 3. Where texts are few the first part stands alone.

    Learnt on logits whose mean is 0, each matrix keeps the sums of its columns, which are alike: so a text's logits may
    be mixed as they are, for what they have in common falls away.
    """
    from scipy.optimize import minimize

    k = len(LABELS)
    start = np.concatenate([np.eye(k).ravel(), np.zeros((len(said) - 1) * k * k + k)])
    of = said - said.mean(axis=2, keepdims=True)

    def loss(v: np.ndarray) -> tuple[float, np.ndarray]:
        log_p = log_softmax(_mixture_of(of, v[:-k].reshape(-1, k, k), v[-k:]))
        error = np.exp(log_p) - truth
        slope = np.concatenate([*(np.ravel(part.T @ error) for part in of), error.sum(axis=0)])
        held = HELD_BACK * (v - start)
        return float(-(truth * log_p).sum() + 0.5 * held @ (v - start)), slope + held

    found = minimize(loss, start, jac=True, method="L-BFGS-B").x
    return found[:-k].reshape(-1, k, k), found[-k:]


def _mixture_of(said: np.ndarray, mixture: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """The mixed logits, n x 3, of parts x n x 3."""
    return np.asarray(np.einsum("pni,pij->nj", said, mixture) + bias)


def folds_of(authors: Sequence[str | None]) -> np.ndarray:
    """The fold of each text, 0 to FOLDS - 1: an author's texts lie together, texts without an author each alone."""
    keys = [author if author is not None else (i,) for i, author in enumerate(authors)]
    names = list(dict.fromkeys(keys))
    order = np.random.default_rng(0).permutation(len(names))
    fold = {name: int(place) % FOLDS for name, place in zip(names, order, strict=True)}
    return np.array([fold[key] for key in keys])


def fit(seen: _Seen, freedom: Freedom, engine: str) -> Head:
    """The head fitted as ``freedom`` says: its parts, mixed."""
    made = {part: _Problem(seen, part).solved(strength, engine) for part, strength in freedom.strengths.items()}
    mixture = freedom.mixture
    dense, *grams = made.values()
    return Head(
        engine,
        dense.encoder,
        trust=dense.trust @ mixture[0],
        bias=freedom.bias + sum(part.bias @ matrix for part, matrix in zip(made.values(), mixture, strict=True)),
        mean=dense.mean,
        scale=dense.scale,
        dense=dense.dense @ mixture[0],
        rarity=dense.rarity,
        grams=sum((part.grams @ m for part, m in zip(grams, mixture[1:], strict=True)), dense.grams),
    )


class _Problem:
    """The texts as one part of a head sees them; each strength starts from the solution of the one before."""

    def __init__(self, seen: _Seen, part: str) -> None:
        n = len(seen.truth)
        often = np.asarray((seen.counts > 0).sum(axis=0)).ravel()
        self._seen, self._rarity, self._is_grams = seen, np.log((1 + n) / (1 + often)) + 1, part in GRAMS_OF
        self._encoder = seen.encoder if part == "meaning" else ""
        dense = seen.dense[:, :-SIZE] if seen.encoder and not self._encoder else seen.dense
        self._mean, self._scale = dense.mean(axis=0), dense.std(axis=0) + 1e-6
        if self._is_grams:
            self._used = GRAMS_OF[part].start + np.flatnonzero(often[GRAMS_OF[part]] > 1)
            self._features = (weighed(seen.counts, self._rarity)[:, self._used] * GRAMS).astype(np.float32)
        else:
            self._features = ((dense - self._mean) / self._scale * DENSE).astype(np.float32)
        self._last = np.zeros(self._features.shape[1] * len(LABELS))

    def solved(self, strength: float, engine: str) -> Head:
        """The part of least log loss plus ``strength`` times the squared weights; at infinity bias and trust alone."""
        from scipy.optimize import minimize
        from threadpoolctl import threadpool_limits

        is_free = bool(np.isfinite(strength))
        some = self._features if is_free else self._features[:, :0]
        said = np.zeros_like(self._seen.said) if self._is_grams else self._seen.said
        loss = _Loss(some, said, self._seen.truth, strength)
        start = np.concatenate(([1, 0, 0, 0], self._last if is_free else []))
        with threadpool_limits(1):  # several threads are no faster here, and ten times slower on a busy machine
            found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": STEPS, "maxcor": 8}).x
        dense, grams = np.zeros((len(self._mean), len(LABELS))), np.zeros((2 << BITS, len(LABELS)))
        if is_free:
            self._last = found[4:]
            w = self._last.reshape(-1, len(LABELS))
            if self._is_grams:
                grams[self._used] = w * GRAMS
            else:
                dense = w * DENSE
        trust = found[0] * np.eye(len(LABELS))
        return Head(engine, self._encoder, trust, found[1:4], self._mean, self._scale, dense, self._rarity, grams)


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
