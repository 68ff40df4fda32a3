"""What moved beyond chance, in one sentence each."""

from __future__ import annotations

from typing import Any

from vocpipe.report.asking import Asked

TITLE = "Alerts"
PLACE = 120
NEEDS = ("metrics.alert",)
MOST = 20

# Of what is fresh what got worse first, whole figures before segments, the surest before the rest.
ALERTS = """
select alert_id, kind, metric, period, period_start, severity, text, q_value, value, limit_low, limit_high
from metrics.alert
where is_fresh
order by
    severity = 'worse' desc, period_start desc, segment_type not in ('all', 'channel'), q_value nulls last, alert_id
"""
EARLIER = "select count(*) as n from metrics.alert where not is_fresh"


def read(asked: Asked) -> dict[str, Any] | None:
    """The fresh alerts, how many there are beside those shown, and how many earlier nights had."""
    rows, earlier = asked.rows(ALERTS), (asked.row(EARLIER) or {"n": 0})["n"]
    return {"rows": rows[:MOST], "left": len(rows[MOST:]), "earlier": earlier} if rows or earlier else None
