"""The journey: where it hurts, where it delights, and which moments matter for what customers do later."""

from __future__ import annotations

from typing import Any

from vocpipe.report.asking import Asked

TITLE = "Journey"
PLACE = 80
NEEDS = ("metrics.moment",)

MOMENTS = """
select channel, moment, n, delight_share, delight_low, delight_high, pain_share, pain_low, pain_high, suppressed
from metrics.moment
where moment_type = 'journey_stage' and moment <> '(none)'
order by channel, n desc, moment
"""
MATTER = """
select outcome, journey_stage, k, n_customers, weight_share, share_low, share_high, is_moment_that_matters
from metrics.moment_importance
order by outcome, weight_share desc, journey_stage
"""


def read(asked: Asked) -> dict[str, Any] | None:
    """Pain and delight of each stage by channel, and how much each stage goes with later loyalty."""
    rows = asked.rows(MOMENTS)
    if not rows:
        return None
    matter = asked.rows(MATTER) if asked.has("metrics.moment_importance") else []
    return {"channels": {name: [row for row in rows if row["channel"] == name] for name in channels(rows)},
            "matter": matter}  # fmt: skip


def channels(rows: list[dict[str, Any]]) -> list[str]:
    """The channels of these rows, each once."""
    return list(dict.fromkeys(row["channel"] for row in rows))
