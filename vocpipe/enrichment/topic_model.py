"""A topic model learnt from labelled texts, joined to the taxonomy's own words: blended, never replaced.

Five views score every topic: the keywords of the taxonomy, words and pieces of words (TF-IDF, linear), the meaning
(sentence encoder, logistic), words and meaning side by side (linear) and the nearest labelled text (cosine). How much
each counts is learnt on texts that the views were not fitted on (folds of the labelled texts), by one softmax (one
topic a text) or sigmoid (several) over all topics, which also makes the figures probabilities. A text that is far from
every labelled one is 'unknown'. Without the encoder (``meaning=False``) the first two views decide alone, with weights
of their own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vocpipe.contracts import UsageError
from vocpipe.enrichment.encoder import Encoder
from vocpipe.enrichment.keywords import Keyword, KeywordSearch
from vocpipe.enrichment.taxonomy import UNKNOWN, Taxonomy
from vocpipe.enrichment.topic_blend import PRIOR, Blend, fit_blend
from vocpipe.enrichment.topic_views import Wording, fit_linear, fit_logistic

FORMAT = 2
FOLDS = 3
MEANING = 2.0  # length of a text's meaning beside its words and its pieces, of length 1 each
ENOUGH = 3_000  # texts from which one fold tells the weights well enough
NEAREST = 20_000  # labelled texts remembered for the nearest one


class Views:
    """Scores of topics by every view, fitted on the same texts."""

    def __init__(self, taxonomy: Taxonomy, wording: Wording, arrays: dict[str, np.ndarray]) -> None:
        self.wording, self.arrays = wording, arrays
        self.keywords = KeywordScores(taxonomy)

    @classmethod
    def fit(cls, taxonomy: Taxonomy, texts: Sequence[str], vectors: np.ndarray, y: np.ndarray,
            unlabelled: Sequence[str] = ()) -> Views:  # fmt: skip
        """``vectors`` are the texts' (texts x 384), ``y`` is texts x topics of 0 and 1."""
        wording = Wording.fit(texts, unlabelled)
        written, centre = wording.transform(texts), vectors.mean(axis=0)
        meant = _centred(vectors, centre)
        words, words_level = fit_linear(written, y, 1.0)
        meaning, meaning_level = fit_logistic(meant, y, 10.0)
        both, both_level = fit_linear(_beside(meant, written), y, 1.0)
        return cls(taxonomy, wording, {
            "words": words, "words_level": words_level, "meaning": meaning, "meaning_level": meaning_level,
            "both": both, "both_level": both_level, "centre": centre,
            "near": vectors[:NEAREST].astype(np.float16), "near_topics": y[:NEAREST].astype(bool),
        })  # fmt: skip

    def scores(self, texts: Sequence[str], vectors: np.ndarray | None) -> np.ndarray:
        """texts x topics x views: keywords and words, and with vectors meaning, both and the nearest text."""
        of, written = self.arrays, self.words(texts)
        found = [self.keywords.scores(texts), written @ of["words"].T + of["words_level"]]
        if vectors is not None:
            meant = _centred(vectors, of["centre"])
            found.append(meant @ of["meaning"].T + of["meaning_level"])
            found.append(_beside(meant, written) @ of["both"].T + of["both_level"])
            found.append(self._nearest(vectors))
        return np.stack([np.asarray(one) for one in found], axis=2)

    def words(self, texts: Sequence[str]) -> Any:
        """The texts as TF-IDF columns."""
        return self.wording.transform(texts)

    def _nearest(self, vectors: np.ndarray) -> np.ndarray:
        """The cosine of the nearest labelled text of each topic, 0 for a topic without one."""
        near, topics = self.arrays["near"].astype(np.float64), self.arrays["near_topics"]
        out = np.zeros((len(vectors), topics.shape[1]))
        for start in range(0, len(vectors), 512):
            cosine = vectors[start : start + 512].astype(np.float64) @ near.T
            for topic in np.flatnonzero(topics.any(axis=0)).tolist():
                out[start : start + 512, topic] = cosine[:, topics[:, topic]].max(axis=1)
        return out


