"""Classifier ``topic``: what a text is about, by the keywords of a taxonomy (see ``taxonomy.py``).

A text has every topic of which a keyword occurs; the score of a topic is the sum of the weights of the different
keywords found. The primary topic has the highest score, the earliest mention on a tie; 'unknown' is a real answer.
The search itself is in ``keywords.py``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from vocpipe.contracts import Annotation, Classifier, TextChoices
from vocpipe.enrichment import cards
from vocpipe.enrichment.keywords import Hits, Keyword, KeywordSearch
from vocpipe.enrichment.taxonomy import UNKNOWN, Taxonomy

BATCH = 4096
_NOT_FOUND = [Annotation(UNKNOWN, decided_by="keywords")]


class TopicClassifier:
    """Every topic found, best first. ``score`` is the weight found; probabilities are shares, not calibrated."""

    name = "topic"

    def __init__(self, taxonomy: Taxonomy) -> None:
        self.taxonomy = taxonomy
        self.labels = (*(topic.slug for topic in taxonomy.topics), UNKNOWN)
        self.version = f"keywords-1-{_digest(taxonomy)}"
        self.examples: Sequence[tuple[str, str]] = [
            (text, topic.slug) for topic in taxonomy.topics for text in topic.examples
        ] + [
            ("", UNKNOWN),
            ("fasdfasdf", UNKNOWN),
        ]
        topics = list(enumerate(taxonomy.topics))
        self._keywords = [Keyword(n, w, tuple(k.split())) for n, topic in topics for k, w in topic.keywords.items()]
        self._topic = np.array([keyword.topic for keyword in self._keywords])
        self._weight = np.array([keyword.weight for keyword in self._keywords])
        self._search = KeywordSearch(self._keywords)

    def __reduce__(self) -> tuple[Any, ...]:
        """A worker process makes its own from the same taxonomy; the memory of tokens is not sent."""
        return TopicClassifier, (self.taxonomy,)

    def predict(self, texts: Sequence[str]) -> list[str]:
        """The primary topic's slug per text, or 'unknown'."""
        return [found[0].label or UNKNOWN for found in self.annotate(texts)]

    def predict_proba(self, texts: Sequence[str]) -> np.ndarray:
        """Each topic's share of the score, n x len(labels); rows add to 1 and are not calibrated. Ties are broken by
        a hair in favour of the earlier mention."""
        column = {slug: i for i, slug in enumerate(self.labels)}
        out = np.zeros((len(texts), len(self.labels)))
        for row, found in zip(out, self.annotate(texts), strict=True):
            for rank, annotation in enumerate(found):
                row[column[annotation.label or UNKNOWN]] = (annotation.score or 1.0) - 1e-9 * rank
        return np.asarray(out / out.sum(axis=1, keepdims=True))

    def explain(self, text: str) -> list[Annotation]:
        """As ``annotate``, then one annotation per keyword found, in order of place, with its own weight as score."""
        hits = self._search.find([text])
        words = []
        for n, start, end in zip(hits.keyword.tolist(), hits.start.tolist(), hits.end.tolist(), strict=True):
            keyword = self._keywords[n]
            by = f"keyword {' '.join(keyword.words)}"
            words.append(Annotation(self.labels[keyword.topic], keyword.weight, None, start, end, text[start:end], by))
        return self._ranked([text], hits)[0] + sorted(words, key=lambda a: (a.span_start, a.span_end))

    def annotate(self, texts: Sequence[str]) -> list[list[Annotation]]:
        """One annotation per topic found, best first; its span is the earliest keyword of the topic."""
        found: list[list[Annotation]] = []
        for start in range(0, len(texts), BATCH):
            batch = texts[start : start + BATCH]
            found += self._ranked(batch, self._search.find(batch))
        return found

    def _ranked(self, texts: Sequence[str], hits: Hits) -> list[list[Annotation]]:
        out: list[list[Annotation]] = [[] for _ in texts]
        text, topic, score, start, end = self._scores(hits)
        best = np.lexsort((topic, start, -score, text))
        columns = [column[best].tolist() for column in (text, topic, score, start, end)]
        for i, t, weight, a, b in zip(*columns, strict=True):
            out[i].append(Annotation(self.labels[t], weight, None, a, b, texts[i][a:b], "keywords"))
        return [found or _NOT_FOUND for found in out]

    def _scores(self, hits: Hits) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """One entry per text and topic: text, topic, weight of its different keywords, span of the earliest one."""
        hits = hits.take(np.lexsort((hits.end, hits.start)))
        _, once = np.unique(hits.text * np.int64(len(self._keywords)) + hits.keyword, return_index=True)
        hits = hits.take(np.sort(once))
        topic = self._topic[hits.keyword]
        pairs, first, of = np.unique(
            hits.text * np.int64(len(self.labels)) + topic, return_index=True, return_inverse=True
        )
        score = np.bincount(of, weights=self._weight[hits.keyword], minlength=len(pairs))
        return hits.text[first], topic[first], score, hits.start[first], hits.end[first]


def _digest(taxonomy: Taxonomy) -> str:
    told = [(topic.slug, sorted(topic.keywords.items())) for topic in taxonomy.topics]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:8]


def build(taxonomy: Taxonomy, choices: TextChoices = TextChoices()) -> Classifier:
    """The classifier for this room's discovery: a learned one where the project's folder of models holds one."""
    from vocpipe.enrichment.learned_topic import load_learned

    keywords = TopicClassifier(taxonomy)
    path = cards.in_use(choices.trained, "topic")
    return load_learned(taxonomy, keywords, path) if path else keywords
