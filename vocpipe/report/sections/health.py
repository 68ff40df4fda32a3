"""What the figures rest on: sources and their freshness, who was recognised, what was set aside, what checks say."""

from __future__ import annotations

from typing import Any

from vocpipe.report.asking import Asked, glyphs

TITLE = "Data health"
PLACE = 140
NEEDS = ("quality.loads", "quality.quarantine", "quality.checks", "quality.runs", "metrics.metric_value")

SOURCES = """
select
    loads.source, count(distinct loads.file) as count_files, sum(loads.rows_used) as rows_used,
    sum(loads.rows_set_aside) as rows_set_aside, max(loads.loaded_at) as loaded_at, max(heard.newest) as newest,
from quality.loads as loads
left join (
    select source, max(occurred_at) as newest from marts.interactions group by source
    union all
    select source, max(ordered_at) from marts.orders group by source
) as heard on loads.source = heard.source
group by loads.source
order by loads.source
"""
LINKED = """
select segment as name, value, ci_low, ci_high, n, unit, suppressed, low_base
from metrics.metric_value
where metric = 'linked_share' and period = 'all' and segment_type in ('all', 'channel') and n > 0
order by segment_type, segment
"""
REASONS = "select reason, count(*) as n from quality.quarantine group by reason order by n desc, reason limit 12"
CHECKS = """
select check_name, severity, definition, count_offending
from quality.checks
where run_id = (select run_id from quality.runs order by started_at desc limit 1)
order by count_offending = 0, severity, check_name
"""


def read(asked: Asked) -> dict[str, Any]:
    """Sources, linked share by channel, reasons of the quarantine, and the checks of the last run."""
    checks = asked.rows(CHECKS)
    return {
        "sources": asked.rows(SOURCES),
        "linked": glyphs(asked.rows(LINKED)),
        "reasons": asked.rows(REASONS),
        "checks": checks,
        "offending": [check for check in checks if check["count_offending"]],
    }
