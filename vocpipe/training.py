"""Fits a project's own models on its texts and labels, and puts one in use only where it is surely better.

What is held out is held out for good: an author belongs to the held-out quarter by a hash of the name, so that no model
that was ever fitted here has seen those authors, and the old and the new one meet on equal terms. The model that is put
in use is the one that was measured, not one fitted again on everything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from vocpipe import decisions, enrichment, evaluating, settings
from vocpipe.analysis import classification
from vocpipe.analysis.classification import Figure
from vocpipe.contracts import Classifier, TextChoices, VocpipeError, stand_in_of
from vocpipe.decisions.corrections import CLASSIFIERS
from vocpipe.enrichment import SUPPORTED, Taxonomy, cards, fit_head, head
from vocpipe.enrichment.student import fit_student
from vocpipe.enrichment.topic_model import TopicModel
from vocpipe.labels import Labelled, read
from vocpipe.runs import Progress, locked, read_taxonomy, silent, text_choices
from vocpipe.warehouse import opened, teaching

HELD_OUT = 0.25
LEAST_LABELS = 40  # fewer decide nothing: half of them would be held out
LEAST_TEXTS = 2_000  # with fewer a student knows too few words
MOST_TEXTS = 20_000  # the student learns from so many of the user's own texts at most: half a minute of its teacher

# By which figure a new model must be better, and whose word is the truth there.
MEASURES = {"sentiment": "macro_f1", "student": "accuracy", "topic": "macro_f1"}
ON = dict.fromkeys(MEASURES, "held-out authors") | {"student": "held-out authors, its teacher's labels"}


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
        return self.part(name, replace(self.choices, trained=None))

    def in_use(self, name: str) -> Classifier:
        """The classifier that the next run will use."""
        return self.part(name, self.choices)

    def part(self, name: str, choices: TextChoices) -> Classifier:
        """The classifier of that name as these choices have it; 'student' is the stand-in of sentiment."""
        found = enrichment.classifier("sentiment" if name == "student" else name, self.taxonomy, choices)
        stand_in = stand_in_of(found)
        return stand_in if name == "student" and stand_in else found


def train(directory: Path, progress: Progress = silent) -> list[Outcome]:
    """Fit what can be fitted, measure it on held-out authors, and put in use what is better by an interval.

    Nothing is labelled anew here: the next runs do that, within their budget (see ``backlog``). Raises UsageError where
    no run has been done yet, RunError while one is on.
    """
    lesson = learn(directory)
    steps: Sequence[Callable[[Lesson], Outcome]] = (sentiment, student, topic)  # the student after its teacher
    found = retired(lesson)
    for number, step in enumerate(steps):
        progress("training", number, len(steps))
        found.append(step(lesson))
    progress("training", len(steps), len(steps))
    return found


def retired(lesson: Lesson) -> list[Outcome]:
    """Takes the project's models out of use where one of them fits its engine or the taxonomy no more: what can be
    fitted anew is, in this very training. The shipped ones must work by themselves, or their error is raised."""
    enrichment.classifiers(lesson.taxonomy, replace(lesson.choices, trained=None))
    try:
        enrichment.classifiers(lesson.taxonomy, lesson.choices)
    except VocpipeError as problem:
        names = list(cards.current(lesson.folder))
        for name in names:
            cards.use(lesson.folder, name, cards.SHIPPED)
        return [Outcome(name, None, False, f"what was fitted before is out of use: {problem}") for name in names]
    return []


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
    for one_made in (one for one in made if one.interaction_id in said and one.classifier in CLASSIFIERS):
        text, author, channel = said[one_made.interaction_id]
        labels = (
            {"sentiment": one_made.labels[0]} if one_made.classifier == "sentiment" else {"topics": one_made.labels}
        )
        rows.append(Labelled(text=text, author=author, channel=channel, **labels))
    if choices.labels:
        written = read(choices.labels, [topic.slug for topic in taxonomy.topics]).rows
        masked = evaluating.redacted([row.text for row in written], chosen.brand_handles)
        language = enrichment.classifier("language", taxonomy, choices).predict(masked)
        rows += [
            Labelled(text, row.sentiment, row.topics, row.author, row.channel)
            for text, row, code in zip(masked, written, language, strict=True)
            if code in SUPPORTED
        ]
    return Lesson(texts, rows, taxonomy, choices, directory / "work" / "trained")


def sentiment(lesson: Lesson) -> Outcome:
    """A head on the engine of the settings, learnt from labels of sentiment."""
    fit, test = parted(lesson.labelled("sentiment"))
    if told := too_few("sentiment", fit, test, {row.sentiment for row in fit}):
        return told
    made, losses = fit_head.fit_head(
        lesson.shipped("sentiment"),
        [row.text for row in fit],
        [row.sentiment or "" for row in fit],
        [row.author for row in fit],
    )
    trained_on = f"{len(fit)} labelled texts (log loss {losses['mixture']:.3f}, the engine's {losses['engine']:.3f})"
    return settled(lesson, "sentiment", lambda path: head.save(made, path), fit, test, trained_on)


def student(lesson: Lesson) -> Outcome:
    """The stand-in of the engine in use, fitted on the user's own texts as that engine, with its head, reads them."""
    teacher = lesson.in_use("sentiment")
    old = stand_in_of(teacher)
    if old is None:
        return Outcome(
            "student", None, False, f"nothing fitted: the engine {teacher.version.split('-')[0]} has no stand-in"
        )
    if len(lesson.texts) < LEAST_TEXTS:
        told = f"nothing fitted: {len(lesson.texts):,} different texts, {LEAST_TEXTS:,} are asked"
        return Outcome("student", None, False, told)
    texts, authors = [text for text, _ in lesson.texts], [author for _, author in lesson.texts]
    out = classification.held_out(authors, texts, HELD_OUT)
    soft = teacher.predict_proba(texts)
    made = fit_student([text for text, is_out in zip(texts, out, strict=True) if not is_out], soft[~out])
    held = [Labelled(texts[i], teacher.labels[soft[i].argmax()], (), authors[i]) for i in np.flatnonzero(out).tolist()]
    fit = [Labelled(text) for text, is_out in zip(texts, out, strict=True) if not is_out]
    told = f"{len(fit)} own texts as {teacher.version} reads them"
    return settled(lesson, "student", made.save, fit, held, told)


