"""Fits the fast engine of sentiment and writes its file.

    python -m vocpipe.enrichment.fit_fast --out fast.npz --teacher teacher.csv \\
        --set semeval.csv:text:label:tweet_id --check tweets.csv:text:airline_sentiment:name

A set is a CSV file with the columns of its text, its label (negative, neutral, positive; or a rating of 1 to 10) and
its author, and a weight (default 1). A teacher's file (--teacher PATH[:WEIGHT], several may be given) is a CSV file of
texts and what the accurate engine says of them, columns text, negative, neutral, positive: a labelled text that stands
in it is learnt from label and teacher together, the others from the one they have. The sets to check are not fitted
on: seven authors in ten of them choose temperature and bias (each set counts as its weight says), the figures printed
are those of the other three.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np

from vocpipe.enrichment import student
from vocpipe.enrichment.fast import FastSentiment
from vocpipe.enrichment.fit_sets import LABELS, SET, LabelledSet, figures, read_set
from vocpipe.enrichment.wording import plain

GOLD = 0.3  # how much a label counts against the teacher's word where a text has both
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")  # SemEval's files write an apostrophe as \\u2019
CALIBRATION_ERROR = 0.05
TEMPERATURES = (1.0, 1.15, 1.3, 1.5, 2.0)
BIASES = (-0.2, 0.0, 0.2, 0.4)
BALANCE = 1.0  # classes weigh (1 / share) ** BALANCE: a label is worth the same whatever the classes' shares


@dataclass(frozen=True, slots=True)
class Lesson:
    """What the teacher says of one text (its three probabilities), and how much that counts."""

    said: np.ndarray
    weight: float


def read_teacher(spec: str) -> dict[str, Lesson]:
    """Plain text -> what the teacher says of it, from ``path[:weight]``: a CSV file with text and the three LABELS."""
    path, _, weight = spec.partition(":")
    with Path(path).open(encoding="utf-8", newline="") as lines:
        return {
            plain(row["text"]): Lesson(np.array([float(row[label]) for label in LABELS]), float(weight or 1))
            for row in csv.DictReader(lines)
        }


def examples(sets: Sequence[LabelledSet], taught: dict[str, Lesson]) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Texts, soft labels (n x 3) and weights (mean 1): the labelled texts, then the teacher's other ones."""
    texts = [text for s in sets for text in s.texts]
    soft = np.concatenate([np.zeros((0, 3)), *(np.eye(3)[s.labels] for s in sets)])
    weights = np.concatenate([np.zeros(0), *(np.full(len(s.texts), s.weight) for s in sets)])
    names = [plain(text) for text in texts]
    for i, name in enumerate(names):
        if name in taught:
            soft[i] = GOLD * soft[i] + (1 - GOLD) * taught[name].said
    rest = sorted(set(taught) - set(names))
    soft = np.concatenate((soft, *(taught[name].said[None] for name in rest)))
    weights = np.concatenate((weights, [taught[name].weight for name in rest]))
    share = weights @ soft / weights.sum()
    weights *= soft @ (1 / (3 * share)) ** BALANCE
    return texts + rest, soft, weights / weights.mean()


def fit(
    sets: Sequence[LabelledSet],
    taught: dict[str, Lesson],
    checks: Sequence[LabelledSet],
    start: student.Student | None = None,
    steps: int = 100,
) -> student.Student:
    """The student, its temperature and bias chosen on the authors of ``checks`` that are not held out."""
    checked = {plain(text).lower() for s in checks for text in s.texts}
    texts, soft, weights = examples(sets, taught)
    keep = np.array([plain(text).lower() not in checked for text in texts])
    kept = [text for text, k in zip(texts, keep, strict=True) if k]
    model = student.fit_student(kept, soft[keep], weights[keep], start=start, steps=steps)
    if not checks:
        return model
    logits = [FastSentiment(model).logits(_chosen(s, held_out=False)) for s in checks]
    return calibrated(model, logits, [s.labels[~s.held_out] for s in checks])


def calibrated(model: student.Student, logits: Sequence[np.ndarray], labels: Sequence[np.ndarray]) -> student.Student:
    """The model with a temperature and a bias of negative and positive, from the model's logits (n x 2) on sets that
    it was not fitted on and their labels: those with the highest mean of the sets' macro-averaged recalls, less what
    the sets' calibration errors have above CALIBRATION_ERROR."""
    best, found = -np.inf, model
    for temperature, negative, positive in product(TEMPERATURES, BIASES, BIASES):
        tried = replace(model, temperature=temperature, bias=(negative, 0.0, positive))
        told = [figures(tried.probabilities(z), y) for z, y in zip(logits, labels, strict=True)]
        excess = sum(max(0.0, f["calibration_error"] - CALIBRATION_ERROR) for f in told)
        value = float(np.mean([f["macro_recall"] for f in told])) - excess
        if value > best:
            best, found = value, tried
    return found


def _chosen(s: LabelledSet, *, held_out: bool) -> list[str]:
    return [text for text, out in zip(s.texts, s.held_out, strict=True) if out == held_out]


def main(arguments: Sequence[str] | None = None) -> None:
    """Reads the sets, fits, prints the figures on the sets to check and writes the model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", action="append", default=[], dest="sets", metavar=SET)
    parser.add_argument("--check", action="append", default=[], dest="checks", metavar=SET)
    parser.add_argument("--teacher", action="append", default=[], metavar="PATH[:WEIGHT]")
    parser.add_argument("--start", type=Path, help="go on from this model")
    parser.add_argument("--steps", type=int, default=100, help="of L-BFGS")
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args(arguments)
    if not chosen.sets and not chosen.teacher:
        parser.error("nothing to fit on: give --set, --teacher or both")
    sets, checks = [_read(spec) for spec in chosen.sets], [_read(spec) for spec in chosen.checks]
    taught = {name: lesson for spec in chosen.teacher for name, lesson in read_teacher(spec).items()}
    start = student.load(chosen.start) if chosen.start else None
    model = fit(sets, taught, checks, start, chosen.steps)
    model.save(chosen.out)
    classifier = FastSentiment(chosen.out)
    for s in checks:
        told = figures(classifier.predict_proba(_chosen(s, held_out=True)), s.labels[s.held_out])
        sys.stdout.write(f"{s.name} {json.dumps({key: round(value, 3) for key, value in told.items()})}\n")


def _read(spec: str) -> LabelledSet:
    found = read_set(spec)
    return replace(found, texts=[_ESCAPED.sub(lambda code: chr(int(code[1], 16)), text) for text in found.texts])


if __name__ == "__main__":
    main()
