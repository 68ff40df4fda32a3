"""Which topics go with the NPS, how strongly, and how well they are spoken of: the importance-performance table."""

from __future__ import annotations

from typing import Any

from vocpipe.report import charts
from vocpipe.report.asking import Asked, glyphs

TITLE = "What drives the NPS"
PLACE = 70
NEEDS = ("metrics.driver", "marts.topics")
MOST = 15
# What can be said of a driver against the cross of the chart (as metrics.driver.quadrant); one bound may say one thing
# while the other holds the mean.
IMPORTANCE = {1: "important", 0: "of middling importance", -1: "less important"}
PERFORMANCE = {1: "better than most", 0: "neither clearly better nor worse than most", -1: "worse than most"}
ADVICE = {(1, -1): "improve first: ", (-1, -1): "watch: "}

DRIVERS = """
with drivers as (
    select *, 1.0 / count(johnson_share) over () as mean_share,
        avg(case when johnson_share is not null then performance end) over () as mean_performance,
    from metrics.driver
    where outcome = 'nps'
)
select
    coalesce(topics.label, driver.driver) as name, driver.driver as slug, driver.johnson_share as value,
    driver.share_low as ci_low, driver.share_high as ci_high, driver.n_mentions as n, driver.performance,
    case when driver.share_low > mean_share then 1 when driver.share_high < mean_share then -1 else 0 end as importance,
    case when driver.performance_low > mean_performance then 1 when driver.performance_high < mean_performance then -1
        else 0 end as standing,
    driver.r2, driver.n as n_answers, driver.q_value, driver.is_suppressor, 'share' as unit,
    false as suppressed, driver.n_mentions < 30 as low_base,
from drivers as driver
left join marts.topics as topics on driver.driver = topics.slug
order by driver.johnson_share desc nulls last, driver.driver
"""


def read(asked: Asked) -> dict[str, Any] | None:
    """The drivers of the NPS, the strongest first, as a chart and a table."""
    rows = asked.rows(DRIVERS)
    if not rows:
        return None
    shown = [row | {"place": place_of(row["importance"], row["standing"])} for row in glyphs(rows[:MOST])]
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


def place_of(importance: int, standing: int) -> str:
    """What the two intervals of a driver say of it, in words; each is above (1), below (-1) or about (0) the mean."""
    advice = ADVICE.get((importance, standing), "")
    return f"{advice}{IMPORTANCE[importance]}, {PERFORMANCE[standing]}"