def topic(lesson: Lesson) -> Outcome:
    """The topics of the taxonomy, learnt from labels beside its keywords and seeds."""
    fit, test = parted(lesson.labelled("topic"))
    if told := too_few("topic", fit, test, {row.topics for row in fit}):
        return told
    made = TopicModel.fit(
        [row.text for row in fit], [row.topics for row in fit], lesson.taxonomy, [text for text, _ in lesson.texts]
    )
    return settled(lesson, "topic", made.save, fit, test, f"{len(fit)} labelled texts")


def parted(rows: Sequence[Labelled]) -> tuple[list[Labelled], list[Labelled]]:
    """The rows to fit on, and those of the held-out authors."""
    out = classification.held_out([row.author for row in rows], [row.text for row in rows], HELD_OUT)
    fit = [row for row, is_out in zip(rows, out, strict=True) if not is_out]
    return fit, [row for row, is_out in zip(rows, out, strict=True) if is_out]


def too_few(name: str, fit: Sequence[Labelled], test: Sequence[Labelled], different: set[Any]) -> Outcome | None:
    """What is told where nothing can be learnt; None where there is enough."""
    count = len(fit) + len(test)
    if count >= LEAST_LABELS and len(different) > 1 and test:
        return None
    return Outcome(
        name, None, False, f"nothing fitted: {count} labels of {name}, {LEAST_LABELS} different texts are asked"
    )


def settled(
    lesson: Lesson, name: str, write: Callable[[Path], None], fit: Sequence[Labelled], test: Sequence[Labelled],
    trained_on: str,
) -> Outcome:  # fmt: skip
    """Measures a fitted model, as the next run would use it, against the one in use; keeps it, and puts it in use where
    the whole interval of its gain on the held-out authors is above zero."""
    lesson.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with TemporaryDirectory(dir=lesson.folder) as folder:
        cards.use(Path(folder), name, cards.put(Path(folder), name, write, {"version": "", "trained_at": ""}))
        new = lesson.part(name, replace(lesson.choices, trained=Path(folder)))
        gain, figures = compared(name, lesson.part(name, lesson.choices), new, test)
    is_better = gain.ci_low > 0
    of = MEASURES[name].replace("_", "-")
    told = f"{gain.value:+.3f} {of} ({gain.ci_low:+.3f} to {gain.ci_high:+.3f}) on {gain.n} texts of held-out authors"
    why = f"in use: better by {told}" if is_better else f"not in use: not surely better, {told}"
    model_id = cards.put(lesson.folder, name, write, {
        "classifier": new.name, "version": new.version, "trained_on": trained_on, "outcome": why,
        "trained_at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", "figures": card_figures(figures, ON[name]),
        "texts": [] if name == "student" else sorted(evaluating.text_key(row.text) for row in fit),
    })  # fmt: skip
    if is_better:
        cards.use(lesson.folder, name, model_id)
    return Outcome(name, new.version, is_better, why, figures)


def compared(name: str, old: Classifier, new: Classifier, rows: Sequence[Labelled]) -> tuple[Figure, list[Figure]]:
    """By how much the new one is better on these rows, and all figures of the new one with that gain."""
    texts, authors = [row.text for row in rows], [row.author for row in rows]
    was, said = (evaluating.answers(model, texts) for model in (old, new))
    truth = [row.topics[0] if name == "topic" else row.sentiment or "" for row in rows]
    before, after = evaluating.labels_of(old, was), evaluating.labels_of(new, said)
    gain = classification.gain(MEASURES[name], truth, before, after, authors)
    return gain, [*evaluating.figures_of(new, said, rows), replace(gain, metric=f"gain_{MEASURES[name]}")]


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
