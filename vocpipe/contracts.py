"""The shared nouns: what a source, a classifier and the conformed tables look like, and the errors people see.

Standard library only, so that any room may import it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol, cast

# Folders of a project that are ours: no vendor's file is looked for in them.
OUR_FOLDERS = ("work", "published")
LABELS = "labels.csv"  # in a project folder: what people said of texts, no vendor's export
# What a run leaves for readers, below the project folder.
PUBLISHED, SNAPSHOT, ACTIONS = "published/voc.duckdb", "work/private.duckdb", "published/actions"

# --------------------------------------------------------------------------- errors


class VocpipeError(Exception):
    """A failure told in one plain sentence: what is wrong, where, and what to do. Exit code 1."""

    exit_code = 1


class UsageError(VocpipeError):
    """The command or the settings are wrong; nothing was started. Exit code 2."""

    exit_code = 2


class RunError(VocpipeError):
    """A run could not be done or finished; the last published file stands as it was. Exit code 1."""


# --------------------------------------------------------------------------- landing


class RawRow(NamedTuple):
    """One record of a vendor's file, as it came.

    ``body`` is a JSON object; CSV cells are JSON strings keyed by their header. ``line_no`` counts from 1 and is
    the line on which the record begins; ``item_no`` tells records of one line (a page of tweets) apart.
    """

    line_no: int
    item_no: int
    kind: str
    body: str


@dataclass(frozen=True, slots=True)
class Rows:
    """Many records of a table-shaped file at once: an Arrow table of text, and an array of their lines."""

    kind: str
    line_no: Any
    cells: Any


class Reject(NamedTuple):
    """A piece of a file that could not be read as a record: where, why, and the piece itself (kept in raw)."""

    line_no: int
    column: str | None
    reason: str
    body: str


@dataclass(frozen=True, slots=True)
class Question:
    """One survey question: what it measures and on which scale. ``metric`` is None for a verbatim.

    ``labels`` are the answers from the lowest to the highest where the file writes them in words.
    """

    question_id: str
    text: str
    metric: str | None
    scale_low: int | None = None
    scale_high: int | None = None
    labels: tuple[str, ...] = ()


@dataclass(slots=True)
class Recognition:
    """What ``init`` learnt about one file: its format, how sure, and what to write into the settings."""

    format: str
    signature: str
    header: list[str] = field(default_factory=list)
    time_zone: str | None = None
    questions: list[Question] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)
    segments: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class Source(Protocol):
    """One input format: a module in ``vocpipe/sources`` whose module-level names are these.

    ``NEEDS`` lists columns that every file must have (of each tuple at least one; empty where a mapping says it).
    ``PARSED`` reads raw rows once, into temporary tables: one SELECT each over the view ``landed``
    (row_id, source, kind, body, cells, zone), which holds the raw rows of this format only; ``SELECT`` maps
    them onto the conformed tables (see ``CONFORMED``). ``zone`` is the time zone of times that carry none; the
    variables ``columns`` (a JSON object: the vendor's column for each of ours) and ``segments`` (a JSON list of
    columns) are what the settings say. ``questions`` (source, question_id, path, metric, scale_low, scale_high,
    position) and ``brand_handles`` (handle) stand beside it. See ``warehouse.keeping`` for the further ``KEPT``.
    """

    NAME: str
    TITLE: str
    EXAMPLE: Mapping[str, bytes]
    NEEDS: Sequence[tuple[str, ...]]
    PARSED: Mapping[str, str]
    SELECT: Mapping[str, str]

    def recognise(self, export: Any) -> Recognition | None: ...  # a vocpipe.exports.Export

    def read(self, export: Any) -> Iterator[RawRow | Rows | Reject]: ...


# --------------------------------------------------------------------------- text


@dataclass(frozen=True, slots=True)
class Annotation:
    """What one classifier says of one text.

    ``label`` None means that the classifier has nothing to say. ``score`` is the classifier's own figure,
    ``probability`` a calibrated one in 0…1 or None. ``span_start``/``span_end`` are character offsets of the words
    that decided (None: the whole text); ``evidence`` is those words.
    """

    label: str | None
    score: float | None = None
    probability: float | None = None
    span_start: int | None = None
    span_end: int | None = None
    evidence: str | None = None
    decided_by: str = ""


class Classifier(Protocol):
    """A scikit-learn-style text classifier: usable alone, and by the nightly run through ``annotate``.

    ``version`` changes whenever an output may change; what stands before its first hyphen names the engine.
    ``examples`` are (text, expected label) pairs that the contract tests run. A costly classifier may have an
    attribute ``stand_in`` (see ``stand_in_of``).
    """

    name: str
    version: str
    labels: tuple[str, ...]
    examples: Sequence[tuple[str, str]]

    def predict(self, texts: Sequence[str]) -> list[str]: ...

    def predict_proba(self, texts: Sequence[str]) -> Any: ...

    def explain(self, text: str) -> list[Annotation]: ...

    def annotate(self, texts: Sequence[str]) -> list[list[Annotation]]: ...


def stand_in_of(classifier: Classifier) -> Classifier | None:
    """The classifier of the same name that scores a text at once where a run has no time for the costly one."""
    return cast("Classifier | None", getattr(classifier, "stand_in", None))


@dataclass(frozen=True, slots=True)
class TextChoices:
    """What the settings say of the classifiers, and where the files of the project stand that some of them read."""

    sentiment: str = "auto"  # auto | accurate | fast | vader | hf
    trained: Path | None = None  # folder of models fitted on the user's own texts
    labels: Path | None = None  # texts that the user labelled
    model: Path | None = None  # folder of the model that 'hf' reads; its labels → ours
    model_labels: Mapping[str, str] = field(default_factory=dict)
    languages: tuple[str, ...] = ("en",)  # ISO 639-1, what customers are expected to write


# --------------------------------------------------------------------------- conformed tables

# Every source maps its raw rows (`row_id`) onto these; all but `records` have lines only where it has something to say.
CONFORMED: dict[str, dict[str, str]] = {
    # One line per raw row: which thing it is about, when, and whether it can be used at all.
    "records": {
        "row_id": "bigint",
        "kind": "varchar",  # response | tweet | ticket | comment | user | customer | order | line_item | send | …
        "record_key": "varchar",  # the vendor's own id of the thing, unique within source and kind
        "occurred_at": "timestamp",  # when it happened (UTC)
        "recorded_at": "timestamp",  # the vendor's own time of this version: which one is the newest (UTC)
        "first_recorded_at": "timestamp",  # the vendor's own time of the thing's first version (UTC)
        "is_removal": "boolean",  # the vendor says that the thing is gone
        "set_aside": "varchar",  # null, or the reason in plain words why the row is not used
        "set_aside_column": "varchar",  # the column at fault, where there is one
    },
    # One line per customer turn: a verbatim of a response, a tweet, a ticket's opening, a public comment.
    "turns": {
        "row_id": "bigint",
        "channel": "varchar",  # survey | tweet | ticket | …
        "source_id": "varchar",
        "question_id": "varchar",
        "turn_no": "integer",  # 1 for the first verbatim of a response and for all else
        "conversation_id": "varchar",
        "person_id": "varchar",  # record_id in `persons` of the same source; null when nobody is named
        "occurred_at": "timestamp",
        "is_solicited": "boolean",
        "verbatim": "varchar",  # as written, unredacted, null when nothing was said
        "language_hint": "varchar",  # ISO 639-1 as the vendor detected it for this very text
    },
    # One line per score of a survey response, valid or not.
    "answers": {
        "row_id": "bigint",
        "response_id": "varchar",
        "question_id": "varchar",
        "metric": "varchar",  # nps | csat | ces | ces_v1 | …
        "scale_low": "integer",
        "scale_high": "integer",
        "answer": "varchar",  # as written; never null or empty
        "person_id": "varchar",
        "occurred_at": "timestamp",
        "segments": "varchar",  # JSON object of the response's own segment columns
    },
    # One line per question, of scores and verbatims, that a response was offered and left empty.
    "unanswered": {"row_id": "bigint", "question_id": "varchar", "metric": "varchar"},
    # One line per version of a ticket.
    "conversations": {
        "row_id": "bigint",
        "conversation_id": "varchar",
        "via": "varchar",
        "person_id": "varchar",
        "assignee_id": "varchar",
        "owner_team": "varchar",  # the team that owns the ticket: its name, or the vendor's id where no name is known
        "status": "varchar",
        "priority": "varchar",
        "rating": "varchar",  # good | bad | null
        "created_at": "timestamp",
        "solved_at": "timestamp",
        "first_reply_minutes": "double",
        "resolution_minutes": "double",
        "count_reopens": "integer",
    },
    # One line per record of a person, in the words of the source.
    "persons": {
        "row_id": "bigint",
        "record_id": "varchar",  # unique within the source
        "person_kind": "varchar",  # customer_record | ticket_user | social_user | respondent
        "given_name": "varchar",
        "family_name": "varchar",
        "birth_on": "date",
        "town": "varchar",
        "postcode": "varchar",
        "street": "varchar",  # with the number of the house, as written
        "signed_up_on": "date",
        "has_marketing_consent": "boolean",
        "attributes": "varchar",  # JSON object of the remaining columns
    },
    # One line per identifier of a person's record, as written.
    "identifiers": {
        "row_id": "bigint",
        "record_id": "varchar",
        "identifier_type": "varchar",  # account_id | email | phone | handle
        "identifier": "varchar",
    },
    "orders": {
        "row_id": "bigint",
        "order_id": "varchar",
        "account_id": "varchar",
        "ordered_at": "timestamp",
        "amount": "double",
        "currency": "varchar",
        "status": "varchar",  # paid | refunded | cancelled | … in lower case
    },
    # One line per message that marketing sent to one customer.
    "sends": {
        "row_id": "bigint",
        "send_id": "varchar",
        "campaign": "varchar",
        "channel": "varchar",  # email | sms | … in lower case; null where the vendor does not say
        "account_id": "varchar",
        "email": "varchar",
        "phone": "varchar",
        "sent_at": "timestamp",
        "status": "varchar",  # sent | delivered | opened | clicked | bounced | … : the last that is known of it
    },
    # One line per cell that could not be used although its row is.
    "cells": {"row_id": "bigint", "column_name": "varchar", "reason": "varchar"},
    "employees": {
        "row_id": "bigint",
        "employee_id": "varchar",
        "item": "varchar",
        "score": "double",
    },
}
