"""Fits the fast engine of sentiment and writes its file.

    python -m vocpipe.enrichment.fit_fast --out fast.npz --teacher teacher.csv \\
        --set semeval.csv:text:label:tweet_id --check tweets.csv:text:airline_sentiment:name

A set is a CSV file with the columns of its text, its label (negative, neutral, positive; or a rating of 1 to 10) and
its author, and a weight (default 1). A teacher's file (--teacher PATH[:WEIGHT], several may be given) is a CSV file of
texts and what the accurate engine says of them, columns text, negative, neutral, positive: a labelled text that stands
in it is learnt from label and teacher together, the others from the one they have. The sets to check are not fitted
on: seven authors in ten of them choose the calibration (each set counts as its weight says); the figures printed are
those of the other three, then those of all.
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
from vocpipe.enrichment.fit_sets import LABELS, SET, LabelledSet, bare, calibration_error, figures, read_set
from vocpipe.enrichment.wording import plain

GOLD = 0.3  # how much a label counts against the teacher's word where a text has both
STRENGTH = 0.15  # of the regularisation
STEPS = 200  # of L-BFGS
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")  # SemEval's files write an apostrophe as \\u2019
CALIBRATION_ERROR = 0.04  # more than this is taken off what a calibration is worth
TEMPERATURES = (0.9, 1.0, 1.15, 1.3, 1.5, 2.0)
COOLINGS = (0.0, 0.15, 0.3, 0.45)
BIASES = (-0.45, -0.3, -0.15, 0.0, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9)
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


def examples(
    sets: Sequence[LabelledSet], taught: dict[str, Lesson], gold: float = GOLD
) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Texts, soft labels (n x 3) and weights (mean 1): the labelled texts, then the teacher's other ones."""
    texts = [text for s in sets for text in s.texts]
    soft = np.concatenate([np.zeros((0, 3)), *(np.eye(3)[s.labels] for s in sets)])
    weights = np.concatenate([np.zeros(0), *(np.full(len(s.texts), s.weight) for s in sets)])
    names = [plain(text) for text in texts]
    for i, name in enumerate(names):
        if name in taught:
            soft[i] = gold * soft[i] + (1 - gold) * taught[name].said
    rest = sorted(set(taught) - set(names))
    soft = np.concatenate((soft, *(taught[name].said[None] for name in rest)))
    weights = np.concatenate((weights, [taught[name].weight for name in rest]))
    share = weights @ soft / weights.sum()
    rarity = np.divide(1, 3 * share, out=np.zeros(3), where=share > 0)  # a class may be missing
    weights *= soft @ rarity**BALANCE
    return texts + rest, soft, weights / weights.mean()


def fit(
    sets: Sequence[LabelledSet],
    taught: dict[str, Lesson],
    checks: Sequence[LabelledSet],
    *,
    start: student.Student | None = None,
    steps: int = STEPS,
    strength: float = STRENGTH,
    gold: float = GOLD,
) -> student.Student:
    """The student, calibrated on the authors of ``checks`` that are not held out. No text of theirs is fitted on."""
    checked = {bare(text) for s in checks for text in s.texts}
    texts, soft, weights = examples(sets, taught, gold)
    keep = np.array([bare(text) not in checked for text in texts])
    kept = [text for text, k in zip(texts, keep, strict=True) if k]
    model = student.fit_student(kept, soft[keep], weights[keep], start=start, strength=strength, steps=steps)
    return calibrated(model, [chosen(s, held_out=False) for s in checks]) if checks else model


def calibrated(model: student.Student, checks: Sequence[LabelledSet]) -> student.Student:
    """The model with the temperature, the cooling of long texts and the bias of negative and positive that are worth
    most on sets that it was not fitted on: the mean over the sets (by their weights) of accuracy and macro-averaged
    recall, less what the calibration error has above CALIBRATION_ERROR."""
    weights = np.array([s.weight for s in checks])
    best, found = -np.inf, model
    for cooling in COOLINGS:
        cooled = replace(model, cooling=cooling)
        logits = [FastSentiment(cooled).logits(s.texts) for s in checks]
        for temperature, negative, positive in product(TEMPERATURES, BIASES, BIASES):
            tried = replace(cooled, temperature=temperature, bias=(negative, 0.0, positive))
            worth = [_worth(tried.probabilities(z), s.labels) for z, s in zip(logits, checks, strict=True)]
            if (value := float(weights @ worth / weights.sum())) > best:
                best, found = value, tried
    return found


def _worth(p: np.ndarray, y: np.ndarray) -> float:
    right = p.argmax(axis=1) == y
    recalls = [right[y == k].mean() for k in np.unique(y)]
    excess = max(0.0, calibration_error(p, right) - CALIBRATION_ERROR)
    return float(right.mean() + np.mean(recalls)) / 2 - excess


def chosen(s: LabelledSet, *, held_out: bool) -> LabelledSet:
    """The part of a set whose authors are held out, or the other part."""
    texts = [text for text, out in zip(s.texts, s.held_out, strict=True) if out == held_out]
    part = s.held_out == held_out
    return LabelledSet(s.name, texts, s.labels[part], s.held_out[part], s.weight)


def main(arguments: Sequence[str] | None = None) -> None:
    """Reads the sets, fits, prints the figures on the sets to check and writes the model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", action="append", default=[], dest="sets", metavar=SET)
    parser.add_argument("--check", action="append", default=[], dest="checks", metavar=SET)
    parser.add_argument("--teacher", action="append", default=[], metavar="PATH[:WEIGHT]")
    parser.add_argument("--start", type=Path, help="go on from this model")
    parser.add_argument("--steps", type=int, default=STEPS, help="of L-BFGS")
    parser.add_argument("--strength", type=float, default=STRENGTH, help="of the regularisation")
    parser.add_argument("--gold", type=float, default=GOLD, help="what a label counts against the teacher's word")
    parser.add_argument("--out", type=Path, required=True)
    wanted = parser.parse_args(arguments)
    if not wanted.sets and not wanted.teacher:
        parser.error("nothing to fit on: give --set, --teacher or both")
    sets, checks = [_read(spec) for spec in wanted.sets], [_read(spec) for spec in wanted.checks]
    taught = {name: lesson for spec in wanted.teacher for name, lesson in read_teacher(spec).items()}
    start = student.load(wanted.start) if wanted.start else None
    model = fit(sets, taught, checks, start=start, steps=wanted.steps, strength=wanted.strength, gold=wanted.gold)
    model.save(wanted.out)
    classifier = FastSentiment(wanted.out)
    for s in checks:
        _tell("other authors", chosen(s, held_out=True), classifier)
        _tell("all", s, classifier)


def _tell(who: str, s: LabelledSet, classifier: FastSentiment) -> None:
    told = figures(classifier.predict_proba(s.texts), s.labels)
    sys.stdout.write(f"{s.name}, {who}: {json.dumps({key: round(value, 3) for key, value in told.items()})}\n")


def _read(spec: str) -> LabelledSet:
    found = read_set(spec)
    return replace(found, texts=[_ESCAPED.sub(lambda code: chr(int(code[1], 16)), text) for text in found.texts])


if __name__ == "__main__":
    main()
