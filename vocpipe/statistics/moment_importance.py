"""Moments that matter: the stages of the journey whose experience goes with later loyalty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from vocpipe.analysis.drivers import drivers, moments

TABLE = "metrics.moment_importance"
DEFINITION = """How much each stage of the journey has to do with later loyalty: share of Johnson's relative weights of
the customers' stage scores on what they did afterwards. recommend: the latest recommend answer, stages of the 365 days
before it. repeat_purchase: whether one who had bought before bought in the last churn_days (180), stages of the 365
days before those. A stage of which a customer did not speak counts as its mean; stages that fewer than 30 of these
customers spoke of are left out. Associations, not effects. One row per outcome and stage."""
COLUMNS = {
    "outcome": ("varchar", "recommend (answer of 0 to 10) or repeat_purchase (bought again or not)."),
    "journey_stage": ("varchar", "The stage."),
    "k": ("bigint", "Stages compared; a stage that were like all others had a share of 1/k."),
    "n_customers": ("bigint", "Customers with an outcome who spoke of one of the stages before."),
    "n_spoke": ("bigint", "Of these, customers who spoke of this one."),
    "r2": ("double", "Share of the outcome's variance that all stages explain together, 0 to 1."),
    "r": ("double", "Correlation of the stage's score with the outcome."),
    "weight_share": ("double", "The stage's share of r2, 0 to 1; adds up to 1."),
    "share_low": ("double", "Lower bound of weight_share (bootstrap of customers); null below 100 customers."),
    "share_high": ("double", "Upper bound, likewise."),
    "p_value": ("double", "Two-sided p of the stage beside the others."),
    "is_moment_that_matters": ("boolean", "Share is surely above 1/k (lower bound), and p_value is below 1 - conf."),
    "conf": ("double", "Confidence of the intervals, 0 to 1."),
}
READS = {
    "recommend": """
with answers as (
    select
        customer_id,
        cast(score as double) as outcome,
        occurred_at,
        row_number() over (
            partition by customer_id order by occurred_at desc, loaded_at desc, response_id desc, question_id desc
        ) as latest_first,
    from marts.responses
    where metric = 'nps' and superseded_at is null and customer_id is not null
)
select
    a.customer_id,
    a.outcome,
    t.journey_stage,
    cast(avg(cast(t.sentiment_score as decimal(9, 6))) as double) as score,
from answers as a
join facts.journey_turns as t
    on t.customer_id = a.customer_id and t.occurred_at < a.occurred_at
    and t.occurred_at >= a.occurred_at - interval 365 day
where a.latest_first = 1 and t.journey_stage is not null and t.sentiment_score is not null
group by a.customer_id, a.outcome, t.journey_stage
order by a.customer_id, t.journey_stage
""",
    "repeat_purchase": """
with buyers as (
    select
        customer_id,
        max(
            case
                when ordered_at >= getvariable('as_of') - getvariable('churn_days') * interval 1 day then 1.0
                else 0.0
            end
        ) as outcome,
    from marts.orders
    where customer_id is not null and not coalesce(is_cancelled, false)
    group by customer_id
    having min(ordered_at) < getvariable('as_of') - getvariable('churn_days') * interval 1 day
)
select
    b.customer_id,
    cast(b.outcome as double) as outcome,
    t.journey_stage,
    cast(avg(cast(t.sentiment_score as decimal(9, 6))) as double) as score,
from buyers as b
join facts.journey_turns as t
    on t.customer_id = b.customer_id
    and t.occurred_at < getvariable('as_of') - getvariable('churn_days') * interval 1 day
    and t.occurred_at >= getvariable('as_of') - (getvariable('churn_days') + 365) * interval 1 day
where t.journey_stage is not null and t.sentiment_score is not null
group by b.customer_id, b.outcome, t.journey_stage
order by b.customer_id, t.journey_stage
""",
}
LEAST_CUSTOMERS = 30
GROUPS = 1000  # the bootstrap draws groups of customers where there are more of them


def make(frames: Mapping[str, pd.DataFrame], parameters: Mapping[str, Any]) -> pd.DataFrame:
    """Stages of each outcome, the weightiest first; no rows where fewer than two stages can be compared."""
    made = [weighed(frames[outcome], outcome, float(parameters["conf"])) for outcome in READS]
    return pd.concat([frame for frame in made if len(frame)] or [pd.DataFrame(columns=list(COLUMNS))])[list(COLUMNS)]


def weighed(scores: pd.DataFrame, outcome: str, conf: float) -> pd.DataFrame:
    """The stages of one outcome."""
    spoke = scores.groupby("journey_stage")["customer_id"].nunique()
    names = sorted(spoke[spoke >= LEAST_CUSTOMERS].index)
    known = scores[scores["journey_stage"].isin(names)]
    wide = known.pivot(index="customer_id", columns="journey_stage", values="score").sort_index()
    if len(names) < 2 or len(wide) < LEAST_CUSTOMERS:
        return pd.DataFrame()
    y = known.groupby("customer_id")["outcome"].first().loc[wide.index].to_numpy(dtype=float)
    x = wide[names].fillna(wide[names].mean()).to_numpy(dtype=float)
    found = drivers(moments(x, y, np.arange(len(y)) % GROUPS), names, conf)
    if found.empty:
        return found
    found = found.rename(columns={"driver": "journey_stage", "johnson_share": "weight_share"})
    found["n_spoke"] = spoke[names].to_numpy()
    is_sure = (found["share_low"] > 1 / len(names)) & (found["p_value"] < 1 - conf)
    found = found.assign(
        outcome=outcome, k=len(names), n_customers=len(wide), is_moment_that_matters=is_sure, conf=conf
    )
    return found.sort_values(["weight_share", "journey_stage"], ascending=[False, True])
