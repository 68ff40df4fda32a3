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
    """Every layout in which all values can be read; [""] for ISO 8601, [] where none fits."""
    if all(is_iso(value) for value in values):
        return [""]
    found = [day + clock for day in DAYS for clock in CLOCKS]
    for value in values:
        found = [layout for layout in found if readable(value, layout)]
    return found


def format_of(found: Recognition, ours: str, values: Sequence[str]) -> None:
    """Write the layout of a time column into the mapping, or say what could not be settled."""
    good = layouts_of(values[:500])
    if not good:
        found.notes.append(f"{found.columns[ours]}: no layout fits all dates; those that cannot be read are set aside")
    elif good[0]:
        found.columns[f"{ours}_format"] = good[0]
        if len(good) > 1:
            found.notes.append(f"{found.columns[ours]}: day and month cannot be told apart; guessed {good[0]}")
