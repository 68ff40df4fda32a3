"""Which topics go with the NPS, how strongly, and how well they are spoken of: the importance-performance table."""

from __future__ import annotations

from typing import Any

from vocpipe.report import charts
from vocpipe.report.asking import Asked, glyphs

TITLE = "What drives the NPS"
PLACE = 70
NEEDS = ("metrics.driver", "marts.topics")
MOST = 15

DRIVERS = """
select
    coalesce(topics.label, driver.driver) as name, driver.driver as slug, driver.johnson_share as value,
    driver.share_low as ci_low, driver.share_high as ci_high, driver.n_mentions as n, driver.performance,
    driver.quadrant, driver.r2, driver.n as n_answers, driver.q_value, driver.is_suppressor, 'share' as unit,
    false as suppressed, driver.n_mentions < 30 as low_base,
from metrics.driver as driver
left join marts.topics as topics on driver.driver = topics.slug
where driver.outcome = 'nps'
order by driver.johnson_share desc nulls last, driver.driver
"""


def read(asked: Asked) -> dict[str, Any] | None:
    """The drivers of the NPS, the strongest first, as a chart and a table."""
    rows = asked.rows(DRIVERS)
    if not rows:
        return None
    shown = glyphs(rows[:MOST])
    drawn = [
        {
            "name": row["name"],
            "x": row["value"],
            "y": row["performance"],
            "n": row["n"],
            "is_bad": row["performance"] < 0,
        }
        for row in shown
        if row["value"] is not None and row["performance"] is not None
    ]
    chart = None
    if len(drawn) > 1:
        chart = charts.scatter(
            drawn, title="Importance and performance of topics for the NPS",
            x="importance: share of what all topics explain", y="performance: spoken of well less badly, −1 to 1",
        )  # fmt: skip
    return {
        "rows": shown,
        "chart": chart,
        "r2": rows[0]["r2"],
        "n": rows[0]["n_answers"],
        "left": len(rows) - len(shown),
    }
