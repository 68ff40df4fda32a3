"""What moved beyond chance, in one sentence each."""

from __future__ import annotations

from typing import Any

from vocpipe.report.asking import Asked

TITLE = "Alerts"
PLACE = 120
NEEDS = ("metrics.alert",)
MOST = 20

# The freshest first; of one period the surest.
ALERTS = """
select alert_id, kind, metric, period, period_start, severity, text, q_value, value, limit_low, limit_high
from metrics.alert
where period_start >= cast(? as timestamp) - interval 120 day
order by period_start desc, q_value nulls last, alert_id
"""
NEWEST = "select max(period_start) as at from metrics.alert"


def read(asked: Asked) -> dict[str, Any] | None:
    """The alerts of the last four months, and how many there are beside those shown."""
    newest = asked.row(NEWEST)
    if newest is None or newest["at"] is None:
        return None
    rows = asked.rows(ALERTS, [newest["at"]])
    return {"rows": rows[:MOST], "left": len(rows[MOST:])}
