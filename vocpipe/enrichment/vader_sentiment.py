"""The engine ``vader`` of ``sentiment``: NLTK VADER's scores and a small calibrated map; the baseline to beat.

VADER's own thresholds call too many complaints neutral or positive; the map (eight figures of a text, multinomial
logistic, fitted by ``fit_sentiment.py``) turns its scores into probabilities. The label is the likeliest class: on
authors that the map has not seen this has a higher macro-averaged recall than VADER's thresholds (model card:
``docs/model-sentiment-vader.md``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import numpy as np

from vocpipe.contracts import Annotation
from vocpipe.enrichment.vader import Vader

LABELS = ("negative", "neutral", "positive")
FEATURES = ("compound", "compound²", "pos", "neg", "exclamations", "questions", "log words", "compound · log words")


class VaderSentiment:
    """``score`` is P(positive) - P(negative), ``probability`` that of the label."""

    name = "sentiment"
    labels: tuple[str, ...] = LABELS
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

    def __init__(self) -> None:
        model = files(__package__).joinpath("sentiment_model.json").read_text(encoding="utf-8")
        fitted = json.loads(model)
        self._coefficients = np.array(fitted["coefficients"])  # classes x features
        self._intercepts = np.array(fitted["intercepts"])
        self._vader = Vader()
        told = json.dumps([model, self._vader.rules, self._vader.lexicon], sort_keys=True)
        self.version = f"vader-1-{hashlib.sha256(told.encode()).hexdigest()[:8]}"

    def __reduce__(self) -> tuple[Any, ...]:
        """A worker process makes its own from the same files: that is faster than sending what was read."""
        return VaderSentiment, ()

    def predict(self, texts: Sequence[str]) -> list[str]:
        """One of 'negative', 'neutral', 'positive' per text."""
        return [LABELS[i] for i in self.predict_proba(texts).argmax(axis=1).tolist()]

    def predict_proba(self, texts: Sequence[str]) -> np.ndarray:
        """Probabilities, n x 3, in the order of ``labels``; each row adds to 1."""
        # Column by column, because a matrix product may differ in the last digit with the number of texts.
        logits = self._intercepts + sum(
            column[:, None] * weight
            for column, weight in zip(features(self._vader, texts).T, self._coefficients.T, strict=True)
        )
        weights = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(weights / weights.sum(axis=1, keepdims=True))

    def explain(self, text: str) -> list[Annotation]:
        """The label first, then the words that drove it, strongest first: ``score`` is VADER's valence after all
        rules (negation, boosters, capitals, "but")."""
        words = sorted(self._vader.valences(text), key=lambda word: -abs(word[2]))
        return self.annotate([text])[0] + [
            Annotation(LABELS[0] if v < 0 else LABELS[2], v, None, start, end, text[start:end], "vader")
            for start, end, v in words
        ]

    def annotate(self, texts: Sequence[str]) -> list[list[Annotation]]:
        """One annotation per text, on the whole text."""
        p = self.predict_proba(texts)
        label = p.argmax(axis=1).tolist()
        score, best = (p[:, 2] - p[:, 0]).round(6).tolist(), p.max(axis=1).round(6).tolist()
        return [[Annotation(LABELS[i], s, b, decided_by="vader")] for i, s, b in zip(label, score, best, strict=True)]


def features(vader: Vader, texts: Sequence[str]) -> np.ndarray:
    """The figures the map is fitted on, n x 8, in the order of ``FEATURES``. Capped, so that no single habit of
    writing decides."""
    n, scores = len(texts), vader.scores(texts)
    exclamations = np.minimum(np.fromiter((text.count("!") for text in texts), dtype=np.float64, count=n), 3)
    questions = np.minimum(np.fromiter((text.count("?") for text in texts), dtype=np.float64, count=n), 2)
    words = np.log1p(np.minimum(np.fromiter((text.count(" ") for text in texts), dtype=np.float64, count=n), 400))
    c = scores.compound
    return np.column_stack((c, c * c, scores.pos, scores.neg, exclamations, questions, words, c * words))
