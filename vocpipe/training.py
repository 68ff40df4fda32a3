"""Fits a project's own models on its texts and labels, and puts one in use only where it is surely better.

What is held out is held out for good: an author belongs to the held-out quarter by a hash of the name, so that no model
that was ever fitted here has seen those authors, and the old and the new one meet on equal terms. The model that is put
in use is the one that was measured, not one fitted again on everything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from vocpipe import decisions, enrichment, evaluating, settings
from vocpipe.analysis import classification
from vocpipe.analysis.classification import Figure
from vocpipe.contracts import Classifier, TextChoices
from vocpipe.enrichment import SUPPORTED, Taxonomy, cards, fit_head, head
from vocpipe.labels import Labelled, read
from vocpipe.runs import Progress, locked, read_taxonomy, silent, text_choices
from vocpipe.warehouse import opened, teaching

HELD_OUT = 0.25
LEAST_LABELS = 40  # fewer decide nothing: half of them would be held out
MOST_TEXTS = 20_000  # the student learns from so many of the user's own texts at most: half a minute of its teacher


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one model: its version (None: none was fitted), whether the next run uses it, and why."""

    name: str
    version: str | None
    is_in_use: bool
    why: str
    figures: list[Figure] = field(default_factory=list)


@dataclass(frozen=True)
class Lesson:
    """What there is to learn from: the user's texts with their authors, and the labelled rows (texts redacted)."""

    texts: list[tuple[str, str]]
    rows: list[Labelled]
    taxonomy: Taxonomy
    choices: TextChoices
    folder: Path

    def labelled(self, name: str) -> list[Labelled]:
        """The rows that say something about sentiment or topics."""
        return [row for row in self.rows if (row.sentiment if name == "sentiment" else row.topics)]

    def shipped(self, name: str) -> Classifier:
        """The classifier as it comes with vocpipe."""
        return one(enrichment.classifiers(self.taxonomy, TextChoices(
            self.choices.sentiment, None, None, self.choices.model, self.choices.model_labels)), name)  # fmt: skip

    def in_use(self, name: str) -> Classifier:
        """The classifier that the next run will use."""
        return one(enrichment.classifiers(self.taxonomy, self.choices), name)


def one(classifiers: Sequence[Classifier], name: str) -> Classifier:
    """The classifier of that name."""
    return next(classifier for classifier in classifiers if classifier.name == name)


def train(directory: Path, progress: Progress = silent) -> list[Outcome]:
    """Fit what can be fitted, measure it on held-out authors, and put in use what is better by an interval.

    Nothing is labelled anew here: the next runs do that, within their budget (see ``backlog``). Raises UsageError where
    no run has been done yet, RunError while one is on.
    """
    lesson = learn(directory)
    steps: Sequence[Callable[[Lesson], Outcome]] = (sentiment,)  # the student after its teacher
    found = []
    for number, step in enumerate(steps):
        progress("training", number, len(steps))
        found.append(step(lesson))
    progress("training", len(steps), len(steps))
    return found


def learn(directory: Path) -> Lesson:
    """Collects what there is to learn from; the work file is let go of before anything is fitted."""
    chosen = settings.load(directory)
    taxonomy = read_taxonomy(directory, chosen.taxonomy)
    choices = text_choices(directory, chosen)
    made = decisions.corrections.in_force(decisions.corrections.read(directory))
    with locked(directory), opened(directory) as con:
        texts = teaching.spoken(con, MOST_TEXTS)
        said = teaching.texts_of(con, [one.interaction_id for one in made])
    rows = []
    for one_made in (one_made for one_made in made if one_made.interaction_id in said):
        text, author, channel = said[one_made.interaction_id]
        labels = (
            {"sentiment": one_made.labels[0]} if one_made.classifier == "sentiment" else {"topics": one_made.labels}
        )
        rows.append(Labelled(text=text, author=author, channel=channel, **labels))
    if choices.labels:
        written = read(choices.labels, [topic.slug for topic in taxonomy.topics]).rows
        masked = evaluating.redacted([row.text for row in written], chosen.brand_handles)
        language = one(enrichment.classifiers(taxonomy), "language").predict(masked)
        rows += [
            Labelled(text, row.sentiment, row.topics, row.author, row.channel)
            for text, row, code in zip(masked, written, language, strict=True)
            if code in SUPPORTED
        ]
    return Lesson(texts, rows, taxonomy, choices, directory / "work" / "trained")


