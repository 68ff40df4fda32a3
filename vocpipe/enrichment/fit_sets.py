"""Labelled sets that sentiment is fitted and measured on: CSV files with a text, a label and an author."""

from __future__ import annotations

import csv
import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from sklearn.metrics import f1_score, recall_score

from vocpipe.contracts import UsageError
from vocpipe.enrichment.wording import plain

LABELS = ("negative", "neutral", "positive")
HELD_OUT_PERCENT = 30
_WORDS = re.compile(r"\w+")
SET = "PATH:TEXT:LABEL:AUTHOR[:WEIGHT]"


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """Texts with their labels (0, 1, 2 in the order of LABELS), and whether their author is held out."""

    name: str
    texts: list[str]
    labels: np.ndarray
    held_out: np.ndarray
    weight: float
    authors: list[str] = field(default_factory=list)


def read_set(spec: str) -> LabelledSet:
    """Reads ``path:text column:label column:author column[:weight]``; rows without text or label are left out.

    A label is negative, neutral or positive, or a rating of 1 to 10: negative to 4, positive from 7.
    """
    path, text, label, author, *weight = spec.split(":")
    if len(weight) > 1:
        raise UsageError(f"'{spec}' has too many parts: write path:text:label:author or path:text:label:author:weight")
    with Path(path).open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row[text].strip() and row[label].strip()]
    labels = np.array([_label(row[label]) for row in rows])
    held_out = np.array([_is_held_out(row[author]) for row in rows])
    texts, authors = [row[text] for row in rows], [row[author] for row in rows]
    return LabelledSet(Path(path).stem, texts, labels, held_out, float(weight[0]) if weight else 1.0, authors)


def _label(written: str) -> int:
    if written in LABELS:
        return LABELS.index(written)
    rating = float(written)
    return 0 if rating <= 4 else 2 if rating >= 7 else 1


def _is_held_out(author: str) -> bool:
    return int(hashlib.sha256(author.strip().lower().encode()).hexdigest()[:8], 16) % 100 < HELD_OUT_PERCENT


def bare(text: str) -> str:
    """The words of a text without addresses and names of accounts. The same tweet stands in one set with its links
    and in another without: by this both are known as one."""
    words = plain(text).lower().replace("@user", " ").replace("http", " ")
    return " ".join(_WORDS.findall(words)) or words


def figures(p: np.ndarray, y: np.ndarray) -> dict[str, float]:
    """How right probabilities (n x 3) are of labels: macro-averaged recall and F1, accuracy, expected calibration
    error (ten bins), net sentiment (positive less negative, from the probabilities) and the true one."""
    label = p.argmax(axis=1)
    return {
        "n": len(y),
        "macro_recall": float(recall_score(y, label, average="macro")),
        "macro_f1": float(f1_score(y, label, average="macro")),
        "accuracy": float((label == y).mean()),
        "calibration_error": calibration_error(p, label == y),
        "net_sentiment": float((p[:, 2] - p[:, 0]).mean()),
        "net_sentiment_true": float((y == 2).mean() - (y == 0).mean()),
    }


def calibration_error(p: np.ndarray, right: np.ndarray) -> float:
    """Mean distance between how sure and how often right, over ten bins of the highest probability."""
    sure = p.max(axis=1)
    bins = np.minimum((sure * 10).astype(int), 9)
    gaps = [abs(sure[bins == b].mean() - right[bins == b].mean()) * (bins == b).mean() for b in np.unique(bins)]
    return float(sum(gaps))
