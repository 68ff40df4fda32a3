"""NPS, CSAT and CES over time, with their intervals."""

from __future__ import annotations

from typing import Any

from vocpipe.report import charts
from vocpipe.report.asking import Asked, Row

TITLE = "Over time"
PLACE = 20
NEEDS = ("metrics.metric_value",)

# What is drawn, with the name of its axis.
DRAWN = {"nps": "NPS, points", "csat": "CSAT, share of the two best answers", "ces": "CES, mean of 1–7"}
LONGEST = 36  # months: a longer line shows nothing more on a page

SERIES = """
select period_start, period_end, value, ci_low, ci_high, n, unit, provisional, suppressed
from metrics.metric_value
where metric = ? and period = 'month' and segment_type = 'all' and n > 0
order by period_start desc
limit ?
"""


def read(asked: Asked) -> dict[str, Any] | None:
    """One chart a metric that has two months or more, each with its table."""
    found = []
    for metric, axis in DRAWN.items():
        rows = list(reversed(asked.rows(SERIES, [metric, LONGEST])))
        shown = [row for row in rows if row["value"] is not None]
        if len(shown) > 1:
            name = metric.upper()
            chart = charts.trend(shown, title=f"{name} by month, {told(shown[0])} to {told(shown[-1])}", axis=axis)
            found.append({"metric": metric, "name": name, "chart": chart, "rows": rows})
    return {"charts": found} if found else None


def told(row: Row) -> str:
    """The month of a row."""
    return f"{row['period_start']:%b %Y}"
