"""What changed against the month before, and what of it chance would not do."""

from __future__ import annotations

from typing import Any

from vocpipe.report.asking import Asked, Row, written

TITLE = "What changed, and is it real"
PLACE = 30
NEEDS = ("metrics.change",)
MOST = 15  # segments whose change is more than chance
SURE = 0.10

# The latest month that is complete. What has no such segment, (none), is no segment to act on.
CHANGES = """
select *
from metrics.change
where period = 'month' and difference is not null and method <> 'split' and segment not like '(%'
    and period_start = (select max(period_start) from metrics.change where period = 'month' and difference is not null)
order by q_value nulls last, metric, segment_type, segment
"""


def read(asked: Asked) -> dict[str, Any] | None:
    """Every metric as a whole, then the segments whose change is more than chance."""
    rows = [told(row) for row in asked.rows(CHANGES)]
    if not rows:
        return None
    whole = [row for row in rows if row["segment_type"] == "all" or row["segment_type"] == "channel+all"]
    parts = [row for row in rows if row not in whole and row["is_real"]]
    tested = sum(row["p_value"] is not None for row in rows)
    month = f"{rows[0]['period_start']:%B %Y}"
    return {"month": month, "whole": whole, "parts": parts[:MOST], "left": len(parts[MOST:]), "tested": tested}


def told(row: Row) -> Row:
    """A change with its words: before, now, difference with interval, and whether it is good, bad or chance."""
    is_real = row["q_value"] is not None and row["q_value"] <= SURE
    is_better = (row["difference"] > 0) == (row["direction"] == "up")
    return row | {
        "is_real": is_real,
        "tone": ("good" if is_better else "bad") if is_real else "muted",
        "verdict": ("better" if is_better else "worse") if is_real else "chance could do it",
        "between": f"{written(row['value_before'], row['unit'])} → {written(row['value'], row['unit'])}",
        "by": difference(row["difference"], row["unit"]),
        "bounds": between(row),
    }


def difference(value: float, unit: str) -> str:
    """A difference in the words of its unit; of shares in percentage points, always with its sign."""
    if unit == "share":
        return f"{100 * value:+.1f} pp".replace("-", "−")
    sign = "+" if value > 0 else "−" if value < 0 else ""
    return sign + written(abs(value), unit).lstrip("+")


def between(row: Row) -> str:
    """The interval of a difference, or nothing where it has none."""
    if row["ci_low"] is None:
        return ""
    return f"{difference(row['ci_low'], row['unit'])} to {difference(row['ci_high'], row['unit'])}"
