"""Settles how a column writes its dates and times: by the column as a whole, never row by row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from vocpipe.contracts import Recognition

# What DuckDB reads by itself (ISO 8601) needs no format; the others are tried in this order.
ISO = ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S.%f")
DAYS = ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%d %b %Y", "%b %d, %Y", "%d/%b/%y")
CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")


def readable(value: str, layout: str) -> bool:
    """Whether a value is written in a layout."""
    try:
        datetime.strptime(value, layout)
    except ValueError:
        return False
    return True


def is_iso(value: str) -> bool:
    """Whether DuckDB reads the value by itself, whatever zone it carries."""
    try:
        datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        return any(readable(value, layout) for layout in ISO)
    return "-" in value


def layouts_of(values: Sequence[str]) -> list[str]:
    """The layouts in which most values (nine of ten at least) can be read; [""] for ISO 8601, [] where none fits."""
    enough = 0.9 * len(values)
    if sum(is_iso(value) for value in values) >= enough:
        return [""]
    counts = {day + clock: sum(readable(v, day + clock) for v in values) for day in DAYS for clock in CLOCKS}
    best = max(counts.values())
    return [layout for layout, count in counts.items() if count == best >= enough]


def format_of(found: Recognition, ours: str, values: Sequence[str]) -> None:
    """Write the layout of a time column into the mapping, or say what could not be settled."""
    good = layouts_of(values[:500])
    if not good:
        found.notes.append(f"{found.columns[ours]}: no layout fits the dates; those that cannot be read are set aside")
    elif good[0]:
        found.columns[f"{ours}_format"] = good[0]
        if len(good) > 1:
            found.notes.append(f"{found.columns[ours]}: day and month cannot be told apart; guessed {good[0]}")
