"""Total experience and its three parts, the three needs, how alike the channels are, and where the company's record and
its customers part."""

from __future__ import annotations

from typing import Any

from vocpipe.report.asking import Asked, Row, glyphs

TITLE = "Total experience"
PLACE = 50
NEEDS = ("metrics.metric_value",)

WHOLE = ("tcx", "needs")
PARTS = {"tcx": "tcx_", "needs": "needs_"}
NAMES = {"tcx": "experience", "needs": "need"}

FIGURES = """
select metric, value, ci_low, ci_high, n, unit, suppressed, low_base
from metrics.metric_value
where metric = any(?) and period = 'all' and segment_type = 'all'
"""
COHESION = "select * from metrics.cohesion where period = 'all' and segment_type = 'all'"
GAPS = """
select item, company_n, company_share, customer_n, customer_share, gap, ci_low, ci_high
from metrics.perception_gap
where period = 'all' and segment_type = 'all' and gap is not null
order by item
"""


def read(asked: Asked) -> dict[str, Any] | None:
    """Each total with its parts, cohesion and gaps as far as the file holds them; None where it holds no total."""
    names = [row["metric"] for row in asked.rows("select distinct metric from metrics.metric_value order by metric")]
    totals = [total for whole in WHOLE if (total := parted(asked, whole, names))]
    if not totals:
        return None
    return {
        "totals": totals,
        "cohesion": asked.row(COHESION) if asked.has("metrics.cohesion") else None,
        "gaps": asked.rows(GAPS) if asked.has("metrics.perception_gap") else [],
    }


def parted(asked: Asked, whole: str, names: list[str]) -> Row | None:
    """One total and its parts, in that order; None where there is none."""
    wanted = [whole, *(name for name in names if name.startswith(PARTS[whole]))]
    found = {row["metric"]: row for row in asked.rows(FIGURES, [wanted])}
    if whole not in found:
        return None
    told = {name: name.removeprefix(PARTS[whole]) for name in wanted} | {whole: "all three"}
    rows = [found[name] | {"name": told[name]} for name in wanted if name in found]
    return {"name": NAMES[whole], "metric": whole, "rows": glyphs(rows)}
