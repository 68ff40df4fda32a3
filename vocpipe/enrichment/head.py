"""What a user's own sentiment labels add to the engine in use: a head on top of what the engine says and sees.

logits = log P(engine) · A + dense · D + grams · G + b: the engine's own judgement is where the fit starts, and what the
labels do not speak for stays as it is. ``dense`` are the engine's features of a text (none, where it has none) and,
where that was surely better, the vector of the sentence encoder beside them; ``grams`` are its hashed words, pairs of
words and pieces of words. ``fit_head.py`` fits it; this file applies it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from vocpipe.contracts import Annotation, Classifier, RunError, TextChoices
from vocpipe.enrichment import cards
from vocpipe.enrichment.encoder import Encoder
from vocpipe.enrichment.wording import plain

_WORD = re.compile(r"\S+")
_SPOKEN_TO = re.compile(r"(?<!\w)@(?=\w)")
KIND = "adapted-1"
FORMAT = 2  # of the features below: a head is only right for the format it was fitted with
LABELS = ("negative", "neutral", "positive")
BITS = 17  # buckets of words and pairs, and as many of pieces
BATCH = 4096
LEAST = 1e-7  # a probability of 0 would be beyond every correction
TOLD_WORDS, TOLD_FROM = 6, 0.02  # words named by ``explain``: how many, and what they must matter


@dataclass(frozen=True, slots=True)
class Head:
    """The figures of a head. ``engine`` is the version of the engine it was fitted on: it fits no other."""

    engine: str
    encoder: str  # the version of the encoder whose vectors are the last of the dense features; '' where none is asked
    trust: np.ndarray  # (3, 3): the weights of the engine's own logarithms of probabilities
    bias: np.ndarray  # (3,)
    mean: np.ndarray  # (d,) of the dense features
    scale: np.ndarray  # (d,)
    dense: np.ndarray  # (d, 3)
    rarity: np.ndarray  # (2 * 2**BITS,) inverse document frequency of each bucket
    grams: np.ndarray  # (2 * 2**BITS, 3)

    def probabilities(self, said: np.ndarray, dense: np.ndarray, grams: Any) -> np.ndarray:
        """n x 3, from the engine's probabilities, dense features (the first d are read) and ``weighed`` grams."""
        z = np.log(np.maximum(said, LEAST)) @ self.trust + self.bias + grams @ self.grams
        if len(self.mean):
            z = z + ((dense[:, : len(self.mean)] - self.mean) / self.scale) @ self.dense
        e = np.exp(z - z.max(axis=1, keepdims=True))
        return np.asarray(e / e.sum(axis=1, keepdims=True))


def counted(texts: Sequence[str]) -> Any:
    """How often each text holds what falls into each bucket, n x (2 * 2**BITS), sparse, as 1 + log of the count.

    The words come first, then the pieces. Whom a text speaks to is a word of it ("@united" counts as "#united" does):
    some companies are praised more than others.
    """
    from scipy.sparse import hstack
    from sklearn.feature_extraction.text import HashingVectorizer

    read = [plain(text).lower() for text in texts]
    named = [plain(_SPOKEN_TO.sub("#", text)).lower() for text in texts]
    some = {"n_features": 1 << BITS, "alternate_sign": False, "norm": None, "lowercase": False}
    words = HashingVectorizer(ngram_range=(1, 2), token_pattern=r"[@#]?\w+(?:'\w+)?|[^\w\s]+", **some)
    pieces = HashingVectorizer(analyzer="char_wb", ngram_range=(2, 5), **some)
    found = hstack([words.transform(named), pieces.transform(read)]).tocsr()
    found.data = 1 + np.log(found.data)
    return found


def weighed(counts: Any, rarity: np.ndarray) -> Any:
    """The counts times the rarity of each bucket; a text's words have length 1 together, and so have its pieces."""
    from scipy.sparse import diags_array, hstack

    found = (counts @ diags_array(rarity)).tocsr()
    halves = []
    for half in (found[:, : 1 << BITS], found[:, 1 << BITS :]):
        length = np.sqrt(np.asarray(half.multiply(half).sum(axis=1)).ravel())
        halves.append(diags_array(1 / np.maximum(length, 1e-12)) @ half)
    return hstack(halves).tocsr()


def judged(engine: Any, texts: Sequence[str], encoder: Encoder | None) -> tuple[np.ndarray, np.ndarray]:
    """The engine's probabilities (n x 3) and features (n x d; d is 0 for an engine that has none) of each text; with an
    encoder its vectors (n x 384) behind the features."""
    if hasattr(engine, "judged"):  # both in one pass of the model
        said, dense = engine.judged(texts)
    else:
        dense = engine.features(texts) if has_features(engine) else np.zeros((len(texts), 0))
        said = engine.predict_proba(texts)
    beside = [encoder.encode(texts)] if encoder is not None else []
    return np.asarray(said), np.hstack([np.asarray(dense), *beside])


def has_features(engine: Any) -> bool:
    """Whether the engine tells more of a text than its probabilities."""
    return hasattr(engine, "features") or hasattr(engine, "judged")


