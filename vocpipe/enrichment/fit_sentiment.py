"""Fits the map from VADER's scores to probabilities and writes it as JSON.

    python -m vocpipe.enrichment.fit_sentiment --out sentiment_model.json \\
        --set tweets.csv:text:airline_sentiment:name:2 --set reviews.csv:ReviewBody:OverallRating:Name

A set is a CSV file with the columns of its text, its label (negative, neutral, positive; or a rating of 1 to 10, read
as negative to 4 and positive from 7) and its author, and a weight (default 1): sets count by weight, whatever their
size. Three authors in ten are held out, by a hash of the name; the figures printed are theirs, and the map written is
the one that was measured.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import recall_score

from vocpipe.contracts import UsageError
from vocpipe.enrichment.vader import Vader
from vocpipe.enrichment.vader_sentiment import FEATURES, LABELS, features

HELD_OUT_PERCENT = 30


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """Texts with their labels (0, 1, 2 in the order of LABELS), and whether their author is held out."""

    name: str
    texts: list[str]
    labels: np.ndarray
    held_out: np.ndarray
    weight: float


def read_set(spec: str) -> LabelledSet:
    """Reads ``path:text column:label column:author column[:weight]``; rows without text or label are left out."""
    path, text, label, author, *weight = spec.split(":")
    if len(weight) > 1:
        raise UsageError(f"'{spec}' has too many parts: write path:text:label:author or path:text:label:author:weight")
    with Path(path).open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row[text].strip() and row[label].strip()]
    labels = np.array([_label(row[label]) for row in rows])
    held_out = np.array([_is_held_out(row[author]) for row in rows])
    return LabelledSet(
        Path(path).stem, [row[text] for row in rows], labels, held_out, float(weight[0]) if weight else 1.0
    )


def _label(written: str) -> int:
    if written in LABELS:
        return LABELS.index(written)
    rating = float(written)
    return 0 if rating <= 4 else 2 if rating >= 7 else 1


def _is_held_out(author: str) -> bool:
    return int(hashlib.sha256(author.strip().lower().encode()).hexdigest()[:8], 16) % 100 < HELD_OUT_PERCENT


def fit(sets: Sequence[LabelledSet]) -> LogisticRegression:
    """The multinomial map, fitted on the authors that are not held out."""
    vader = Vader()
    x = np.concatenate([features(vader, s.texts)[~s.held_out] for s in sets])
    y = np.concatenate([s.labels[~s.held_out] for s in sets])
    weight = np.concatenate([np.full((~s.held_out).sum(), s.weight / (~s.held_out).sum()) for s in sets])
    return LogisticRegression(C=10, max_iter=5000).fit(x, y, sample_weight=weight * len(y) / weight.sum())


def measure(model: LogisticRegression, s: LabelledSet) -> dict[str, float]:
    """On the held-out authors of one set: macro recall and accuracy of the map and of VADER's own thresholds
    (compound at least .05 / at most -.05), expected calibration error (ten bins) and net sentiment."""
    x, y = features(Vader(), s.texts)[s.held_out], s.labels[s.held_out]
    p = model.predict_proba(x)
    label, vader = p.argmax(axis=1), np.where(x[:, 0] >= 0.05, 2, np.where(x[:, 0] <= -0.05, 0, 1))
    return {
        "n": len(y),
        "macro_recall": recall_score(y, label, average="macro"),
        "accuracy": float((label == y).mean()),
        "macro_recall_vader": recall_score(y, vader, average="macro"),
        "accuracy_vader": float((vader == y).mean()),
        "calibration_error": _calibration_error(p, label == y),
        "net_sentiment": float((p[:, 2] - p[:, 0]).mean()),
        "net_sentiment_true": float((y == 2).mean() - (y == 0).mean()),
    }


def _calibration_error(p: np.ndarray, right: np.ndarray) -> float:
    sure = p.max(axis=1)
    bins = np.minimum((sure * 10).astype(int), 9)
    gaps = [abs(sure[bins == b].mean() - right[bins == b].mean()) * (bins == b).mean() for b in np.unique(bins)]
    return float(sum(gaps))


def as_json(model: LogisticRegression) -> str:
    """What ``sentiment.py`` reads: features, classes x features coefficients, intercepts."""
    told = {
        "about": "Multinomial logistic map from NLTK VADER scores to probabilities; see docs/model-sentiment-vader.md",
        "labels": LABELS,
        "features": FEATURES,
        "coefficients": [[round(float(c), 6) for c in row] for row in model.coef_],
        "intercepts": [round(float(c), 6) for c in model.intercept_],
    }
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Reads the sets, fits, prints the figures on held-out authors and writes the map."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", action="append", required=True, dest="sets", metavar="PATH:TEXT:LABEL:AUTHOR[:WEIGHT]")
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args(arguments)
    sets = [read_set(spec) for spec in chosen.sets]
    model = fit(sets)
    for s in sets:
        figures = json.dumps({key: round(value, 3) for key, value in measure(model, s).items()})
        sys.stdout.write(f"{s.name} {figures}\n")
    chosen.out.write_text(as_json(model), encoding="utf-8")


if __name__ == "__main__":
    main()