def _centred(vectors: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """Rows of length 1 from the middle of the labelled texts: what all of them share tells no topic from another."""
    moved = vectors.astype(np.float64) - centre
    return np.asarray(moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-9))


def _beside(meant: np.ndarray, written: Any) -> Any:
    from scipy.sparse import csr_matrix, hstack

    return hstack([csr_matrix(MEANING * meant), written]).tocsr()


class KeywordScores:
    """The sum of the weights of the different keywords found, per text and topic, as log(1 + sum); a hair more for what
    is mentioned earlier."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        keywords = [
            Keyword(n, weight, tuple(words.split()))
            for n, topic in enumerate(taxonomy.topics)
            for words, weight in topic.keywords.items()
        ]
        self._topic = np.array([keyword.topic for keyword in keywords], dtype=np.int64)
        self._weight = np.array([keyword.weight for keyword in keywords])
        self._topics, self._search = len(taxonomy.topics), KeywordSearch(keywords)

    def scores(self, texts: Sequence[str]) -> np.ndarray:
        """texts x topics."""
        out = np.zeros((len(texts), self._topics))
        if len(self._weight) and texts:
            hits = self._search.find(texts)
            pairs = np.unique(np.stack((hits.text, hits.keyword), axis=1), axis=0)
            np.add.at(out, (pairs[:, 0], self._topic[pairs[:, 1]]), self._weight[pairs[:, 1]])
            first = np.full_like(out, np.inf)
            np.minimum.at(first, (hits.text, self._topic[hits.keyword]), hits.start.astype(np.float64))
            return np.asarray(np.log1p(out) + 0.05 / (1 + first / 50))
        return out


class TopicModel:
    """``fit`` on labelled texts; then ``probabilities`` and ``closeness``, with the encoder or without."""

    def __init__(self, taxonomy: Taxonomy, views: Views, blends: dict[bool, Blend], told: dict[str, Any]) -> None:
        self.taxonomy, self.views, self.blends, self.told = taxonomy, views, blends, told
        self.topics = tuple(topic.slug for topic in taxonomy.topics)
        self.encoder = Encoder()

    @classmethod
    def fit(cls, texts: Sequence[str], labels: Sequence[Sequence[str]], taxonomy: Taxonomy,
            unlabelled: Sequence[str] | None = None, vectors: np.ndarray | None = None) -> TopicModel:  # fmt: skip
        """A model of the taxonomy's topics; ``labels`` holds each text's slugs ('unknown' or none: left out).

        Seeds, examples and the label of every topic are learnt from as well. ``unlabelled`` texts tell how common words
        are; ``vectors`` are those of ``texts`` where they are at hand. Raises UsageError for an unknown slug or when
        no text is left.
        """
        y = label_matrix(labels, taxonomy, len(texts))
        used = np.flatnonzero(y.any(axis=1))
        if not len(used):
            raise UsageError("No labelled text is left to learn topics from; give at least one text with a topic.")
        encoder = Encoder()
        own, own_y = _own_words(taxonomy)
        of = encoder.encode([texts[i] for i in used]) if vectors is None else np.asarray(vectors)[used]
        every, every_y = [*(texts[i] for i in used), *own], np.concatenate((y[used], own_y))
        every_vectors = np.concatenate((of, encoder.encode(own)))
        scores, truth = _unseen_scores(taxonomy, every, every_vectors, every_y, len(used))
        blends = {
            meaning: fit_blend(scores if meaning else scores[:, :, :2], truth, PRIOR[meaning]) for meaning in PRIOR
        }
        views = Views.fit(taxonomy, every, every_vectors, every_y, unlabelled or ())
        return cls(taxonomy, views, blends, {"count_texts": len(used), "encoder": encoder.version})

    def scores(self, texts: Sequence[str], meaning: bool = True, vectors: np.ndarray | None = None) -> np.ndarray:
        """texts x topics x views."""
        if meaning and vectors is None:
            vectors = self.encoder.encode(texts)
        return self.views.scores(texts, vectors if meaning else None)

    def probabilities(self, texts: Sequence[str], meaning: bool = True) -> np.ndarray:
        """texts x topics; calibrated on texts not fitted on. Rows add to 1 where texts have one topic each."""
        return self.blends[meaning].probabilities(self.scores(texts, meaning))

    def evaluate(self, texts: Sequence[str], labels: Sequence[Sequence[str]], meaning: bool = True) -> dict[str, float]:
        """Figures on labelled texts that it was not fitted on: ``n``; ``accuracy`` (the likeliest topic is one of the
        text's own) with ``accuracy_low`` and ``accuracy_high`` (Wilson, 95 %); ``macro_f1`` over the topics that
        occur; ``calibration_error`` (ten bins); ``share_refused`` (would be 'unknown' if no keyword occurred)."""
        from scipy.stats import binomtest
        from sklearn.metrics import f1_score

        y = label_matrix(labels, self.taxonomy, len(texts))
        used = np.flatnonzero(y.any(axis=1))
        if not len(used):
            raise UsageError("No labelled text is left to measure topics on; give at least one text with a topic.")
        blend, scores, y = self.blends[meaning], self.scores([texts[i] for i in used], meaning), y[used]
        p = blend.probabilities(scores)
        told, sure, every = p.argmax(axis=1), p.max(axis=1), np.arange(len(used))
        right = y[every, told] > 0
        interval = binomtest(int(right.sum()), len(used)).proportion_ci(method="wilson")
        truth = np.where(right, told, y.argmax(axis=1))  # of several topics the one told, where it is among them
        bins = np.minimum((sure * 10).astype(int), 9)
        gaps = [abs(sure[bins == b].mean() - right[bins == b].mean()) * (bins == b).mean() for b in np.unique(bins)]
        return {
            "n": len(used),
            "accuracy": float(right.mean()),
            "accuracy_low": float(interval.low),
            "accuracy_high": float(interval.high),
            "macro_f1": float(f1_score(truth, told, average="macro", labels=np.unique(truth), zero_division=0)),
            "calibration_error": float(sum(gaps)),
            "share_refused": float((blend.closeness(scores) < blend.known_from).mean()),
        }

    def save(self, path: Path) -> None:
        """Writes one .npz file of arrays and JSON; nothing in it is code."""
        told = {
            **self.told, "format": FORMAT, "topics": self.topics,
            "words": self.views.wording.words, "pieces": self.views.wording.pieces,
            "blends": {str(int(k)): [b.weights.tolist(), b.level, b.centre.tolist(), b.spread.tolist(), b.known_from,
                                     b.several] for k, b in self.blends.items()},
        }  # fmt: skip
        arrays = {
            name: array.astype(np.float32) if array.dtype == np.float64 else array
            for name, array in self.views.arrays.items()
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as out:
            np.savez_compressed(
                out, idf=self.views.wording.idf, told=np.frombuffer(json.dumps(told).encode(), dtype=np.uint8), **arrays
            )


def load_topic_model(path: Path, taxonomy: Taxonomy) -> TopicModel:
    """The model that ``save`` wrote, for the taxonomy as it is now: keywords count as they stand there, topics that
    went are left out, one that came since is known by its keywords alone. UsageError when it is no such file."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        told = json.loads(arrays.pop("told").tobytes())
    except (OSError, ValueError, KeyError) as error:
        raise UsageError(f"The topic model {path} cannot be read; train it again, or remove the file.") from error
    if told["format"] != FORMAT:
        raise UsageError(f"The topic model {path} is of another version; train it again, or remove the file.")
    arrays = _for_topics(arrays, told["topics"], [topic.slug for topic in taxonomy.topics])
    wording = Wording(told.pop("words"), told.pop("pieces"), arrays.pop("idf"))
    blends = {
        bool(int(k)): Blend(np.array(w), level, np.array(centre), np.array(spread), known, several)
        for k, (w, level, centre, spread, known, several) in told.pop("blends").items()
    }
    return TopicModel(taxonomy, Views(taxonomy, wording, arrays), blends, told)


def _for_topics(arrays: dict[str, np.ndarray], old: Sequence[str], new: Sequence[str]) -> dict[str, np.ndarray]:
    """Rows (of the nearest texts, columns) in the order of ``new``; nothing speaks for a topic not in ``old``."""
    place = np.array([old.index(slug) if slug in old else -1 for slug in new])
    came, out = place < 0, dict(arrays)
    least = float(arrays["meaning_level"].min()) - 1.0
    for name, level in (("words", -1.0), ("meaning", least), ("both", -1.0)):
        out[name] = np.where(came[:, None], 0.0, arrays[name][place])
        out[f"{name}_level"] = np.where(came, level, arrays[f"{name}_level"][place])
    out["near_topics"] = arrays["near_topics"][:, place] & ~came
    return out


def label_matrix(labels: Sequence[Sequence[str]], taxonomy: Taxonomy, count: int) -> np.ndarray:
    """texts x topics of 0 and 1; raises UsageError naming a slug that the taxonomy does not have."""
    if len(labels) != count:
        raise UsageError(f"{count} texts, but {len(labels)} lists of topics; give one list per text.")
    place = {topic.slug: n for n, topic in enumerate(taxonomy.topics)}
    out = np.zeros((count, len(place)))
    for row, slugs in zip(out, labels, strict=True):
        for slug in slugs:
            if slug not in place and slug != UNKNOWN:
                raise UsageError(f"The topic '{slug}' is not in the taxonomy '{taxonomy.name}'; write a slug of it.")
            if slug != UNKNOWN:
                row[place[slug]] = 1
    return out


def taxonomy_digest(taxonomy: Taxonomy) -> str:
    """Eight characters that change with the topics, their keywords and seeds."""
    told = [(topic.slug, sorted(topic.keywords.items()), topic.seeds) for topic in taxonomy.topics]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:8]


