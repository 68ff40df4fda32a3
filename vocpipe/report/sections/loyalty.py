"""Loyalty by what people do: who buys again, who stays, and whether those who say they would recommend do so."""

from __future__ import annotations

from typing import Any

from vocpipe.report.asking import Asked, Row, glyphs

TITLE = "Loyalty by behaviour"
PLACE = 90
NEEDS = ("metrics.metric_value",)

SHOWN = ("repeat_rate", "repeat_rate_equal", "churn_rate", "churn_probability", "churn_contractual")
FIGURES = """
select metric as name, metric, value, ci_low, ci_high, n, unit, suppressed, low_base
from metrics.metric_value
where metric = any(?) and period = 'all' and segment_type = 'all' and n > 0
order by metric
"""
RETENTION = """
select try_cast(regexp_extract(unit, '([0-9]+)', 1) as integer) as k,
    concat('month ', regexp_extract(unit, '([0-9]+)', 1)) as name, value, ci_low, ci_high, n,
    'share' as unit, suppressed, low_base
from metrics.metric_value
where metric = 'retention' and period = 'all' and segment_type = 'all' and value is not null
order by k nulls last, name
"""
BY_NPS = """
select horizon_days, nps_group as name, value, ci_low, ci_high, n, 'share' as unit, suppressed, n < 30 as low_base,
    difference, difference_low, difference_high
from metrics.loyalty_by_nps
order by horizon_days, nps_group desc
"""


def read(asked: Asked) -> dict[str, Any] | None:
    """Rates of buying again and of churn, retention by month, and buying again by NPS group."""
    rates = glyphs(asked.rows(FIGURES, [list(SHOWN)]))
    groups = asked.rows(BY_NPS) if asked.has("metrics.loyalty_by_nps") else []
    retention = glyphs(asked.rows(RETENTION))
    if not (rates or groups or retention):
        return None
    return {"rates": rates, "horizons": by_horizon(groups), "retention": retention}


def by_horizon(groups: list[Row]) -> dict[int, list[Row]]:
    """The groups of each horizon, bars on one scale."""
    days = sorted({row["horizon_days"] for row in groups if row["n"]})
    return {each: glyphs([row for row in groups if row["horizon_days"] == each]) for each in days}
