"""How good the classifiers in use are on texts whose answer is known: corrections and labelled files."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from vocpipe import decisions, enrichment, settings
from vocpipe.analysis import classification
from vocpipe.analysis.classification import Figure
from vocpipe.contracts import Classifier, UsageError
from vocpipe.decisions.corrections import CLASSIFIERS
from vocpipe.enrichment import SUPPORTED, cards
from vocpipe.enrichment.redaction import Redactor
from vocpipe.enrichment.taxonomy import UNKNOWN
from vocpipe.labels import Labelled, read
from vocpipe.published import Published, published_in
from vocpipe.runs import read_taxonomy, text_choices

ALL = "all"  # in place of a channel
SAID = """
    select interaction_id, verbatim, customer_id, channel from marts.interactions
    where verbatim is not null and list_contains($1, interaction_id)
"""


@dataclass(slots=True)
class Evaluation:
    """The figures as rows, and what was left out: labelled rows set aside, texts that are not English, texts that the
    model was fitted on."""

    figures: list[dict[str, Any]] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)


def evaluate(directory: Path, file: Path | None = None) -> Evaluation:
    """The quality of the classifiers that the next run will use, per channel and overall, on the labels of a file
    (that of the settings, unless one is named) and the corrections in force.

    A text on which a model was fitted is left out of that model's figures. Raises UsageError where nothing is labelled.
    """
    chosen = settings.load(directory)
    taxonomy = read_taxonomy(directory, chosen.taxonomy)
    choices = text_choices(directory, chosen)
    found = Evaluation()
    rows: list[Labelled] = []
    if path := file or choices.labels:
        labels = read(path, [topic.slug for topic in taxonomy.topics])
        found.left_out |= {f"set aside: {reason}": count for reason, count in labels.reasons().items()}
        rows += labels.rows
    rows += corrected(directory)
    if not rows:
        raise UsageError(
            f"nothing is labelled: write {directory / chosen.text.labels} (columns text, sentiment and/or topic), name "
            "a file with --labels, or correct some interactions (`vocpipe correct`)."
        )
    made = {one.name: one for one in enrichment.classifiers(taxonomy, choices)}
    texts = redacted([row.text for row in rows], chosen.brand_handles)
    readable = [label in SUPPORTED for label in made["language"].predict(texts)]
    found.left_out["in another language"] = readable.count(False)
    kept = [i for i, is_readable in enumerate(readable) if is_readable]
    for name in CLASSIFIERS:
        known = fitted_on(choices.trained, name)
        labelled = [i for i in kept if (rows[i].sentiment if name == "sentiment" else rows[i].topics)]
        fresh = [i for i in labelled if text_key(texts[i]) not in known]
        if len(labelled) > len(fresh):
            found.left_out[f"the {name} model was fitted on them"] = len(labelled) - len(fresh)
        found.figures += by_channel(made[name], [texts[i] for i in fresh], [rows[i] for i in fresh])
    return found


def corrected(directory: Path) -> list[Labelled]:
    """What people said of interactions, with the texts as they are published; the author is the customer."""
    made = [
        one
        for one in decisions.corrections.in_force(decisions.corrections.read(directory))
        if one.classifier in CLASSIFIERS  # distress is what people alone decide
    ]
    if not made or not published_in(directory).is_file():
        return []
    with closing(Published(directory)) as con:
        said = {row[0]: row[1:] for row in con.execute(SAID, [[one.interaction_id for one in made]]).fetchall()}
    found = []
    for one in (one for one in made if one.interaction_id in said):
        text, author, channel = said[one.interaction_id]
        labels = {"sentiment": one.labels[0]} if one.classifier == "sentiment" else {"topics": one.labels}
        found.append(Labelled(text=text, author=author, channel=channel, **labels))
    return found


def redacted(texts: Sequence[str], brand_handles: Sequence[str]) -> list[str]:
    """The texts as the classifiers of a run see them; whose names they hold is not known here."""
    return [text or "" for text in Redactor([], brand_handles).redact(texts)]


def fitted_on(folder: Path | None, name: str) -> frozenset[str]:
    """Keys of the labelled texts on which the project's own model in use was fitted."""
    model_id = cards.current(folder).get(name)
    found = (card for card in cards.trained(folder) if (card["name"], card["id"]) == (name, model_id))
    return frozenset(key for card in found for key in card.get("texts", ()))


def text_key(text: str) -> str:
    """What tells one text from every other, and tells nothing of it."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def by_channel(classifier: Classifier, texts: Sequence[str], rows: Sequence[Labelled]) -> list[dict[str, Any]]:
    """The figures over all rows, then of each channel that is named in some."""
    said = answers(classifier, texts)
    found = []
    for channel in (ALL, *sorted({row.channel for row in rows if row.channel})):
        these = [i for i, row in enumerate(rows) if channel in (ALL, row.channel)]
        head = {"classifier": classifier.name, "version": classifier.version, "channel": channel}
        figures = figures_of(classifier, said[these], [rows[i] for i in these]) if these else []
        found += [head | asdict(figure) for figure in figures]
    return found


def answers(classifier: Classifier, texts: Sequence[str]) -> np.ndarray:
    """What there is to measure: probabilities of sentiment (n x 3), or the primary topic of each text."""
    if classifier.name == "sentiment":
        return np.asarray(classifier.predict_proba(texts))
    return np.array(classifier.predict(texts), dtype=object)


def labels_of(classifier: Classifier, said: np.ndarray) -> list[str]:
    """The label of each answer."""
    return [classifier.labels[i] for i in said.argmax(axis=1).tolist()] if said.ndim == 2 else said.tolist()


def figures_of(classifier: Classifier, said: np.ndarray, rows: Sequence[Labelled]) -> list[Figure]:
    """Figures of labels and probabilities; of topics those of the primary one, which is right where it is one of those
    that the person named, and the share of texts with no topic found."""
    labels, authors = labels_of(classifier, said), [row.author for row in rows]
    figures = classification.of_labels(truth_of(classifier, labels, rows), labels, authors)
    if classifier.name == "sentiment":
        truth = [row.sentiment or "" for row in rows]
        return figures + classification.of_probabilities(truth, said, classifier.labels, authors)
    return figures + classification.share([label == UNKNOWN for label in labels], "unknown_share", authors)


def truth_of(classifier: Classifier, labels: Sequence[str], rows: Sequence[Labelled]) -> list[str]:
    """The true label of each row: of several topics the one that was found, else the primary one."""
    if classifier.name == "sentiment":
        return [row.sentiment or "" for row in rows]
    return [topic if topic in row.topics else row.topics[0] for topic, row in zip(labels, rows, strict=True)]
