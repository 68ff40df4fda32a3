"""What changed against the month before, and what of it chance would not do."""

from __future__ import annotations

from typing import Any

from vocpipe.report.asking import Asked, Row, bounds, written

TITLE = "What changed, and is it real"
PLACE = 30
NEEDS = ("metrics.change",)
MOST = 15  # segments whose change is more than chance
SURE = 0.10

# The latest month that is complete for each metric.
CHANGES = """
with latest as (
    select metric, unit, max(period_start) as period_start
    from metrics.change
    where period = 'month' and difference is not null and method <> 'split'
    group by metric, unit
)
select changes.*
from metrics.change as changes
inner join latest
    on changes.metric = latest.metric and changes.unit = latest.unit and changes.period_start = latest.period_start
where changes.period = 'month' and changes.difference is not null and changes.method <> 'split'
order by changes.q_value nulls last, changes.metric, changes.segment_type, changes.segment
"""


def read(asked: Asked) -> dict[str, Any] | None:
    """Every metric as a whole, then the segments whose change is more than chance."""
    rows = [told(row) for row in asked.rows(CHANGES)]
    if not rows:
        return None
    whole = [row for row in rows if row["segment_type"] == "all" or row["segment_type"] == "channel+all"]
    parts = [row for row in rows if row not in whole and row["is_real"]]
    tested = sum(row["p_value"] is not None for row in rows)
    return {"whole": whole, "parts": parts[:MOST], "left": len(parts[MOST:]), "tested": tested}


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
        "bounds": bounds(row) if row["unit"] != "share" else shares(row),
    }


def difference(value: float, unit: str) -> str:
    """A difference in the words of its unit; of shares in percentage points, always with its sign."""
    if unit == "share":
        return f"{100 * value:+.1f} pp".replace("-", "−")
    sign = "+" if value > 0 else "−" if value < 0 else ""
    return sign + written(abs(value), unit).lstrip("+")


def shares(row: Row) -> str:
    """The interval of a difference of shares."""
    return (
        ""
        if row["ci_low"] is None
        else f"{difference(row['ci_low'], 'share')} to {difference(row['ci_high'], 'share')}"
    )
