"""The fast sentiment model as figures: fitted on soft labels, kept in one small file, read back.

A text's logits are b + n^-POWER · (sum of the weights of its features), n being its number of words, so that a review
of twenty sentences is no surer than its sentences are; beyond LONG words a model may cool down further (``cooling``,
which belongs to the calibration). There are two logits, of negative and of positive against
neutral, and one table of weights per group of features (``grams.GROUPS``), as bytes with one scale.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from vocpipe.contracts import RunError
from vocpipe.enrichment.grams import FORMAT, GROUPS, Batch, Learnt, Reader

BITS = {"word": 17, "piece": 18, "pair": 19, "skip": 18, "negated": 15, "side": 15}
# How much a feature of each group weighs in the fit: the more, the less its weight is held back and the sooner it is
# learnt. What depends on neighbours has to be quick, or "not happy" stays as good as "happy".
FREEDOM = {"word": 1.0, "piece": 0.5, "pair": 1.5, "skip": 1.0, "negated": 2.0, "side": 1.5}
POWER = 0.5
LONG = 40  # words: more than most tweets have
LABELS = ("negative", "neutral", "positive")
SILENT = -3.0  # the logits of a text without a word: it is neutral


@dataclass(frozen=True, slots=True)
class Student:
    """The model: per group a table of weights (buckets x 2), and the map from logits to probabilities."""

    tables: Mapping[str, np.ndarray]
    intercept: np.ndarray  # of negative and of positive against neutral
    temperature: float = 1.0
    bias: tuple[float, float, float] = (0.0, 0.0, 0.0)
    cooling: float = 0.0
    about: Mapping[str, Any] = field(default_factory=dict)

    def probabilities(self, logits: np.ndarray) -> np.ndarray:
        """n x 3 in the order of LABELS, from n x 2 logits."""
        z = np.column_stack((logits[:, 0], np.zeros(len(logits)), logits[:, 1])) / self.temperature
        z += np.array(self.bias)
        e = np.exp(z - z.max(axis=1, keepdims=True))
        return np.asarray(e / e.sum(axis=1, keepdims=True))

    def scale(self, counts: np.ndarray) -> np.ndarray:
        """What the sum of a text's weights is multiplied with, from its number of words."""
        n = counts + 1.0
        return np.asarray(n**-POWER * np.maximum(n / LONG, 1.0) ** -self.cooling)

    def save(self, path: Path) -> None:
        """Writes the model as one compressed .npz, the same bytes for the same model."""
        head = {
            "format": FORMAT,
            "temperature": self.temperature,
            "bias": list(self.bias),
            "cooling": self.cooling,
            "intercept": [float(x) for x in self.intercept],
            "about": dict(self.about),
        }
        arrays: dict[str, np.ndarray] = {"head": np.frombuffer(json.dumps(head).encode(), dtype=np.uint8)}
        for group, table in self.tables.items():
            arrays[group], arrays[f"{group}_top"] = _packed(table)
        np.savez_compressed(path, **arrays)  # type: ignore[arg-type]


def load(path: Path) -> Student:
    """Reads what ``save`` wrote. Raises RunError for a file of another format or for none at all."""
    try:
        with np.load(path) as arrays:
            head = json.loads(arrays["head"].tobytes())
            if head["format"] != FORMAT:
                raise RunError(
                    f"{path.name} is of format {head['format']}, this version reads {FORMAT}: train the model again"
                )
            tables = {group: _unpacked(arrays[group], arrays[f"{group}_top"]) for group in GROUPS}
    except (OSError, KeyError, ValueError) as broken:
        raise RunError(f"{path.name} is no model of the fast sentiment engine: train it again") from broken
    bias = (float(head["bias"][0]), float(head["bias"][1]), float(head["bias"][2]))
    temperature, cooling = float(head["temperature"]), float(head["cooling"])
    return Student(tables, np.array(head["intercept"]), temperature, bias, cooling, head["about"])


