"""What a person wants to know first: is NPS up, is it real, why, and who is to be called today."""

from __future__ import annotations

from typing import Any

from vocpipe.report.asking import Asked, Row

TITLE = "In one minute"
PLACE = 10
NEEDS = ("metrics.metric_value", "metrics.change", "metrics.topic_impact", "actions.cases", "actions.suppressions")
SURE = 0.10  # of q: what Benjamini-Hochberg lets pass
NAMED = 3  # topics on either side
CALLED = 8  # cases on the page

LATEST = """
select * from metrics.metric_value
where metric = 'nps' and period = 'month' and segment_type = 'all' and value is not null
order by period_start desc
limit 1
"""
CHANGED = """
select * from metrics.change
where metric = 'nps' and period = 'month' and segment_type = 'all' and difference is not null
order by period_start desc
limit 1
"""
# What a topic adds to the NPS of a month or takes away; all topics and the constant add up to it.
IMPACT = """
select impact.topic, coalesce(topics.label, impact.topic) as name, impact.value, impact.ci_low, impact.ci_high, impact.n
from metrics.topic_impact as impact
left join marts.topics as topics on impact.topic = topics.slug
where impact.definition = 'impact_ols' and impact.period = 'month' and impact.period_start = ?
    and impact.topic not like '(%' and impact.value is not null
order by impact.value, impact.topic
"""
CALL = """
select
    cases.case_id, cases.customer_id, cases.reason, cases.channel, cases.score, cases.owner, cases.state, cases.due_at,
    cases.interaction_id, coalesce(topics.label, cases.topic) as topic,
from actions.cases as cases
left join marts.topics as topics on cases.topic = topics.slug
where cases.state in ('open', 'overdue')
order by cases.state = 'open', cases.due_at, cases.case_id
"""
PAUSED = "select count(distinct customer_id) as n from actions.suppressions"


def read(asked: Asked) -> dict[str, Any] | None:
    """The latest NPS, the last change that can be tested, its topics, and the cases that wait."""
    latest = asked.row(LATEST)
    if latest is None:
        return None
    topics = asked.rows(IMPACT, [latest["period_start"]])
    waiting = asked.rows(CALL)
    return {
        "latest": latest | {"month": f"{latest['period_start']:%B %Y}"},
        "change": verdict(asked.row(CHANGED)),
        "down": [row for row in topics if row["value"] < 0][:NAMED],
        "up": [row for row in reversed(topics) if row["value"] > 0][:NAMED],
        "waiting": len(waiting),
        "overdue": sum(row["state"] == "overdue" for row in waiting),
        "calls": waiting[:CALLED],
        "paused": (asked.row(PAUSED) or {"n": 0})["n"],
    }


def verdict(change: Row | None) -> Row | None:
    """The last tested change of the NPS in words: up, down, or no change that chance would not make."""
    if change is None:
        return None
    is_real = change["q_value"] is not None and change["q_value"] <= SURE
    word = "no real change" if not is_real else "up" if change["difference"] > 0 else "down"
    tone = {"up": "good", "down": "bad"}.get(word, "muted")
    months = {"month": f"{change['period_start']:%B %Y}"}
    return change | months | {"is_real": is_real, "word": word, "tone": tone, "unit": "points"}
