"""What sections of the report ask of the published file, and how figures are written there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vocpipe.published import Published

Row = dict[str, Any]


class Asked:
    """The published file, as rows by name of the column; tables that an older file lacks are known to be missing."""

    def __init__(self, con: Published) -> None:
        self._con = con
        found = con.execute("select table_schema || '.' || table_name from information_schema.tables").fetchall()
        self.tables = {name for (name,) in found}

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """All rows of a query."""
        result = self._con.execute(sql, list(parameters))
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def row(self, sql: str, parameters: Sequence[Any] = ()) -> Row | None:
        """The first row of a query, or None where there is none."""
        found = self.rows(sql, parameters)
        return found[0] if found else None

    def has(self, *tables: str) -> bool:
        """Whether the file holds these tables."""
        return self.tables.issuperset(tables)


def written(value: float | None, unit: str) -> str:
    """A figure in the words of its unit; a dash for none."""
    if value is None:
        return "–"
    if unit == "points":
        return f"{value:+.1f}".replace("-", "−")
    if unit == "share":
        return f"{100 * value:.1f} %"
    if unit == "minutes":
        return minutes(value)
    text = f"{value:,.2f}" if abs(value) < 1000 else f"{value:,.0f}"
    return text.replace("-", "−")


def minutes(value: float) -> str:
    """Minutes as people say them: 45 min, 2.4 h, 3.1 days."""
    if value < 90:
        return f"{value:.0f} min"
    return f"{value / 60:.1f} h" if value < 48 * 60 else f"{value / 1440:.1f} days"


def bounds(row: Mapping[str, Any]) -> str:
    """The interval of a figure in the words of its unit, or nothing where it has none."""
    if row.get("ci_low") is None:
        return ""
    return f"{written(row['ci_low'], row['unit'])} to {written(row['ci_high'], row['unit'])}"


def glyphs(rows: Sequence[Row]) -> list[Row]:
    """The rows with places 0…100 of value and interval on one scale that holds them all: left, wide and at.

    Rows whose value is hidden get none. Zero is on the scale where it lies between the bounds (``zero`` of each row).
    """
    ends = [row[name] for row in rows for name in ("value", "ci_low", "ci_high") if row.get(name) is not None]
    if not ends:
        return [dict(row) for row in rows]
    low, high = min(ends), max(ends)
    span = (high - low) or 1.0
    low, span = low - 0.04 * span, 1.08 * span

    def place(value: float) -> float:
        return round(100 * (value - low) / span, 2)

    found = []
    for row in rows:
        more: Row = {}
        if row["value"] is not None:
            left, right = (place(row[name] if row.get(name) is not None else row["value"]) for name in
                           ("ci_low", "ci_high"))  # fmt: skip
            more = {"left": left, "wide": round(right - left, 2), "at": place(row["value"])}
            if low < 0 < low + span:
                more["zero"] = place(0.0)
        found.append({**row, **more})
    return found
