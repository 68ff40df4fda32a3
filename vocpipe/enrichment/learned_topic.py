"""Classifier ``topic`` where a model was learnt from the user's labels (see ``topic_model.py``).

A text is 'unknown' when it is far from every labelled text and no keyword occurs in it. Its stand-in decides without
the sentence encoder, for the texts that a run has no time for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vocpipe.contracts import Annotation
from vocpipe.enrichment.taxonomy import UNKNOWN, Taxonomy
from vocpipe.enrichment.topic_model import TopicModel, load_topic_model, taxonomy_digest
from vocpipe.enrichment.topic_views import Phrase, phrases

FILE = "topic.npz"
BATCH = 2048
SEVERAL_FROM = 0.5  # probability from which a topic is told, where the labelled texts had several
SECOND_FROM = 0.25  # … of a further topic, where they had one
MENTIONED_FROM = 0.1  # … of a further topic of which a keyword occurs
REFUSED = 0.6  # what 'unknown' gets in predict_proba, of a text that was refused
SHOWN = 5  # words that ``explain`` tells of each kind


class LearnedTopics:
    """Every topic of a text, likeliest first; ``score`` and ``probability`` are the same calibrated figure."""

    name = "topic"

    def __init__(self, model: TopicModel, keywords: Any, path: Path, meaning: bool = True) -> None:
        self.model, self.keywords, self.path, self.meaning = model, keywords, path, meaning
        self.labels = (*model.topics, UNKNOWN)
        told = path.read_bytes() + taxonomy_digest(model.taxonomy).encode() + (b"" if not meaning else b"meaning")
        engine = "learned" if meaning else "words"
        self.version = f"{engine}-1-{hashlib.sha256(told).hexdigest()[:8]}"
        self.examples: Sequence[tuple[str, str]] = [("", UNKNOWN), ("fasdfasdf", UNKNOWN)]
        self.stand_in = LearnedTopics(model, keywords, path, meaning=False) if meaning else None

    def __reduce__(self) -> tuple[Any, ...]:
        """A worker process reads the model itself."""
        return load_learned, (self.model.taxonomy, self.keywords, self.path, self.meaning)

    def predict(self, texts: Sequence[str]) -> list[str]:
        """The primary topic's slug per text, or 'unknown'."""
        return [found[0].label or UNKNOWN for found in self.annotate(texts)]

    def predict_proba(self, texts: Sequence[str]) -> np.ndarray:
        """texts x labels, rows add to 1. 'unknown' has 0.6 of a text that is refused, and nothing of the others."""
        parts = [np.zeros((0, len(self.labels)))]
        for start in range(0, len(texts), BATCH):
            p, known, _, _ = self._seen(texts[start : start + BATCH])
            share = p / p.sum(axis=1, keepdims=True) * np.where(known, 1.0, 1 - REFUSED)[:, None]
            parts.append(np.hstack((share, np.where(known, 0.0, REFUSED)[:, None])))
        return np.vstack(parts)

    def annotate(self, texts: Sequence[str]) -> list[list[Annotation]]:
        """One annotation per topic, likeliest first; its span is a keyword, or the words that counted most."""
        found: list[list[Annotation]] = []
        for start in range(0, len(texts), BATCH):
            found += self._annotate(texts[start : start + BATCH])
        return found

    def explain(self, text: str) -> list[Annotation]:
        """As ``annotate``; then, for the primary topic, the keywords found, the words that spoke for it with what each
        added to the score of the words, and the words without which its probability falls (by how much)."""
        found = self.annotate([text])[0]
        label = found[0].label
        if label == UNKNOWN or label is None:
            return found
        number = self.model.topics.index(label)
        for_it = [a for a in self.keywords.explain(text) if a.label == label and a.decided_by.startswith("keyword ")]
        words = [
            Annotation(label, round(value, 4), None, p.start, p.end, text[p.start : p.end], f"word {p.words}")
            for value, p in self._spoken(text, self.model.views.words([text]), number)[:SHOWN]
        ]
        return [*found, *for_it, *words, *(self._missed(text, number) if self.meaning else [])]

    def _annotate(self, texts: Sequence[str]) -> list[list[Annotation]]:
        p, known, words, mentioned = self._seen(texts)
        out = []
        for i, text in enumerate(texts):
            if not known[i]:
                out.append([Annotation(UNKNOWN, decided_by=self._by)])
                continue
            hits = {a.label: a for a in mentioned[i]}
            out.append([self._told(text, words[i], n, float(p[i, n]), hits) for n in self._chosen(p[i], set(hits))])
        return out

    def _seen(self, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray, Any, list[list[Annotation]]]:
        """Probabilities (to six digits), whether known, the texts' words, and the keywords' own annotations."""
        blend, scores = self.model.blends[self.meaning], self.model.scores(texts, self.meaning)
        p = np.round(np.clip(blend.probabilities(scores), 1e-6, 1.0), 6)
        mentioned = [[a for a in found if a.label != UNKNOWN] for found in self.keywords.annotate(texts)]
        close = np.round(blend.closeness(scores), 6) >= blend.known_from
        return p, close | np.array([bool(found) for found in mentioned]), self.model.views.words(texts), mentioned

    def _chosen(self, p: np.ndarray, mentioned: set[str | None]) -> list[int]:
        """Numbers of the topics to tell, likeliest first; the likeliest always."""
        least = SEVERAL_FROM if self.model.blends[self.meaning].several else SECOND_FROM
        best = np.argsort(-p, kind="stable").tolist()
        further = [
            n for n in best[1:] if p[n] >= least or (self.model.topics[n] in mentioned and p[n] >= MENTIONED_FROM)
        ]
        return [best[0], *further]

    def _told(self, text: str, words: Any, number: int, p: float, hits: dict[str | None, Annotation]) -> Annotation:
        label = self.model.topics[number]
        if label in hits:
            hit = hits[label]
            return Annotation(label, p, p, hit.span_start, hit.span_end, hit.evidence, "keywords")
        if spoken := self._spoken(text, words, number):
            phrase = spoken[0][1]
            return Annotation(label, p, p, phrase.start, phrase.end, text[phrase.start : phrase.end], "words")
        return Annotation(label, p, p, decided_by=self._by)

    def _spoken(self, text: str, words: Any, number: int) -> list[tuple[float, Phrase]]:
        """The word groups that speak for a topic, the strongest first, with what each adds."""
        names = self.model.views.wording.words
        there = words.indices < len(names)
        weights = self.model.views.arrays["words"][number, words.indices[there]]
        added = {
            names[c]: float(w * v) for c, v, w in zip(words.indices[there], words.data[there], weights, strict=True)
        }
        first: dict[str, Phrase] = {}
        for phrase in phrases(text):
            if _says_something(phrase):
                first.setdefault(phrase.words, phrase)
        told = [(value, first[word]) for word, value in added.items() if value > 1e-9 and word in first]
        return sorted(told, key=lambda one: (-one[0], one[1].start, one[1].end))

    def _missed(self, text: str, number: int) -> list[Annotation]:
        """The single words whose absence lowers the topic's probability most, and by how much."""
        words = [phrase for phrase in phrases(text) if " " not in phrase.words and _says_something(phrase)][:100]
        without = [text[: word.start] + text[word.end :] for word in words]
        p = self.model.probabilities([text, *without])[:, number]
        falls = sorted(((float(p[0] - q), w) for q, w in zip(p[1:], words, strict=True)), key=lambda one: -one[0])
        label = self.model.topics[number]
        return [
            Annotation(label, round(fall, 4), None, w.start, w.end, text[w.start : w.end], f"missed {w.words}")
            for fall, w in falls[:SHOWN]
            if fall > 1e-4
        ]

    @property
    def _by(self) -> str:
        return "meaning" if self.meaning else "words"


def _says_something(phrase: Phrase) -> bool:
    """Whether a word group is more than 'was' or 'and the': those weigh too, but explain nothing."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return not ENGLISH_STOP_WORDS.issuperset(phrase.words.split())


def load_learned(taxonomy: Taxonomy, keywords: Any, path: Path, meaning: bool = True) -> LearnedTopics:
    """The classifier of a model's file; ``keywords`` is the keyword classifier of the same taxonomy."""
    return LearnedTopics(load_topic_model(path, taxonomy), keywords, path, meaning)
