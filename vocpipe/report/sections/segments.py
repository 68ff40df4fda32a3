"""NPS by each attribute of the customer, and by channel."""

from __future__ import annotations

from typing import Any

from vocpipe.report.asking import Asked, glyphs

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
    return {"kinds": found, "left": len(kinds) - len(found)} if found else None
