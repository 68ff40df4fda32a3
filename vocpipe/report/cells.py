"""A page for one topic or one segment: every figure of it, how they went, and for a topic what customers say."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from vocpipe.report import charts
from vocpipe.report.asking import Asked, Row, glyphs
from vocpipe.report.spoken import quotes

MOST = 200  # pages of one kind, the largest first: thousands of segments have no page each
QUOTED = 30

CELLS = """
select segment_type, segment, max(n) as n
from metrics.metric_value
where segment_type = ? and period = 'all' and segment not like '(%'
group by segment_type, segment
order by n desc, segment
limit ?
"""
FIGURES = """
select metric as name, value, ci_low, ci_high, n, unit, suppressed, low_base
from metrics.metric_value
where segment_type = ? and segment = ? and period = 'all' and n > 0
order by metric, unit
"""
SERIES = """
select period_start, value, ci_low, ci_high, n, unit, provisional
from metrics.metric_value
where metric = 'nps' and segment_type = ? and segment = ? and period = 'month' and value is not null
order by period_start
"""


def cells(asked: Asked, kind: str) -> list[Row]:
    """The topics or segments of a kind that get a page, with the name of the page."""
    return [row | {"page": page_of(kind, row["segment"])} for row in asked.rows(CELLS, [kind, MOST])]


def page_of(kind: str, segment: str) -> str:
    """The file name of a cell's page: readable, and different for different cells."""
    plain = re.sub(r"[^a-z0-9]+", "-", f"{kind}-{segment}".lower()).strip("-")[:60]
    return f"{plain}-{hashlib.sha256(f'{kind}={segment}'.encode()).hexdigest()[:6]}.html"


def read(asked: Asked, cell: Row) -> dict[str, Any]:
    """What a cell's page shows."""
    key = [cell["segment_type"], cell["segment"]]
    series = asked.rows(SERIES, key)
    title = f"NPS by month, {cell['segment_type']} {cell['segment']}"
    return {
        "title": f"{cell['segment_type'].replace('_', ' ')}: {cell['segment']}",
        "rows": [glyphs([row])[0] for row in asked.rows(FIGURES, key)],  # units differ: each on a scale of its own
        "chart": charts.trend(series, title=title, axis="NPS, points") if len(series) > 1 else None,
        "quotes": quotes(asked, cell["segment"], QUOTED) if cell["segment_type"] == "topic" else [],
    }