def save(head: Head, path: Path) -> None:
    """Write a head to a file (npz); only the buckets that count are kept."""
    there = np.flatnonzero(np.abs(head.grams).sum(axis=1))
    told = {
        field.name: getattr(head, field.name)
        for field in fields(Head)
        if field.name not in ("grams", "engine", "encoder")
    }
    told |= {"there": there, "grams": head.grams[there].astype(np.float32), "about": np.array(json.dumps(
        {"format": FORMAT, "engine": head.engine, "encoder": head.encoder}))}  # fmt: skip
    told["rarity"] = head.rarity.astype(np.float32)
    with path.open("wb") as file:
        np.savez_compressed(file, **told)


def load(path: Path) -> Head:
    """The head in a file. Raises RunError where the file is damaged or of another format."""
    try:
        with np.load(path, allow_pickle=False) as file:
            told = {name: file[name] for name in file.files}
        about = json.loads(str(told.pop("about")))
        grams = np.zeros((2 << BITS, len(LABELS)), dtype=np.float64)
        grams[told.pop("there")] = told.pop("grams")
        if about["format"] != FORMAT:
            raise ValueError("another format")
        return Head(engine=about["engine"], encoder=about["encoder"], grams=grams, **told)
    except (OSError, ValueError, KeyError, TypeError, EOFError) as problem:
        raise RunError(
            f"{path} is no sentiment head that this version reads ({type(problem).__name__}): run "
            "`vocpipe train` anew, or go on without it (`vocpipe train DIR --use sentiment=shipped`)."
        ) from problem


def adapted(engine: Classifier, choices: TextChoices) -> Classifier:
    """The engine with the head that the project has in use for it, or the engine alone.

    A head fitted on another kind of engine waits until the settings name that engine again. Raises RunError where it
    was fitted on another version of this one.
    """
    path = cards.in_use(choices.trained, "sentiment")
    if path is None or load(path).engine.split("-")[0] != engine.version.split("-")[0]:
        return engine
    return AdaptedSentiment(engine, path)


class AdaptedSentiment:
    """An engine of ``sentiment`` with a head learnt from the user's labels; made from the files that hold both."""

    name = "sentiment"
    labels: tuple[str, ...] = LABELS
    examples: Sequence[tuple[str, str]] = ()

    def __init__(self, engine: Classifier, path: Path, stand_in: Classifier | None = None) -> None:
        self.engine, self.path = engine, path
        self.stand_in = stand_in if stand_in is not None else getattr(engine, "stand_in", None)
        self._head = load(path)
        if self._head.engine != engine.version:
            raise RunError(
                f"{path} was fitted on {self._head.engine}, not on {engine.version}: run `vocpipe train` anew."
            )
        self._encoder = Encoder() if self._head.encoder else None
        if self._encoder is not None and self._head.encoder != self._encoder.version:
            raise RunError(f"{path} was fitted with another sentence encoder: run `vocpipe train` anew.")
        # It begins with the engine's word: rows of the bare engine then stay in use until their turn comes.
        word = engine.version.split("-")[0]
        self.version = f"{word}-{KIND}-{hashlib.sha256(path.read_bytes()).hexdigest()[:8]}"

    def __reduce__(self) -> tuple[Any, ...]:
        """A worker process reads the files itself."""
        return AdaptedSentiment, (self.engine, self.path, self.stand_in)

    def predict(self, texts: Sequence[str]) -> list[str]:
        """One of 'negative', 'neutral', 'positive' per text."""
        return [LABELS[i] for i in self.predict_proba(texts).argmax(axis=1).tolist()]

    def predict_proba(self, texts: Sequence[str]) -> np.ndarray:
        """Calibrated probabilities, n x 3, in the order of ``labels``; each row adds to 1."""
        found = [np.empty((0, len(LABELS)))]
        for start in range(0, len(texts), BATCH):
            some = texts[start : start + BATCH]
            grams = weighed(counted(some), self._head.rarity)
            found.append(self._head.probabilities(*judged(self.engine, some, self._encoder), grams))
        return np.concatenate(found)

    def explain(self, text: str) -> list[Annotation]:
        """The label first, then the words without which it would be less probable, the weightiest first.

        Their ``score`` is how much less probable.
        """
        [[found]] = self.annotate([text])
        spans = [(match.start(), match.end()) for match in _WORD.finditer(text)]
        without = [text[:start] + text[end:] for start, end in spans]
        p = self.predict_proba([text, *without])[:, LABELS.index(found.label or "")]
        loss = (p[0] - p[1:]).round(6)
        weightiest = [int(i) for i in np.argsort(-loss, kind="stable")[:TOLD_WORDS] if loss[i] >= TOLD_FROM]
        return [found] + [
            Annotation(found.label, float(loss[i]), None, *spans[i], text[slice(*spans[i])], "adapted")
            for i in weightiest
        ]

    def annotate(self, texts: Sequence[str]) -> list[list[Annotation]]:
        """One annotation per text, on the whole text."""
        p = self.predict_proba(texts)
        label = p.argmax(axis=1).tolist()
        score, best = (p[:, 2] - p[:, 0]).round(6).tolist(), p.max(axis=1).round(6).tolist()
        return [[Annotation(LABELS[i], s, b, decided_by="adapted")] for i, s, b in zip(label, score, best, strict=True)]
