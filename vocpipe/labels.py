"""Texts that a person has labelled: the file `labels.csv` of a project, or any table of that form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from vocpipe.contracts import Reject, UsageError
from vocpipe.decisions.corrections import DISTRESS, KNOWN, SEVERAL
from vocpipe.enrichment.taxonomy import UNKNOWN
from vocpipe.exports import Export
from vocpipe.tabular import fitted, header_of, is_table, rows_of

SENTIMENTS = ("negative", "neutral", "positive")
COLUMNS = ("text", *KNOWN, "author", "channel")
SAYS = {"yes": True, "no": False, "": None}


@dataclass(frozen=True, slots=True)
class Labelled:
    """One text and what a person says of it: one sentiment or none, topics (the primary one first) or none, and whether
    its writer is in distress (None: not said)."""

    text: str
    sentiment: str | None = None
    topics: tuple[str, ...] = ()
    author: str | None = None
    channel: str | None = None
    distress: bool | None = None


@dataclass(slots=True)
class Labels:
    """The rows of a file that can be used, and those set aside: line, column and reason, never the text."""

    rows: list[Labelled] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)

    def reasons(self) -> dict[str, int]:
        """How many rows were set aside for what reason, the most frequent first."""
        told = Counter(f"{r.reason} ({r.column})" if r.column else r.reason for r in self.rejects)
        return dict(told.most_common())


def read(path: Path, topics: Sequence[str]) -> Labels:
    """The labelled texts of a CSV file (or another table), with one at least of sentiment, topic and distress.

    Columns are text, sentiment, topic, distress (yes or no), author and channel; others are passed over. ``topics`` are
    the slugs of the taxonomy.
    A row at fault is set aside with its line and reason. Raises UsageError where the file is none of labels.
    """
    export = Export(path)
    if not path.is_file() or not is_table(export):
        raise UsageError(
            f"{path} is no table of labels: write a CSV file with the columns text and sentiment or topic."
        )
    found = Labels()
    columns: dict[str, int] = {}
    header: list[str] = []
    first: list[str] = []
    for row in rows_of(export):
        if isinstance(row, Reject):
            found.rejects.append(row._replace(body=""))
        elif not header:
            first, header = row[1], header_of(row[1])
            columns = _columns(path, header)
        else:
            fits = fitted((row[0], _padded(row[1], len(header))), header, [first])
            taken = fits if isinstance(fits, Reject) else _labelled(fits[0], fits[1], columns, topics)
            if isinstance(taken, Reject):
                found.rejects.append(taken._replace(body=""))
            else:
                found.rows.append(taken)
    if not header:
        raise UsageError(f"{path} is empty: write the columns text and sentiment or topic.")
    return found


def _padded(cells: list[str], width: int) -> list[str]:
    """Cells that a spreadsheet left out at the end of a row are empty ones."""
    return cells + [""] * (width - len(cells))


def _columns(path: Path, header: Sequence[str]) -> dict[str, int]:
    """The place of each column that counts. Raises UsageError where the file lacks one that it must have."""
    places = {name.strip().lower(): i for i, name in reversed(list(enumerate(header)))}
    found = {name: places[name] for name in COLUMNS if name in places}
    if "text" not in found:
        raise UsageError(f"{path}, line 1: there is no column {_close('text', header)}.")
    if not set(KNOWN) & set(found):
        raise UsageError(f"{path}, line 1: there is no column {_close('sentiment', header)}, and no column `topic`.")
    return found


def _close(wanted: str, header: Sequence[str]) -> str:
    close = get_close_matches(wanted, [name.strip().lower() for name in header], n=1)
    return f"`{wanted}`; rename {close[0]!r} to it" if close else f"`{wanted}`: add it"


def _labelled(
    line_no: int, cells: Sequence[str], columns: Mapping[str, int], topics: Sequence[str]
) -> Labelled | Reject:
    cell = {name: cells[place].strip() for name, place in columns.items()}
    if not cell["text"]:
        return Reject(line_no, "text", "there is no text", "")
    sentiment = cell.get("sentiment", "").lower()
    named = tuple(dict.fromkeys(slug.strip() for slug in cell.get("topic", "").split(SEVERAL) if slug.strip()))
    if sentiment and sentiment not in SENTIMENTS:
        return Reject(line_no, "sentiment", f"write one of {', '.join(SENTIMENTS)}, or nothing", "")
    known = {*topics, UNKNOWN}
    if not known.issuperset(named) or (UNKNOWN in named and len(named) > 1):
        return Reject(line_no, "topic", f"write topics of the taxonomy with {SEVERAL} between them, or unknown", "")
    if (says := cell.get(DISTRESS, "").lower()) not in SAYS:
        return Reject(line_no, DISTRESS, "write yes, no or nothing", "")
    if not sentiment and not named and not says:
        return Reject(line_no, None, "there is no label", "")
    author, channel = cell.get("author") or None, cell.get("channel") or None
    return Labelled(cell["text"], sentiment or None, named, author, channel, SAYS[says])
