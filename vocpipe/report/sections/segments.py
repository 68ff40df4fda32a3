"""NPS by each attribute of the customer, and by channel; figures of tickets by the team that owns them."""

from __future__ import annotations

from typing import Any

from vocpipe.report.asking import Asked, Row, glyphs

TITLE = "By segment"
PLACE = 40
NEEDS = ("metrics.metric_value",)
KINDS = 12  # kinds of segment on the page, by name; the others are counted
MOST = 15  # segments of one kind, the largest first; the others are counted

TYPES = """
select segment_type, count(*) as count_segments
from metrics.metric_value
where metric = 'nps' and period = 'all' and n > 0
    and segment_type not in ('all', 'topic', 'journey_stage', 'experience', 'need')
group by segment_type
having count(*) > 1
order by segment_type
"""
FIGURES = """
select segment as name, value, ci_low, ci_high, n, unit, suppressed, low_base
from metrics.metric_value
where metric = 'nps' and period = 'all' and segment_type = ? and n > 0
order by n desc, segment
limit ?
"""
# Where the desk names one team alone it is the whole.
TEAMS = """
select metric, segment as name, value, ci_low, ci_high, n, unit, suppressed, low_base
from metrics.metric_value
where period = 'all' and n > 0 and (
    segment_type = 'owner_team'
    or (segment_type = 'channel+owner_team' and segment like 'ticket+%' and metric = 'net_sentiment')
)
order by metric, n desc, segment
"""


def read(asked: Asked) -> dict[str, Any] | None:
    """One table a kind of segment."""
    kinds = asked.rows(TYPES)
    found = [
        {
            "name": kind["segment_type"].replace("_", " "),
            "rows": glyphs(asked.rows(FIGURES, [kind["segment_type"], MOST])),
            "left": max(0, kind["count_segments"] - MOST),
        }
        for kind in kinds[:KINDS]
    ]
    teams = by_team(asked)
    return {"kinds": found, "left": len(kinds) - len(found), "teams": teams} if found or teams else None


def by_team(asked: Asked) -> list[dict[str, Any]]:
    """One table a metric of tickets, where several teams own them; the largest teams first."""
    rows = [row | {"name": row["name"].removeprefix("ticket+")} for row in asked.rows(TEAMS)]
    if len({row["name"] for row in rows} - {"(none)"}) < 2:
        return []
    tables: dict[str, list[Row]] = {}
    for row in rows:
        tables.setdefault(row["metric"].replace("_", " "), []).append(row)
    return [{"name": name, "rows": glyphs(of[:MOST]), "left": len(of[MOST:])} for name, of in tables.items()]
