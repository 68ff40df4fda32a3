"""Classifier ``language``: which language a text is written in, by py3langid's model, scored in batches.

py3langid walks one byte at a time through a finite-state machine and scores one text at a time, in Python. Here the
same machine and the same model are run over many texts at once (one numpy step per byte position, one sparse product
per batch), which gives the same answers about twenty times as fast; a test holds the two against each other.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np
import py3langid
from py3langid.langid import MODEL_FILE, LanguageIdentifier
from scipy.sparse import csr_matrix

from vocpipe.contracts import Annotation, Classifier, TextChoices

UNDETERMINED = "und"

# How many times likelier a language is that the customers are expected to write: enough for "time zone in france" to
# stay English, too little to turn a French sentence round (figures in docs/model-signals.md).
EXPECTED = 10.0
MIN_BYTES = 12  # fewer bytes of words than this say too little
MIN_PROBABILITY = 0.30  # below this the best language is a guess among many
MAX_BYTES = 400  # the first sentences decide; more changes 0.1 % of the labels and costs in proportion
BATCH = 2048
# Not written by customers, but close enough to living languages to win on short or noisy texts.
_NOT_OFFERED = frozenset({"la", "eo", "vo", "sa", "ha", "ig", "lg", "ln", "mg", "om", "qu", "rw", "sn", "so", "st"})
_NOT_WORDS = re.compile(r"https?://\S+|www\.\S+|[@#]\w+|\[\w+\]|&\w+;")


class LanguageClassifier:
    """ISO 639-1 codes with a probability; 'und' where a text is too short or too unclear to tell."""

    name = "language"
    examples: Sequence[tuple[str, str]] = (
        ("The crew were kind and we landed twenty minutes early.", "en"),
        ("Der Flug hatte drei Stunden Verspätung und niemand hat uns informiert.", "de"),
        ("El vuelo salió tarde y nadie nos dio ninguna explicación.", "es"),
        ("Le personnel était très aimable et le repas plutôt bon.", "fr"),
        ("Il volo è stato cancellato e non ho ancora ricevuto il rimborso.", "it"),
        ("荷物がまだ届いていません。いつ届きますか。", "ja"),
        ("ok", UNDETERMINED),
        ("", UNDETERMINED),
    )

    def __init__(self, expected: Sequence[str] = ("en",)) -> None:
        self.expected = tuple(sorted(set(expected)))
        self.version = f"py3langid-{py3langid.__version__}-2-{'+'.join(self.expected)}"
        identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        identifier.set_languages(_offered(identifier.nb_classes))
        self._codes = np.array([UNDETERMINED if code == "zxx" else code for code in identifier.nb_classes])
        first = {code: i for i, code in reversed(list(enumerate(self._codes.tolist())))}
        self._odds = np.where(np.isin(self._codes, self.expected), EXPECTED, 1.0)
        # One language in two scripts has two columns in the model.
        self._aliases = [(first[code], i) for i, code in enumerate(self._codes.tolist()) if first[code] != i]
        self._table = np.ascontiguousarray(identifier.nb_ptc, dtype=np.float32)
        self._prior = np.asarray(identifier.nb_pc, dtype=np.float32)
        self._next = np.frombuffer(identifier.tk_nextmove, dtype=np.uint32)
        self._row = np.asarray(identifier.tk_row, dtype=np.int64) << 8
        self._feature = np.asarray(identifier.tk_output, dtype=np.int32)
        self.labels = (*sorted(set(self._codes.tolist()) - {UNDETERMINED}), UNDETERMINED)

    def __reduce__(self) -> tuple[Any, ...]:
        """A worker process makes its own from the same files: that is faster than sending what was read."""
        return LanguageClassifier, (self.expected,)

    def predict(self, texts: Sequence[str]) -> list[str]:
        """One language code per text."""
        return [label for label, _ in self._decide(texts)]

    def predict_proba(self, texts: Sequence[str]) -> np.ndarray:
        """Probabilities, n x len(labels), each row adding to 1; a text that is too unclear is 1 at 'und'."""
        column = {label: i for i, label in enumerate(self.labels)}
        scores = self._expected([_words(text) for text in texts])
        place = np.array([column[code] for code in self._codes])
        out = np.zeros((len(texts), len(self.labels)))
        np.add.at(out.T, place, scores.T)
        for i, (label, _) in enumerate(self._decide(texts)):
            if label == UNDETERMINED:
                out[i] = 0.0
                out[i, -1] = 1.0
        return out

    def explain(self, text: str) -> list[Annotation]:
        """The label, and what the three likeliest languages are."""
        scores = self._expected([_words(text)])[0]
        best = np.argsort(-scores)[:3]
        likeliest = ", ".join(f"{self._codes[i]} {scores[i]:.2f}" for i in best)
        [(label, probability)] = self._decide([text])
        return [Annotation(label, probability, probability, evidence=likeliest, decided_by="py3langid")]

    def annotate(self, texts: Sequence[str]) -> list[list[Annotation]]:
        """One annotation per text; ``probability`` is that of the language found (null for 'und')."""
        return [[Annotation(label, p, p, decided_by="py3langid")] for label, p in self._decide(texts)]

    def _decide(self, texts: Sequence[str]) -> list[tuple[str, float | None]]:
        encoded = [_words(text) for text in texts]
        scores = self._expected(encoded)
        best = scores.argmax(axis=1) if len(texts) else np.zeros(0, dtype=np.intp)
        probability = scores[np.arange(len(texts)), best]
        unclear = (probability < MIN_PROBABILITY) | (np.array([len(word) for word in encoded]) < MIN_BYTES)
        labels = np.where(unclear, UNDETERMINED, self._codes[best])
        probability = probability.round(6)  # what is beyond is noise of the machine
        return [
            (label, None if label == UNDETERMINED else p)
            for label, p in zip(labels.tolist(), probability.tolist(), strict=True)
        ]

    def _probabilities(self, encoded: Sequence[bytes]) -> np.ndarray:
        """n x languages; batches of like length, so that few steps are spent on padding."""
        out = np.zeros((len(encoded), len(self._codes)), dtype=np.float64)
        lengths = np.array([len(word) for word in encoded], dtype=np.int64)
        order = np.argsort(-lengths, kind="stable")
        for start in range(0, len(encoded), BATCH):
            rows = order[start : start + BATCH]
            out[rows] = self._softmax([encoded[i] for i in rows], lengths[rows])
        return out

    def _expected(self, encoded: Sequence[bytes]) -> np.ndarray:
        """The model's probabilities with the expected languages ahead; n x languages, rows add to 1."""
        scores = self._probabilities(encoded) * self._odds
        return np.asarray(scores / scores.sum(axis=1, keepdims=True))

    def _softmax(self, encoded: Sequence[bytes], lengths: np.ndarray) -> np.ndarray:
        visits = self._visits(encoded, lengths)
        scores = np.asarray(visits @ self._table) + self._prior
        scores[np.diff(visits.indptr) == 0] = 0.0  # nothing seen: every language alike
        scores /= np.sqrt(np.maximum(lengths, 1))[:, None]  # py3langid's temperature: the square root of the length
        np.exp(scores - scores.max(axis=1, keepdims=True), out=scores)
        scores /= scores.sum(axis=1, keepdims=True)
        for first, alias in self._aliases:
            scores[:, first] += scores[:, alias]
            scores[:, alias] = 0.0
        return scores

    def _visits(self, encoded: Sequence[bytes], lengths: np.ndarray) -> csr_matrix:
        """log(1 + count) of each feature seen, texts x features; ``lengths`` must fall from row to row."""
        data = np.frombuffer(b"".join(encoded), dtype=np.uint8)
        starts = np.concatenate(([0], np.cumsum(lengths)[:-1]))
        longest = int(lengths[0]) if len(lengths) else 0
        active = np.searchsorted(-lengths, -np.arange(longest), side="left")  # texts longer than each position
        state = np.zeros(len(encoded), dtype=np.int64)
        rows, columns = [], []
        for position, n in enumerate(active.tolist()):
            state[:n] = self._next[self._row[state[:n]] + data[starts[:n] + position]]
            feature = self._feature[state[:n]]
            seen = np.flatnonzero(feature >= 0)
            rows.append(seen)
            columns.append(feature[seen])
        return _log_counts(rows, columns, (len(encoded), len(self._table)))


