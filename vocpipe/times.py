"""Settles how a column writes its dates and times: by the column as a whole, never row by row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from vocpipe.contracts import Recognition

# What DuckDB reads by itself (ISO 8601) needs no layout; the others are tried in this order.
ISO = re.compile(
    r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?)?\s?(Z|UTC|[+-]\d\d(:?\d\d)?)?", flags=re.IGNORECASE
)
DAYS = ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y.%m.%d", "%d %b %Y", "%b %d, %Y",
        "%d %B %Y", "%B %d, %Y", "%d-%b-%Y", "%d/%b/%y", "%d-%b-%y", "%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%d-%m-%y",
        "%m-%d-%y", "%Y%m%d")  # fmt: skip
CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", ", %H:%M", ", %H:%M:%S", ", %I:%M %p",
          ", %I:%M:%S %p")  # fmt: skip
# Day and month written the other way round: which of the two a column means must be settled.
SWAPPED = {"%d/%m": "%m/%d", "%d-%m": "%m-%d", "%m/%d": "%d/%m", "%m-%d": "%d-%m"}
# Layouts of our own: a spreadsheet's day count, seconds and milliseconds since 1970.
NUMBERS = {"excel": (20_000, 80_000), "epoch": (500_000_000, 5_000_000_000), "epoch_ms": (5e11, 5e12)}
ZONE = re.compile(r" ((?![AP]M$)[A-Z]{2,5}|(GMT|UTC)?[+-]\d{1,2}(:?\d\d)?)$")
ENOUGH = 0.9


def readable(value: str, layout: str) -> bool:
    """Whether a value is written in a layout, the layouts of our own included."""
    if layout == "":
        return is_iso(value)
    if layout in NUMBERS:
        low, high = NUMBERS[layout]
        return re.fullmatch(r"\d+([.,]\d+)?", value) is not None and low <= float(value.replace(",", ".")) < high
    if layout.endswith(" %Z"):
        return ZONE.search(value) is not None and readable(ZONE.sub("", value), layout.removesuffix(" %Z"))
    try:
        datetime.strptime(value, layout)
    except ValueError:
        return False
    return True


def is_iso(value: str) -> bool:
    """Whether DuckDB reads the value by itself, whatever zone it carries."""
    return ISO.fullmatch(value) is not None


def layouts_of(values: Sequence[str]) -> list[str]:
    """The layouts in which most values (nine of ten at least) can be read; [""] for ISO 8601, [] where none fits."""
    if sum(map(is_iso, values)) >= ENOUGH * len(values):
        return [""] if values else []
    zoned = [""] + [" %Z"] * (sum(ZONE.search(value) is not None for value in values) > len(values) / 2)
    known = [*NUMBERS, *(day + clock + zone for day in DAYS for clock in CLOCKS for zone in zoned)]
    # A few values rule most layouts out, so that only what is left is tried on all of them.
    few = values[:: max(1, len(values) // 12)]
    likely = [layout for layout in known if any(readable(value, layout) for value in few)]
    counts = {layout: sum(readable(value, layout) for value in values) for layout in likely}
    best = max(counts.values(), default=0)
    return [layout for layout, count in counts.items() if count == best >= ENOUGH * len(values)]


def swapped(layout: str) -> str:
    """The layout with day and month the other way round; empty where it cannot be mistaken."""
    return SWAPPED[layout[:5]] + layout[5:] if layout[:5] in SWAPPED else ""


def format_of(found: Recognition, ours: str, values: Sequence[str]) -> None:
    """Write the layout of a time column into the mapping, or say what could not be settled.

    Where day and month cannot be told apart nothing is guessed: the layout reads ``ambiguous``, and a run sets the rows
    aside until the settings say which it is.
    """
    good = layouts_of(values)
    column = found.columns[ours]
    if not good:
        found.notes.append(f"{column}: no layout fits the dates; those that cannot be read are set aside")
    elif len(good) > 1:
        found.columns[f"{ours}_format"] = "ambiguous"
        choice = " or ".join(f'"{layout}"' for layout in good)
        found.notes.append(f"{column}: day and month cannot be told apart: write {ours}_format = {choice} below")
    elif good[0]:
        found.columns[f"{ours}_format"] = good[0]
