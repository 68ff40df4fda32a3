"""Classifier ``sentiment``, engine ``fast``: a linear model of hashed words, pieces of words and pairs of words.

It is a student of the accurate engine (model card: ``docs/model-sentiment-fast.md``). The weights of a word are added
up once per process; after that a text costs a look-up per token and a few numpy operations per batch. Nothing but
numpy is needed to run it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from vocpipe.contracts import Annotation
from vocpipe.enrichment import student
from vocpipe.enrichment.columns import Column
from vocpipe.enrichment.grams import Batch, Learnt, Reader

MAX_TOKENS = 300_000  # distinct tokens remembered before the memory is emptied: about 100 MB
PART = 4_000  # texts at a time: their arrays stay in the processor's cache
NOTICED = 0.05  # a word that moves the logits less than this is not named as a reason


class FastSentiment:
    """``score`` is P(positive) - P(negative), ``probability`` that of the label."""

    name = "sentiment"
    labels: tuple[str, ...] = student.LABELS
    examples: Sequence[tuple[str, str]] = (
        ("Lovely crew, great food, thank you so much!", "positive"),
        ("Thanks for the quick help, you are the best", "positive"),
        ("Worst flight ever, rude staff and a broken seat.", "negative"),
        ("I am not happy with this at all", "negative"),
        ("The food was good but the service was horrible and the staff hopeless", "negative"),
        ("Flight 12 leaves from gate 7 in the morning", "neutral"),
        ("My bag is lost and nobody can help me 😡", "negative"),
        ("", "neutral"),
    )

    def __init__(self, model: Path | student.Student | None = None) -> None:
        """The shipped model, the one in a file, or one just fitted (which has no version until it is saved).

        Raises RunError for a file that is no such model."""
        self._source = model
        if isinstance(model, student.Student):
            self._model, self.version = model, "fast-1-unsaved"
        else:
            file = Path(str(files(__package__).joinpath("trained/fast.npz"))) if model is None else model
            self._model = student.load(file)
            self.version = f"fast-1-{hashlib.sha256(file.read_bytes()).hexdigest()[:8]}"
        # The weight of negative is the real part, that of positive the imaginary one: one look-up, one sum for both.
        self._weights = {group: table.view(np.complex64)[:, 0] for group, table in self._model.tables.items()}
        self._forget()

    def __reduce__(self) -> tuple[Any, ...]:
        """A worker process makes its own from the same file: that is faster than sending what was read."""
        return FastSentiment, (self._source,)

    def predict(self, texts: Sequence[str]) -> list[str]:
        """One of 'negative', 'neutral', 'positive' per text."""
        return [self.labels[i] for i in self.predict_proba(texts).argmax(axis=1).tolist()]

    def predict_proba(self, texts: Sequence[str]) -> np.ndarray:
        """Calibrated probabilities, n x 3, in the order of ``labels``; each row adds to 1."""
        return self._model.probabilities(self.logits(texts))

    def logits(self, texts: Sequence[str]) -> np.ndarray:
        """The logits of negative and of positive against neutral before calibration, n x 2."""
        parts = [self._part(texts[start : start + PART]) for start in range(0, len(texts), PART)]
        return np.concatenate([np.zeros((0, 2)), *parts])

    def annotate(self, texts: Sequence[str]) -> list[list[Annotation]]:
        """One annotation per text, on the whole text."""
        p = self.predict_proba(texts)
        label = p.argmax(axis=1).tolist()
        score, best = (p[:, 2] - p[:, 0]).round(6).tolist(), p.max(axis=1).round(6).tolist()
        names = self.labels
        return [[Annotation(names[i], s, b, decided_by="fast")] for i, s, b in zip(label, score, best, strict=True)]

    def explain(self, text: str) -> list[Annotation]:
        """The label first, then the words that drove it, strongest first: ``score`` is what a word, with what it does
        to its neighbours, adds to the logit of positive against negative."""
        return self.annotate([text])[0] + [
            Annotation(self.labels[0 if s < 0 else 2], round(s, 6), None, start, end, text[start:end], "fast")
            for start, end, s in sorted(self._reasons(text), key=lambda reason: -abs(reason[2]))
            if abs(s) >= NOTICED
        ]

    def _reasons(self, text: str) -> list[tuple[int, int, float]]:
        """(start, end, what it adds) of each word of the text; with the intercept they add up to the logit."""
        batch = self._reader.read([text])
        if len(batch.words) == 1:
            return []
        own = self._own.array()[batch.words]
        for group, (places, weights) in self._between(batch).items():
            others = (places + {"pair": 1, "skip": 2}.get(group, 0)) % len(own)
            # What two words have together is halved; what a word has with the edge of the text (place 0) is its own.
            np.add.at(own, np.where(places == 0, others, places), weights / 2)
            np.add.at(own, np.where(others == 0, places, others), weights / 2)
        pull = (own.imag - own.real) * self._model.scale(batch.counts())[0] / self._model.temperature
        spans = self._reader.spans(text)
        return [(start, end, float(pull[place])) for start, end, place in spans]

    def _part(self, texts: Sequence[str]) -> np.ndarray:
        if len(self._reader) > MAX_TOKENS:
            self._forget()
        batch = self._reader.read(texts)
        values = self._own.array()[batch.words]
        for places, weights in self._between(batch).values():
            values[places] += weights
        counts = batch.counts()
        sums = np.add.reduceat(values, batch.starts) * self._model.scale(counts)
        logits = np.column_stack((sums.real, sums.imag)) + self._model.intercept
        return np.where(counts[:, None] > 0, logits, student.SILENT)

    def _between(self, batch: Batch) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Per group, the places that depend on neighbours and their weights."""
        return {
            group: (places, self._weights[group].take(student.buckets(hashes, group)))
            for group, (places, hashes) in batch.marks.items()
        }

    def _forget(self) -> None:
        self._own = Column(np.complex128)
        self._reader = Reader(self._learn)

    def _learn(self, learnt: Learnt) -> None:
        """The weights of new words, added up over their spellings and pieces."""
        own = np.zeros((learnt.count, 2))
        for group, (whose, hashes) in (("word", learnt.word), ("piece", learnt.piece)):
            weights = self._model.tables[group][student.buckets(hashes, group)]
            for side in (0, 1):
                own[:, side] += np.bincount(whose, weights=weights[:, side], minlength=learnt.count)
        self._own.extend(own.view(np.complex128)[:, 0])
