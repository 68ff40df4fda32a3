"""Key drivers: which topics go with an outcome, how strongly, and how they are spoken of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from vocpipe.analysis.drivers import drivers
from vocpipe.analysis.growth import q_values
from vocpipe.analysis.importance import quadrants

TABLE = "metrics.driver"
DEFINITION = """Which topics go with an outcome over all answers in force, and how strongly: shares of the variance that
they explain together. Associations, not effects. A topic is 1 where an answer speaks well of it, -1 badly, 0 neither
or not at all; topics of fewer than min_n_show answers are left out. One row per outcome and driver."""
COLUMNS = {
    "outcome": ("varchar", "Metric whose answers are explained: nps, csat or ces."),
    "driver": ("varchar", "The topic."),
    "n": ("bigint", "Answers, with a text or without."),
    "n_mentions": ("bigint", "Of these, answers that speak of the topic."),
    "r2": ("double", "Share of the variance that all drivers explain together, 0 to 1."),
    "r": ("double", "Correlation with the outcome by itself."),
    "beta": ("double", "Standardised coefficient beside all other drivers."),
    "vif": ("double", "Variance inflation factor; beyond 5 the coefficient says little by itself."),
    "is_suppressor": ("boolean", "Beta and r have different signs: read neither alone."),
    "p_value": ("double", "Two-sided p of beta against nought, with errors between customers."),
    "q_value": ("double", "Benjamini-Hochberg over all drivers of the run; 0.10 or less: more than chance."),
    "lmg_share": ("double", "Share of r2 by LMG (Shapley), 0 to 1; null for more than 13 drivers."),
    "johnson_share": ("double", "Share of r2 by Johnson's relative weights, 0 to 1; adds up to 1."),
    "share_low": ("double", "Lower bound of johnson_share (bootstrap of customers); null below 100 customers."),
    "share_high": ("double", "Upper bound of johnson_share, likewise."),
    "performance": ("double", "How the topic is spoken of where it is: share well less share badly, -1 to 1."),
    "performance_low": ("double", "Lower bound of performance."),
    "performance_high": ("double", "Upper bound of performance."),
    "quadrant": (
        "varchar",
        "improve (important, spoken of badly), keep (important, well), watch (unimportant, badly), enough "
        "(unimportant, well), against the means of all drivers; undetermined where an interval holds the mean.",
    ),
    "conf": ("double", "Confidence of the intervals, 0 to 1."),
}

GROUPS = 1000  # random groups of customers: the bootstrap draws these where there are more customers
ANSWERS = f"""
with answers as (
    select
        metric,
        source,
        response_id,
        question_id,
        cast(score - scale_low as double) / (scale_high - scale_low) as y,
        mod(dense_rank() over (
            order by customer_id nulls first, case when customer_id is null then concat(source, ':', response_id) end
        ), {GROUPS}) as group_no,
    from marts.responses
    where superseded_at is null and metric in ('nps', 'csat', 'ces')
)
"""
READS = {
    "outcomes": f"""{ANSWERS}
select metric, group_no, count(*) as n, sum(cast(y as decimal(18, 9))) as y,
    sum(cast(y * y as decimal(18, 9))) as y2,
from answers
group by metric, group_no
order by metric, group_no
""",
    "topics": f"""{ANSWERS}
select a.metric, t.topic, a.group_no, count(*) as n, sum(t.polarity) as x,
    sum(cast(t.polarity * a.y as decimal(18, 9))) as xy,
from answers as a
join marts.answer_topics as t
    on t.source = a.source and t.response_id = a.response_id and t.question_id = a.question_id and t.metric = a.metric
group by a.metric, t.topic, a.group_no
order by a.metric, t.topic, a.group_no
""",
    "pairs": f"""{ANSWERS}
select a.metric, t.topic, u.topic as other, a.group_no, sum(t.polarity * u.polarity) as xx,
from answers as a
join marts.answer_topics as t
    on t.source = a.source and t.response_id = a.response_id and t.question_id = a.question_id and t.metric = a.metric
join marts.answer_topics as u
    on u.source = a.source and u.response_id = a.response_id and u.question_id = a.question_id and u.metric = a.metric
    and u.topic >= t.topic
where t.polarity <> 0 and u.polarity <> 0
group by a.metric, t.topic, u.topic, a.group_no
order by a.metric, t.topic, u.topic, a.group_no
""",
}


def make(frames: Mapping[str, pd.DataFrame], parameters: Mapping[str, Any]) -> pd.DataFrame:
    """Drivers of every outcome, the strongest first."""
    conf, least = float(parameters["conf"]), int(parameters["min_n_show"])
    outcomes, topics, pairs = frames["outcomes"], frames["topics"], frames["pairs"]
    made = []
    for metric in outcomes["metric"].unique():
        own = topics[topics["metric"] == metric]
        mentions = own.groupby("topic")["n"].sum()
        names = sorted(mentions[mentions >= least].index)
        sums = moments_of(outcomes[outcomes["metric"] == metric], own, pairs[pairs["metric"] == metric], names)
        if names and sums[:, 0, 0].sum() > len(names) + 1:
            made.append(explained(metric, sums, names, mentions, own, conf))
    made = [frame for frame in made if len(frame)]
    if not made:
        return pd.DataFrame(columns=list(COLUMNS))
    table = pd.concat(made, ignore_index=True)
    return table.assign(q_value=q_values(table["p_value"].to_numpy()), conf=conf)[list(COLUMNS)]


def moments_of(outcome: pd.DataFrame, topics: pd.DataFrame, pairs: pd.DataFrame, names: list[str]) -> np.ndarray:
    """Sums of products by group, as ``analysis.drivers`` reads them: (groups, p + 2, p + 2)."""
    place = {group: i for i, group in enumerate(outcome["group_no"])}
    column = {name: i + 1 for i, name in enumerate(names)}
    sums = np.zeros((len(place), len(names) + 2, len(names) + 2))
    for name, at in (("n", (0, 0)), ("y", (0, -1)), ("y2", (-1, -1))):
        sums[:, at[0], at[1]] = outcome[name].to_numpy(dtype=float)
    own = topics[topics["topic"].isin(column)]
    # Without a row of its own a column has no type that an index could be.
    group, term = own["group_no"].map(place).to_numpy(np.int64), own["topic"].map(column).to_numpy(np.int64)
    sums[group, 0, term] = own["x"].to_numpy(dtype=float)
    sums[group, term, -1] = own["xy"].to_numpy(dtype=float)
    both = pairs[pairs["topic"].isin(column) & pairs["other"].isin(column)]
    terms = (both[name].map(column).to_numpy(np.int64) for name in ("topic", "other"))
    sums[both["group_no"].map(place).to_numpy(np.int64), *terms] = both["xx"].to_numpy(dtype=float)
    upper = np.triu(np.ones(sums.shape[1:], dtype=bool))
    return np.asarray(np.where(upper, sums, sums.swapaxes(1, 2)))


def explained(
    metric: str, sums: np.ndarray, names: list[str], mentions: pd.Series, topics: pd.DataFrame, conf: float
) -> pd.DataFrame:
    """The rows of one outcome."""
    found = drivers(sums, names, conf)
    if found.empty:
        return found
    spoken = topics.pivot_table(index="group_no", columns="topic", values=["n", "x"], aggfunc="sum", fill_value=0)
    placed = quadrants(found, spoken["x"][names].to_numpy(float), spoken["n"][names].to_numpy(float), conf)
    placed = placed.assign(outcome=metric, n_mentions=mentions[names].to_numpy())
    return placed.sort_values(["johnson_share", "driver"], ascending=[False, True])
