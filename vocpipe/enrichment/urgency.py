"""Classifier ``urgency``: distress that somebody should look at today, by the cues in ``urgency.toml``.

'safety' (a person is hurt or in danger), 'legal' (takes or threatens legal steps, turns to a regulator, says that a law
is broken), 'stranded' (cannot get home, has no bed, no money), 'leaving' (says that he leaves). Several can hold; the
gravest is the first. Cues are chosen to be precise: what is not said outright is not found.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from vocpipe.contracts import Annotation, Classifier, TextChoices
from vocpipe.enrichment.cues import NONE, CueSearch, Found, label_shares

# How grave each is, as the score; in this order they are told.
SEVERITY = {"safety": 1.0, "legal": 0.8, "stranded": 0.7, "leaving": 0.5}


class UrgencyClassifier:
    """Every kind of distress found, the gravest first; ``score`` is its severity, 0…1."""

    name = "urgency"
    labels: tuple[str, ...] = (*SEVERITY, NONE)
    examples: Sequence[tuple[str, str]] = (
        ("The heater caught fire while my kids slept next to it.", "safety"),
        ("You will hear from my lawyer on Monday.", "legal"),
        ("We are stranded in Denver with two kids and no hotel.", "stranded"),
        ("I will never fly with you again.", "leaving"),
        ("Sue at gate 12 was wonderful.", NONE),
        ("Leaving the airport took an hour.", NONE),
        ("The Fire TV stick works well.", NONE),
        ("Nobody was injured, all fine.", NONE),
        ("", NONE),
    )

    def __init__(self) -> None:
        self._search = CueSearch("urgency.toml")
        self.version = f"cues-1-{self._search.digest}"

    def __reduce__(self) -> tuple[Any, ...]:
        """A worker process makes its own from the same file."""
        return UrgencyClassifier, ()

    def predict(self, texts: Sequence[str]) -> list[str]:
        """The gravest kind per text, or 'none'."""
        return [found[0].label or NONE for found in self.annotate(texts)]

    def predict_proba(self, texts: Sequence[str]) -> np.ndarray:
        """Each label's share of the severity, n x 5 in the order of ``labels``; not calibrated."""
        return label_shares(self.annotate(texts), self.labels)

    def explain(self, text: str) -> list[Annotation]:
        """As ``annotate``, then every cue that counted, in order of place."""
        [found] = self._search.find([text])
        cues = [_annotation(text, cue) for cue in sorted(found, key=lambda cue: cue.start)]
        return [*_judged(text, found), *cues]

    def annotate(self, texts: Sequence[str]) -> list[list[Annotation]]:
        """One annotation per kind found, the gravest first, with the first words that say so."""
        return [_judged(text, found) for text, found in zip(texts, self._search.find(texts), strict=True)]


def _judged(text: str, found: Sequence[Found]) -> list[Annotation]:
    first: dict[str, Found] = {}
    for cue in sorted(found, key=lambda cue: cue.start):
        first.setdefault(cue.label, cue)
    kinds = [_annotation(text, first[kind]) for kind in SEVERITY if kind in first]
    return kinds or [Annotation(None, decided_by="cues")]


def _annotation(text: str, cue: Found) -> Annotation:
    return Annotation(cue.label, SEVERITY[cue.label], None, cue.start, cue.end, text[cue.start : cue.end], "cues")


def build(taxonomy: Any, choices: TextChoices = TextChoices()) -> Classifier:
    """The classifier for this room's discovery; neither the taxonomy nor the choices are used."""
    return UrgencyClassifier()
