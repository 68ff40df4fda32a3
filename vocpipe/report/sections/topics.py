"""What customers speak of: how much, how they feel about it, what it does to the NPS, and what they say."""

from __future__ import annotations

from typing import Any

from vocpipe.report import charts
from vocpipe.report.asking import Asked, Row, glyphs
from vocpipe.report.spoken import quotes

TITLE = "Topics"
PLACE = 60
NEEDS = ("marts.interactions", "marts.aspects", "marts.topics")
MOST = 20  # topics on the page, the most frequent first; the others are counted
QUOTED = 3  # texts of each

TALLY = """
select
    topics.slug, topics.label as name, topics.definition, topics.journey_stage, topics.experience,
    count(*) as n,
    count(*) / (select count(distinct interaction_id) from marts.aspects)::double as share,
    avg(aspects.sentiment_score) as value,
    stddev_samp(aspects.sentiment_score) / sqrt(count(*)) as se,
    avg(case when aspects.sentiment = 'negative' then 1.0 else 0.0 end) as negative,
from marts.aspects as aspects
inner join marts.topics as topics on aspects.topic = topics.slug
group by all
order by n desc, topics.slug
"""


def read(asked: Asked) -> dict[str, Any] | None:
    """The chart, the table and the words of each topic."""
    rows = [bounded(row) for row in asked.rows(TALLY)]
    if not rows:
        return None
    shown = glyphs(rows[:MOST])
    drawn = [
        {"name": row["name"], "x": row["share"], "y": row["value"], "n": row["n"], "is_bad": row["value"] < 0}
        for row in shown
    ]
    chart = charts.scatter(
        drawn, title="Topics by how often they are named and how customers feel about them",
        x="share of texts that name it", y="sentiment of what is said about it, −1 to 1",
    )  # fmt: skip
    said = {row["slug"]: quotes(asked, row["slug"], QUOTED) for row in shown}
    return {"rows": shown, "left": len(rows) - len(shown), "chart": chart, "said": said}


def bounded(row: Row) -> Row:
    """A topic's row with the interval of its mean sentiment (normal, from 30 texts on)."""
    half = 1.96 * row["se"] if row["se"] is not None and row["n"] >= 30 else None
    low, high = (None, None) if half is None else (max(-1.0, row["value"] - half), min(1.0, row["value"] + half))
    return row | {"unit": "mean", "ci_low": low, "ci_high": high, "suppressed": False, "low_base": row["n"] < 30}
