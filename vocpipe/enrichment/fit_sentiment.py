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
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import recall_score

from vocpipe.enrichment.fit_sets import SET, LabelledSet, figures, read_set
from vocpipe.enrichment.vader import Vader
from vocpipe.enrichment.vader_sentiment import FEATURES, LABELS, features


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
    vader = np.where(x[:, 0] >= 0.05, 2, np.where(x[:, 0] <= -0.05, 0, 1))
    return figures(model.predict_proba(x), y) | {
        "macro_recall_vader": float(recall_score(y, vader, average="macro")),
        "accuracy_vader": float((vader == y).mean()),
    }


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
    parser.add_argument("--set", action="append", required=True, dest="sets", metavar=SET)
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
