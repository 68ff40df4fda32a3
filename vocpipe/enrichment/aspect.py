"""Classifier ``aspect``: how a customer speaks of each topic of his text ("kind crew, but the food was cold").

The polarity of a topic is a blend of the whole text and of the clause around the topic's words, both judged by the
engine of sentiment: the clause alone is too short to be judged well, the whole text blurs praise and blame. Only texts
with a known topic have aspects.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from vocpipe.contracts import Annotation, Classifier, TextChoices, stand_in_of
from vocpipe.enrichment import sentiment, topic
from vocpipe.enrichment.clauses import Span, clause
from vocpipe.enrichment.cues import NONE, label_shares
from vocpipe.enrichment.taxonomy import UNKNOWN, Taxonomy

# Share of the clause in the blend, chosen on one half of SemEval-2014's restaurants (docs/model-signals.md).
CLAUSE = 0.6
POLARITIES = ("negative", "neutral", "positive")


class AspectClassifier:
    """One annotation per topic of a text, in the order of the topics: ``label`` is the topic's slug, ``score``
    P(positive) − P(negative) of what is said of it, ``probability`` that of its polarity, the span its clause, and
    ``decided_by`` the engine and the polarity ("accurate negative").

    ``sentiment`` and ``topic`` are the classifiers asked. ``stand_in`` is the same with the stand-in of the engine.
    """

    name = "aspect"

    def __init__(self, engine: Classifier, topics: Classifier) -> None:
        self._engine, self._topics = engine, topics
        self.labels = (*(label for label in topics.labels if label != UNKNOWN), NONE)
        told = hashlib.sha256(repr((engine.version, topics.version, CLAUSE)).encode()).hexdigest()[:8]
        self._by = engine.version.split("-")[0]
        self.version = f"{self._by}-1-{told}"
        quick_engine, quick_topics = stand_in_of(engine), stand_in_of(topics)
        self.stand_in: Classifier | None = (
            AspectClassifier(quick_engine or engine, quick_topics or topics) if quick_engine or quick_topics else None
        )
        known = [(text, label) for text, label in topics.examples if label != UNKNOWN]
        self.examples: Sequence[tuple[str, str]] = [*known[:8], ("", NONE), ("fasdfasdf", NONE)]

    def __reduce__(self) -> tuple[Any, ...]:
        """A worker process makes its own from copies of the two classifiers."""
        return AspectClassifier, (self._engine, self._topics)

    def polarity(self, text: str, span: Span, others: Sequence[Span] = ()) -> np.ndarray:
        """P(negative), P(neutral), P(positive) of what ``text`` says of the words at ``span``; ``others`` are the
        spans of other things it speaks of."""
        return self._blended([text], [(0, clause(text, span, others))])[0]

    def predict(self, texts: Sequence[str]) -> list[str]:
        """The primary topic that has an aspect, or 'none'."""
        return [found[0].label or NONE for found in self.annotate(texts)]

    def predict_proba(self, texts: Sequence[str]) -> np.ndarray:
        """n x len(labels), the first topic ahead; these are no probabilities of topics (see classifier 'topic')."""
        alike = [[Annotation(a.label, 1.0) for a in found] for found in self.annotate(texts)]
        return label_shares(alike, self.labels)

    def explain(self, text: str) -> list[Annotation]:
        """As ``annotate``: the clause of each topic is what decided, beside the whole text."""
        return self.annotate([text])[0]

    def annotate(self, texts: Sequence[str]) -> list[list[Annotation]]:
        """One annotation per known topic of each text; where a topic has no words of its own, the whole text is its
        clause."""
        places: list[tuple[int, Span]] = []
        slugs: list[str] = []
        for i, found in enumerate(self._topics.annotate(texts)):
            known = [a for a in found if a.label and a.label in self.labels]
            spans = [(0, len(texts[i])) if a.span_start is None else (a.span_start, a.span_end or 0) for a in known]
            for a, span in zip(known, spans, strict=True):
                others = [other for other in spans if other != span]
                whole = a.span_start is None
                places.append((i, span if whole else clause(texts[i], span, others)))
                slugs.append(a.label or "")
        out: list[list[Annotation]] = [[] for _ in texts]
        for (i, span), slug, p in zip(places, slugs, self._blended(texts, places), strict=True):
            out[i].append(_annotation(texts[i], span, slug, p, self._by))
        return [found or [Annotation(None, decided_by="blend")] for found in out]

    def _blended(self, texts: Sequence[str], places: Sequence[tuple[int, Span]]) -> np.ndarray:
        """P(negative), P(neutral), P(positive) per place; each different text is judged once."""
        wholes = [texts[i] for i, _ in places]
        parts = [texts[i][start:end] for i, (start, end) in places]
        number = {text: n for n, text in enumerate(dict.fromkeys([*wholes, *parts]))}
        if not number:
            return np.zeros((0, 3))
        p = np.asarray(self._engine.predict_proba(list(number)))
        whole, part = p[[number[text] for text in wholes]], p[[number[text] for text in parts]]
        return np.asarray((1 - CLAUSE) * whole + CLAUSE * part)


def _annotation(text: str, span: Span, slug: str, p: np.ndarray, by: str) -> Annotation:
    score, probability = round(float(p[2] - p[0]), 6), round(float(p.max()), 6)
    by = f"{by} {POLARITIES[int(p.argmax())]}"
    start, end = span
    if start == end:
        return Annotation(slug, score, probability, decided_by=by)
    return Annotation(slug, score, probability, start, end, text[start:end], by)


def build(taxonomy: Taxonomy, choices: TextChoices = TextChoices()) -> Classifier:
    """The classifier for this room's discovery, over the engine and the topics that it would build itself."""
    return AspectClassifier(sentiment.build(taxonomy, choices), topic.build(taxonomy, choices))
