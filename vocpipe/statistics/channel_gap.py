"""How differently the same customers speak on two channels."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

TABLE = "metrics.channel_gap"
DEFINITION = """What the channel makes of it: for customers who spoke on both of two channels, their mean sentiment on
the one minus that on the other, each customer once. Unlike figures of whole channels, who speaks where plays no part.
Null for fewer than min_n_show such customers. One row per pair of channels."""
COLUMNS = {
    "channel": ("varchar", "The one channel."),
    "other_channel": ("varchar", "The other one."),
    "n_customers": ("bigint", "Customers who spoke on both."),
    "score": ("double", "Mean over these customers of their sentiment score on the channel, -1 to 1."),
    "other_score": ("double", "The same on the other one."),
    "gap": ("double", "score - other_score."),
    "se": ("double", "Its standard error."),
    "ci_low": ("double", "Lower bound (Student's t of the differences)."),
    "ci_high": ("double", "Upper bound."),
    "p_value": ("double", "Two-sided p of no gap."),
    "conf": ("double", "Confidence of the interval, 0 to 1."),
}
READS = {
    "scores": """
select customer_id, channel, cast(avg(cast(sentiment_score as decimal(9, 6))) as double) as score
from marts.interactions
where customer_id is not null and sentiment_score is not null
group by customer_id, channel
order by customer_id, channel
"""
}


def make(frames: Mapping[str, pd.DataFrame], parameters: Mapping[str, Any]) -> pd.DataFrame:
    """Every pair of channels, in the order of their names."""
    wide = frames["scores"].pivot(index="customer_id", columns="channel", values="score").sort_index()
    least, conf = int(parameters["min_n_show"]), float(parameters["conf"])
    made = []
    for one, other in combinations(sorted(wide.columns), 2):
        both = wide[[one, other]].dropna()
        told = {"channel": one, "other_channel": other, "n_customers": len(both), "conf": conf}
        made.append(told | (paired(both[one].to_numpy(), both[other].to_numpy(), conf) if len(both) >= least else {}))
    return pd.DataFrame(made, columns=list(COLUMNS))


def paired(score: np.ndarray, other: np.ndarray, conf: float) -> dict[str, float]:
    """The mean difference of pairs, with its interval; null error and bounds of a single pair."""
    gaps = score - other
    told = {"score": float(score.mean()), "other_score": float(other.mean()), "gap": float(gaps.mean())}
    if len(gaps) < 2:
        return told
    se, df = float(gaps.std(ddof=1) / np.sqrt(len(gaps))), len(gaps) - 1
    half = float(stats.t.isf((1 - conf) / 2, df)) * se
    p_value = float(2 * stats.t.sf(abs(told["gap"]) / se, df)) if se > 0 else float("nan")
    return told | {"se": se, "ci_low": told["gap"] - half, "ci_high": told["gap"] + half, "p_value": p_value}