def _log_counts(rows: list[np.ndarray], columns: list[np.ndarray], shape: tuple[int, int]) -> csr_matrix:
    row = np.concatenate(rows) if rows else np.zeros(0, dtype=np.int64)
    column = np.concatenate(columns) if columns else np.zeros(0, dtype=np.int32)
    counts = csr_matrix((np.ones(len(row), dtype=np.float32), (row, column)), shape=shape)
    counts.sum_duplicates()
    counts.data = np.log1p(counts.data)
    return counts


def _offered(codes: Sequence[str]) -> list[str]:
    """Two-letter codes, and 'zxx' (no language at all), which is reported as undetermined."""
    return [code for code in codes if code == "zxx" or (len(code) == 2 and code not in _NOT_OFFERED)]


def _words(text: str) -> bytes:
    """The text as py3langid encodes it, without addresses, handles, hashtags and placeholders, cut to MAX_BYTES."""
    if "@" in text or "#" in text or "[" in text or "&" in text or "http" in text or "www." in text:
        text = _NOT_WORDS.sub(" ", text)
    text = text[:MAX_BYTES].strip()
    if text.isupper():
        text = text.lower()
    if text.isascii():
        return text.encode("ascii")
    return unicodedata.normalize("NFC", text).encode("utf-8", errors="surrogatepass")[:MAX_BYTES]


def build(taxonomy: Any, choices: TextChoices = TextChoices()) -> Classifier:
    """The classifier for this room's discovery; the taxonomy is not used."""
    return LanguageClassifier(choices.languages)
