"""Two views of a text for a learned topic model: its words and pieces of words, and linear scores on any view.

Words keep their place in the text as it was written, so that a label can show the words that decided it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from vocpipe.enrichment.taxonomy import WORD
from vocpipe.enrichment.wording import plain

# Handles, links, HTML entities and what redaction put in place of an address say nothing of the topic.
_SILENT = re.compile(r"(?<!\w)@\w+|(?:https?://|www\.)\S+|&#?\w+;|\[(?:email|phone|card|handle|name)\]")
MAX_WORDS = 60_000  # word groups that a view keeps, the commonest


class Phrase(NamedTuple):
    """One or two neighbouring words in lower case, and their span in the text."""

    words: str
    start: int
    end: int


def phrases(text: str) -> Iterator[Phrase]:
    """The single words of a text, then the pairs of neighbours."""
    seen = _SILENT.sub(lambda found: " " * len(found.group()), text)
    words = [(m.group().lower().replace("’", "'"), *m.span()) for m in WORD.finditer(seen)]
    for word, start, end in words:
        yield Phrase(word, start, end)
    for (one, start, _), (two, _, end) in pairwise(words):
        yield Phrase(f"{one} {two}", start, end)


def _words(text: str) -> list[str]:
    return [phrase.words for phrase in phrases(text)]


def _letters(text: str) -> str:
    return plain(text).lower()


class Wording:
    """TF-IDF of words and pairs of words, and of two to five letters; columns of both side by side.

    ``words`` and ``pieces`` are what the columns count, ``idf`` their weights, words first.
    """

    def __init__(self, words: Sequence[str], pieces: Sequence[str], idf: np.ndarray) -> None:
        self.words, self.pieces, self.idf = list(words), list(pieces), np.asarray(idf, dtype=np.float64)
        self._word, self._piece = _word_vectorizer(self.words), _piece_vectorizer(self.pieces)
        self._word.idf_, self._piece.idf_ = self.idf[: len(self.words)], self.idf[len(self.words) :]

    @classmethod
    def fit(cls, texts: Sequence[str], unlabelled: Sequence[str] = ()) -> Wording:
        """Columns from ``texts``; how rare each is also from ``unlabelled`` ones."""
        once = 1 if len(texts) < 2_000 else 2
        word, piece = _word_vectorizer(None, min_df=once), _piece_vectorizer(None, min_df=once)
        word.fit(texts)
        piece.fit(texts)
        words, pieces = (sorted(one.vocabulary_, key=one.vocabulary_.get) for one in (word, piece))
        if len(unlabelled):
            every = [*texts, *unlabelled]
            word, piece = _word_vectorizer(words).fit(every), _piece_vectorizer(pieces).fit(every)
        return cls(words, pieces, np.concatenate((word.idf_, piece.idf_)))

    def transform(self, texts: Sequence[str]) -> Any:
        """A sparse matrix, texts x columns; words and pieces have length 1 each."""
        from scipy.sparse import hstack

        return hstack([self._word.transform(texts), self._piece.transform(texts)]).tocsr()


def _word_vectorizer(vocabulary: list[str] | None, min_df: int = 1) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(
        analyzer=_words, sublinear_tf=True, vocabulary=vocabulary, min_df=min_df,
        max_features=None if vocabulary else MAX_WORDS,
    )  # fmt: skip


def _piece_vectorizer(vocabulary: list[str] | None, min_df: int = 1) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(
        analyzer="char_wb", ngram_range=(2, 5), preprocessor=_letters, sublinear_tf=True, vocabulary=vocabulary,
        min_df=min_df, max_features=None if vocabulary else MAX_WORDS,
    )  # fmt: skip


def fit_linear(x: Any, y: np.ndarray, strength: float) -> tuple[np.ndarray, np.ndarray]:
    """One linear support vector machine per column of ``y`` (0 or 1): weights topics x columns, and intercepts.

    A topic without a text has weights 0 and the intercept −1: it says no.
    """
    from sklearn.svm import LinearSVC

    weights, intercepts = np.zeros((y.shape[1], x.shape[1])), np.full(y.shape[1], -1.0)
    rare = _rarity(y)
    for topic in np.flatnonzero(y.any(axis=0)).tolist():
        if y[:, topic].all():
            intercepts[topic] = 1.0
            continue
        heavy = {0: 1.0, 1: float(rare[topic])}
        machine = LinearSVC(C=strength, class_weight=heavy, random_state=0, tol=1e-3).fit(x, y[:, topic])
        weights[topic], intercepts[topic] = machine.coef_[0], machine.intercept_[0]
    return weights, intercepts


def _rarity(y: np.ndarray) -> np.ndarray:
    """What a text of each topic counts: halfway (root) between every text alike and every topic alike."""
    count = y.sum(axis=0)
    return np.asarray(np.sqrt(count[count > 0].mean() / np.maximum(count, 1)))


def fit_logistic(x: np.ndarray, y: np.ndarray, strength: float) -> tuple[np.ndarray, np.ndarray]:
    """One multinomial logistic regression (a text of two topics counts as one of each); as ``fit_linear``, but a topic
    without a text has an intercept below all others."""
    from sklearn.linear_model import LogisticRegression

    text, topic = np.nonzero(y)
    weights, intercepts = np.zeros((y.shape[1], x.shape[1])), np.zeros(y.shape[1])
    known = np.unique(topic)
    if len(known) > 1:
        heavy = dict(enumerate(_rarity(y)))
        model = LogisticRegression(C=strength, max_iter=100, tol=1e-3, class_weight={n: heavy[n] for n in known})
        model.fit(x[text], topic)
        two = len(known) == 2  # one row of weights for two topics
        weights[known] = np.vstack((-model.coef_, model.coef_)) / 2 if two else model.coef_
        intercepts[known] = (np.array([-1, 1]) * model.intercept_ / 2) if two else model.intercept_
    intercepts[np.setdiff1d(np.arange(y.shape[1]), known)] = intercepts.min() - 1.0
    return weights, intercepts