def _own_words(taxonomy: Taxonomy) -> tuple[list[str], np.ndarray]:
    """What the taxonomy itself says of its topics: labels, seeds and examples, with their topic."""
    own = [
        (text, n)
        for n, topic in enumerate(taxonomy.topics)
        for text in dict.fromkeys((topic.label, *topic.seeds, *topic.examples))
    ]
    return [text for text, _ in own], np.eye(len(taxonomy.topics))[[n for _, n in own]]


def _unseen_scores(
    taxonomy: Taxonomy, texts: Sequence[str], vectors: np.ndarray, y: np.ndarray, labelled: int
) -> tuple[np.ndarray, np.ndarray]:
    """Scores of labelled texts by views that were fitted without them, and their topics."""
    # Dealt out topic by topic, so that each fold leaves some of every topic to the others.
    order = np.random.default_rng(0).permutation(labelled)
    order = order[np.argsort(y[order].argmax(axis=1), kind="stable")]
    fold = np.empty(labelled, dtype=np.int64)
    fold[order] = np.arange(labelled) % FOLDS
    scores, truth = [], []
    for number in range(1 if labelled >= ENOUGH else FOLDS):
        out = np.flatnonzero(fold == number)
        if not len(out):
            continue
        kept = np.setdiff1d(np.arange(len(texts)), out)
        views = Views.fit(taxonomy, [texts[i] for i in kept], vectors[kept], y[kept])
        scores.append(views.scores([texts[i] for i in out], vectors[out]))
        truth.append(y[out])
    return np.concatenate(scores), np.concatenate(truth)
