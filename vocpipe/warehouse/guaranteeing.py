"""Chooses the threshold on texts from what people said of turns, and keeps it where the marts read it."""

from __future__ import annotations

import duckdb

from vocpipe.analysis.guarantee import Guarantee, choose

# One row per customer (or turn of somebody unknown) of whom a person judged a turn that nobody asked for. Of one in
# distress the turns that say so count: he is found when one of them is.
LABELLED = """
with judged as (
    select *, coalesce(customer_id, interaction_id) as customer, is_distress = 'yes' as is_yes
    from facts.distress_turns
    where is_distress is not null and not is_solicited
),
counted as (
    select *, bool_or(is_yes) over (partition by customer) as is_customer_yes from judged
)
select
    min(sentiment_score) as score, bool_or(is_negative or urgency is not null) as is_found, any_value(is_customer_yes)
from counted
where is_yes = is_customer_yes
group by customer
order by customer
"""


def guarantee(con: duckdb.DuckDBPyConnection, target: float) -> Guarantee:
    """Choose anew and write `scores.text_guarantee`, one row; returns it."""
    found = con.execute(LABELLED).fetchall()
    scores = [float("nan") if score is None else score for score, _, _ in found]
    chosen = choose(scores, [f for _, f, _ in found], [d for _, _, d in found], target)
    con.execute("create schema if not exists scores")
    con.execute(
        "create or replace table scores.text_guarantee (threshold double, recall_target double, recall double, "
        "recall_low double, is_guaranteed boolean, precision double, count_customers bigint, count_distress bigint, "
        "outcome varchar)"
    )
    con.execute(
        "insert into scores.text_guarantee values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [chosen.threshold, target, chosen.recall, chosen.recall_low, chosen.is_guaranteed, chosen.precision,
         chosen.count_customers, chosen.count_distress, chosen.outcome],
    )  # fmt: skip
    return chosen
