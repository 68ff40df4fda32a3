"""The closed loop: cases and what became of them, who is left alone, whom to thank, what customers keep asking."""

from __future__ import annotations

from typing import Any

from vocpipe.report.asking import Asked

TITLE = "Closed loop"
PLACE = 130
NEEDS = ("actions.cases", "actions.suppressions", "actions.case_outcomes", "actions.rewards", "actions.knowledge_gaps")
MOST = 10

OWNERS = """
select
    coalesce(owner, 'no owner') as owner, count(*) as n,
    count(case when state in ('open', 'overdue') then 1 end) as waiting,
    count(case when state = 'overdue' then 1 end) as overdue,
    count(case when state = 'in progress' then 1 end) as in_progress,
    count(case when state = 'closed' then 1 end) as closed,
    count(case when state = 'lapsed' then 1 end) as lapsed,
from actions.cases
group by all
order by waiting desc, n desc, owner
"""
REASONS = """
select reason, count(distinct customer_id) as n, min(starts_at) as starts_at
from actions.suppressions group by reason order by n desc, reason
"""
GAPS = """
select coalesce(topics.label, gaps.topic) as name, gaps.* exclude (topic)
from actions.knowledge_gaps as gaps left join marts.topics as topics on gaps.topic = topics.slug
order by gaps.place
"""


def read(asked: Asked) -> dict[str, Any]:
    """Cases by owner, outcomes of the followed-up, reasons of suppression, rewards and knowledge gaps."""
    return {
        "owners": asked.rows(OWNERS)[:MOST],
        "outcomes": asked.rows("select * from actions.case_outcomes where days = 90 order by outcome"),
        "reasons": asked.rows(REASONS),
        "rewards": asked.rows(
            "select reason, count(*) as n from actions.rewards group by reason order by n desc, reason"
        ),
        "gaps": asked.rows(GAPS)[:MOST],
    }