def _packed(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights as signed bytes of their square roots: small weights, which are the most, keep their differences."""
    top = np.float32(max(np.abs(table).max(), 1e-9))
    return np.rint(np.sign(table) * np.sqrt(np.abs(table) / top) * 127).astype(np.int8), np.array(top)


def _unpacked(codes: np.ndarray, top: np.ndarray) -> np.ndarray:
    parts = codes.astype(np.float32) / np.float32(127)
    return np.asarray(parts * np.abs(parts) * top, dtype=np.float32)


def buckets(hashes: np.ndarray, group: str) -> np.ndarray:
    """The rows of a group's table that belong to these hashes."""
    return (hashes >> np.uint64(64 - BITS[group])).view(np.int64)


@dataclass(frozen=True, slots=True)
class _Design:
    """Texts as sparse matrices: texts x words, words x buckets, texts x buckets of what depends on neighbours."""

    texts: Any
    all_words: Any
    all_marks: Any
    words: Any  # the fitted columns of those above
    marks: Any
    columns: np.ndarray  # of all groups' tables in a row: those that are fitted


def _design(texts: Sequence[str], least: int, origin: Student) -> _Design:
    from scipy.sparse import csr_matrix, diags_array

    lots: list[Learnt] = []
    batch = Reader(lots.append).read(texts)
    counts = batch.counts()
    rows = np.repeat(np.arange(len(texts)), counts + 1)
    n_words = sum(lot.count for lot in lots)
    scale = diags_array(origin.scale(counts)).astype(np.float32)

    def matrix(row: np.ndarray, column: np.ndarray, value: np.ndarray, shape: tuple[int, int]) -> Any:
        return csr_matrix((value.astype(np.float32), (row, column)), shape=shape)

    total = sum(1 << BITS[group] for group in GROUPS)
    of_texts = scale @ matrix(rows, batch.words, np.ones(len(rows)), (len(texts), n_words))
    of_words = matrix(*_own(lots), (n_words, total))
    of_marks = matrix(*_between(batch, rows), (len(texts), total))
    # A mark in fewer than ``least`` places would only learn a text by heart. Rare words stay in the fit: they take up
    # what is particular to a text, and leave the weights of common words right for the next one.
    used = np.flatnonzero((of_words.getnnz(axis=0) > 0) | (of_marks.getnnz(axis=0) >= least))
    of_marks = (scale @ of_marks).tocsr()
    return _Design(of_texts.tocsr(), of_words, of_marks, of_words[:, used], of_marks[:, used], used)


def _first(group: str) -> int:
    return sum(1 << BITS[g] for g in GROUPS[: GROUPS.index(group)])


def _own(lots: Sequence[Learnt]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rows, columns, values, before = [], [], [], 0
    for lot in lots:
        for group, (whose, hashes) in (("word", lot.word), ("piece", lot.piece)):
            rows.append(whose + before)
            columns.append(buckets(hashes, group) + _first(group))
            values.append(np.full(len(whose), FREEDOM[group]))
        before += lot.count
    return np.concatenate(rows), np.concatenate(columns), np.concatenate(values)


def _between(batch: Batch, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    found = [
        (rows[places], buckets(hashes, group) + _first(group), np.full(len(places), FREEDOM[group]))
        for group, (places, hashes) in batch.marks.items()
    ]
    row, column, value = (np.concatenate(part) for part in zip(*found, strict=True))
    return row, column, value


def fit_student(
    texts: Sequence[str],
    soft_labels: np.ndarray,
    weights: np.ndarray | None = None,
    *,
    start: Student | None = None,
    strength: float = 0.15,
    least: int = 2,
    steps: int = 100,
) -> Student:
    """A student of these texts: softmax cross-entropy against ``soft_labels`` (n x 3, rows add to 1), L2-regularised.

    ``weights`` says how much each text counts (mean 1 is usual). With ``start`` only the difference from that student
    is fitted, so that few texts move it little and what they do not hold stays as it was; its calibration is kept.
    ``strength`` is that of the regularisation; pairs of words in fewer than ``least`` places are left out. The same
    input gives the same student. About a minute for 100,000 short texts on one core. Raises ValueError if the labels
    or weights are not as many as the texts.
    """
    from scipy.optimize import minimize

    weight = np.ones(len(texts)) if weights is None else np.asarray(weights, dtype=np.float64)
    if np.shape(soft_labels) != (len(texts), 3) or len(weight) != len(texts):
        raise ValueError(f"{len(texts)} texts, but labels {np.shape(soft_labels)} and {len(weight)} weights")
    origin = start or Student({g: np.zeros((1 << BITS[g], 2), dtype=np.float32) for g in GROUPS}, np.zeros(2))
    design = _design(texts, least, origin)
    old = np.concatenate([origin.tables[g] / np.float32(FREEDOM[g]) for g in GROUPS])
    base = design.texts @ (design.all_words @ old) + design.all_marks @ old + origin.intercept
    loss = _Loss(design, base, np.asarray(soft_labels, dtype=np.float32), weight.astype(np.float32), strength)
    nothing = np.zeros(2 * len(design.columns) + 2)
    found = minimize(loss, nothing, jac=True, method="L-BFGS-B", options={"maxiter": steps, "maxcor": 5}).x
    old[design.columns] += found[:-2].reshape(-1, 2)
    tables = {g: old[_first(g) : _first(g) + (1 << BITS[g])] * np.float32(FREEDOM[g]) for g in GROUPS}
    return replace(origin, tables=tables, intercept=origin.intercept + found[-2:])


class _Loss:
    """The regularised loss and its gradient, for L-BFGS; what is sought is the difference from ``base``."""

    def __init__(
        self, design: _Design, base: np.ndarray, soft: np.ndarray, weight: np.ndarray, strength: float
    ) -> None:
        self._design, self._base, self._soft = design, base.astype(np.float32), soft
        self._weight, self._strength = weight, strength
        self._back = (design.texts.T.tocsr(), design.words.T.tocsr(), design.marks.T.tocsr())

    def __call__(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        d, w = self._design, x[:-2].reshape(-1, 2).astype(np.float32)
        logits = self._base + d.texts @ (d.words @ w) + d.marks @ w + x[-2:].astype(np.float32)
        log_p = _log_softmax(logits)
        value = -float((self._weight * (self._soft * log_p).sum(axis=1)).sum(dtype=np.float64))
        error = np.ascontiguousarray((self._weight[:, None] * (np.exp(log_p) - self._soft))[:, ::2])
        texts, words, marks = self._back
        slope = words @ (texts @ error) + marks @ error + self._strength * w
        value += 0.5 * self._strength * float((w.astype(np.float64) ** 2).sum())
        return value, np.concatenate((slope.ravel(), error.sum(axis=0))).astype(np.float64)


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    z = np.column_stack((logits[:, 0], np.zeros(len(logits), dtype=logits.dtype), logits[:, 1]))
    z -= z.max(axis=1, keepdims=True)
    return np.asarray(z - np.log(np.exp(z).sum(axis=1, keepdims=True)))