def sentiment(lesson: Lesson) -> Outcome:
    """A head on the engine of the settings, learnt from labels of sentiment."""
    rows = lesson.labelled("sentiment")
    texts, authors, labels = (
        [row.text for row in rows],
        [row.author for row in rows],
        [row.sentiment or "" for row in rows],
    )
    out = classification.held_out(authors, texts, HELD_OUT)
    fit, test = np.flatnonzero(~out).tolist(), np.flatnonzero(out).tolist()
    if len(rows) < LEAST_LABELS or len({labels[i] for i in fit}) < 2 or not test:
        return Outcome(
            "sentiment", None, False, f"{len(rows)} labels of sentiment are too few: {LEAST_LABELS} at least"
        )
    engine, old = lesson.shipped("sentiment"), lesson.in_use("sentiment")
    made, losses = fit_head.fit_head(
        engine, [texts[i] for i in fit], [labels[i] for i in fit], [authors[i] for i in fit]
    )
    fresh = lesson.folder / ".sentiment.measured"
    lesson.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    head.save(made, fresh)
    try:
        new = head.AdaptedSentiment(engine, fresh)
        held = [rows[i] for i in test]
        gain, figures = compared(old, new, held)
    finally:
        fresh.unlink()
    told = f"{len(fit)} labelled texts; held back by cross-validation: {min(losses, key=lambda s: losses[s])}"
    return keep(lesson, "sentiment", head.KIND, lambda path: head.save(made, path), gain, {
        "classifier": "sentiment", "trained_on": told, "figures": card_figures(figures, "held-out authors"),
        "texts": sorted(evaluating.text_key(texts[i]) for i in fit),
    })  # fmt: skip


def compared(old: Classifier, new: Classifier, rows: Sequence[Labelled]) -> tuple[Figure, list[Figure]]:
    """By how much the new one's macro-F1 is better on these rows, and all figures of the new one with that gain."""
    texts, truth = [row.text for row in rows], [row.sentiment or "" for row in rows]
    authors = [row.author for row in rows]
    gain = classification.gain("macro_f1", truth, old.predict(texts), new.predict(texts), authors)
    named = Figure("gain_macro_f1", gain.value, gain.ci_low, gain.ci_high, gain.n, gain.n_authors)
    return gain, [*evaluating.of_sentiment(new, texts, rows), named]


def keep(
    lesson: Lesson, name: str, kind: str, write: Callable[[Path], None], gain: Figure, card: dict[str, Any]
) -> Outcome:
    """Keep a fitted model with its card, and put it in use where the whole interval of its gain is above zero."""
    is_better = gain.ci_low > 0
    told = (
        f"{gain.value:+.3f} ({gain.ci_low:+.3f} to {gain.ci_high:+.3f}) on {gain.n} texts of {gain.n_authors} authors"
    )
    why = f"in use: better by {told}" if is_better else f"not in use: not surely better, {told}"
    at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    version = cards.put(lesson.folder, name, kind, write, card | {"trained_at": at, "outcome": why})
    if is_better:
        cards.use(lesson.folder, name, version)
    return Outcome(name, version, is_better, why, [gain])


def card_figures(figures: Sequence[Figure], on: str) -> list[dict[str, Any]]:
    """Figures as a card holds them."""
    return [{"evaluated_on": on, "channel": evaluating.ALL, **asdict(figure)} for figure in figures]


def markdown(outcomes: Sequence[Outcome], waiting: dict[str, int]) -> str:
    """What became of each model, and how many texts wait for it, as a table."""
    lines = ["| model | version | in use | why |", "| --- | --- | --- | --- |"]
    lines += [f"| {o.name} | {o.version or ''} | {'yes' if o.is_in_use else 'no'} | {o.why} |" for o in outcomes]
    return "\n".join([*lines, "", *waiting_lines(waiting)])


def waiting_lines(waiting: dict[str, int]) -> list[str]:
    """How many texts the next runs label anew, one line a classifier that has some."""
    return [
        f"{count:,} different texts wait for the {name} model in use: the next runs label them within their budget."
        for name, count in waiting.items()
        if count
    ]


def use(directory: Path, name: str, version: str) -> None:
    """Put a version fitted earlier, or the shipped model, in use from the next run on.

    Raises UsageError where there is no such version.
    """
    settings.load(directory)
    cards.use(directory / "work" / "trained", name, version)


def backlog(directory: Path) -> dict[str, int]:
    """How many different texts each classifier still has to answer in the version that the next run uses."""
    chosen = settings.load(directory)
    made = enrichment.classifiers(read_taxonomy(directory, chosen.taxonomy), text_choices(directory, chosen))
    with locked(directory), opened(directory) as con:
        teaching.require_facts(con)
        return {one.name: teaching.waiting(con, one.name, one.version) for one in made}
