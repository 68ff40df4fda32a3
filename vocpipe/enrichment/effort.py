"""Classifier ``effort``: whether a customer says that getting something done was hard or easy, by the cues in
``effort.toml``.

``score`` is −1 (easy) … 1 (hard): the balance of the cues, each kind of cue once, so that it grows with each further
kind and never passes the ends. What a ticket shows of effort by itself stands in ``facts.conversations``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from vocpipe.contracts import Annotation, Classifier, TextChoices
from vocpipe.enrichment.cues import NONE, CueSearch, Found, label_shares

LOW, HIGH = "low", "high"
MIN_SCORE = 0.3  # less is no clear balance: one weak cue against another


class EffortClassifier:
    """'high', 'low' or, where the text says nothing of it, 'none' (in annotations: no label)."""

    name = "effort"
    labels: tuple[str, ...] = (LOW, HIGH, NONE)
    examples: Sequence[tuple[str, str]] = (
        ("I had to call three times before anyone could find my booking.", HIGH),
        ("On hold for two hours and then they hung up on me.", HIGH),
        ("I was passed from one department to another all morning.", HIGH),
        ("Rebooking was so easy, it took one click.", LOW),
        ("Checking in on the app was quick and easy.", LOW),
        ("It was not easy to change the date.", NONE),
        ("My flight was three hours late.", NONE),
        ("", NONE),
    )

    def __init__(self) -> None:
        self._search = CueSearch("effort.toml")
        self.version = f"cues-1-{self._search.digest}"

    def __reduce__(self) -> tuple[Any, ...]:
        """A worker process makes its own from the same file."""
        return EffortClassifier, ()

    def predict(self, texts: Sequence[str]) -> list[str]:
        """'low', 'high' or 'none' per text."""
        return [found[0].label or NONE for found in self.annotate(texts)]

    def predict_proba(self, texts: Sequence[str]) -> np.ndarray:
        """n x 3 in the order of ``labels``; 1 at the label: rules know no probability."""
        return label_shares(self.annotate(texts), self.labels)

    def explain(self, text: str) -> list[Annotation]:
        """The label, then every cue that counted, in order of place; ``score`` is what it adds."""
        [found] = self._search.find([text])
        cues = [
            Annotation(c.label, _signed(c), None, c.start, c.end, text[c.start : c.end], "cues")
            for c in sorted(found, key=lambda cue: cue.start)
        ]
        return [_judged(text, found), *cues]

    def annotate(self, texts: Sequence[str]) -> list[list[Annotation]]:
        """One annotation per text; its span is the strongest cue of the label."""
        return [[_judged(text, found)] for text, found in zip(texts, self._search.find(texts), strict=True)]


def _signed(cue: Found) -> float:
    return cue.weight if cue.label == HIGH else -cue.weight


def _judged(text: str, found: Sequence[Found]) -> Annotation:
    balance = sum(map(_signed, found))
    score = round(balance / (1 + abs(balance)), 6)
    if abs(score) < MIN_SCORE:
        return Annotation(None, decided_by="cues")
    label = HIGH if score > 0 else LOW
    best = max((cue for cue in found if cue.label == label), key=lambda cue: (cue.weight, -cue.start))
    return Annotation(label, score, None, best.start, best.end, text[best.start : best.end], "cues")


def build(taxonomy: Any, choices: TextChoices = TextChoices()) -> Classifier:
    """The classifier for this room's discovery; neither the taxonomy nor the choices are used."""
    return EffortClassifier()
