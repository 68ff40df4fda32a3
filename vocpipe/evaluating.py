"""How good the classifiers in use are on texts whose answer is known: corrections and labelled files."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from vocpipe import decisions, enrichment, settings
from vocpipe.analysis import classification
from vocpipe.analysis.classification import Figure
from vocpipe.contracts import Classifier, UsageError
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
    for name, measure in (("sentiment", of_sentiment), ("topic", of_topics)):
        known = fitted_on(choices.trained, name)
        labelled = [i for i in kept if (rows[i].sentiment if name == "sentiment" else rows[i].topics)]
        fresh = [i for i in labelled if text_key(texts[i]) not in known]
        if len(labelled) > len(fresh):
            found.left_out[f"the {name} model was fitted on them"] = len(labelled) - len(fresh)
        found.figures += by_channel(made[name], [texts[i] for i in fresh], [rows[i] for i in fresh], measure)
    return found


def corrected(directory: Path) -> list[Labelled]:
    """What people said of interactions, with the texts as they are published; the author is the customer."""
    made = decisions.corrections.in_force(decisions.corrections.read(directory))
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


def by_channel(
    classifier: Classifier, texts: Sequence[str], rows: Sequence[Labelled], measure: Any
) -> list[dict[str, Any]]:
    """The figures over all rows, then of each channel that is named in some."""
    channels = sorted({row.channel for row in rows if row.channel})
    found = []
    for channel in (ALL, *channels):
        these = [i for i, row in enumerate(rows) if channel in (ALL, row.channel)]
        figures: list[Figure] = measure(classifier, [texts[i] for i in these], [rows[i] for i in these])
        head = {"classifier": classifier.name, "version": classifier.version, "channel": channel}
        found += [head | asdict(figure) for figure in figures]
    return found


def of_sentiment(classifier: Classifier, texts: Sequence[str], rows: Sequence[Labelled]) -> list[Figure]:
    """Figures of labels and probabilities; nothing for no rows."""
    if not rows:
        return []
    truth, authors = [row.sentiment or "" for row in rows], [row.author for row in rows]
    p = classifier.predict_proba(texts)
    said = [classifier.labels[i] for i in p.argmax(axis=1).tolist()]
    figures = classification.of_labels(truth, said, authors)
    return figures + classification.of_probabilities(truth, p, classifier.labels, authors)


def of_topics(classifier: Classifier, texts: Sequence[str], rows: Sequence[Labelled]) -> list[Figure]:
    """Figures of the primary topic, which is right where it is one of those that the person named; and the share of
    texts with no topic found. Nothing for no rows."""
    if not rows:
        return []
    said, authors = classifier.predict(texts), [row.author for row in rows]
    truth = [topic if topic in row.topics else row.topics[0] for topic, row in zip(said, rows, strict=True)]
    figures = classification.of_labels(truth, said, authors)
    return figures + classification.share([topic == UNKNOWN for topic in said], "unknown_share", authors)
