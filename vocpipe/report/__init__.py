"""What is shown of the figures, and what a run says of itself."""

from __future__ import annotations

from typing import Any


def figure(value: float | None, unit: str) -> str:
    """A figure with as many decimals as its unit deserves; a dash for none."""
    if value is None:
        return "–"
    if unit == "share":
        return f"{100 * value:.1f} %"
    return f"{value:+.1f}" if unit == "points" else f"{value:,.2f}"


def interval(row: dict[str, Any]) -> str:
    """A metric's interval, or nothing where it has none."""
    if row["ci_low"] is None:
        return ""
    return f"{figure(row['ci_low'], row['unit'])} … {figure(row['ci_high'], row['unit'])}"
