"""Cohesion: whether customers fare alike on every channel, beyond what chance makes differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from vocpipe.analysis.heterogeneity import heterogeneity

TABLE = "metrics.cohesion"
DEFINITION = """Cohesion across channels: 1 - I² of the channels' net_sentiment, I² being the share of their spread
that is more than chance. 1: no more spread than chance; near 0: channels are different worlds. Of channels with
min_n_show texts or more; null of fewer than three such channels. One row per period, segment type and segment."""
KEYS = ("period", "period_start", "period_end", "segment_type", "segment")
COLUMNS = {
    "period": ("varchar", "Kind of period, as in metric_value."),
    "period_start": ("timestamp", "First day of the period in the business time zone, at midnight."),
    "period_end": ("timestamp", "The day after the last one, likewise."),
    "segment_type": ("varchar", "By what is cut: all, or an attribute or dimension."),
    "segment": ("varchar", "The segment."),
    "n": ("bigint", "Texts on all channels that count."),
    "channels": ("varchar", "The channels that count, by name."),
    "k": ("bigint", "How many channels count."),
    "q": ("double", "Cochran's Q of the channels' figures."),
    "p_value": ("double", "Of Q, on k - 1 degrees of freedom: below 0.05, channels differ beyond chance."),
    "tau2": ("double", "Variance between channels (DerSimonian and Laird)."),
    "i2": ("double", "Share of the spread between channels that is more than chance, 0 to 1."),
    "cohesion": ("double", "1 - i2, 0 to 1."),
    "cohesion_low": ("double", "Lower bound (Q profile, Viechtbauer 2007)."),
    "cohesion_high": ("double", "Upper bound."),
    "is_provisional": ("boolean", "The period may still get late answers."),
    "conf": ("double", "Confidence of the interval, 0 to 1."),
}
# Teams own tickets alone: there are no channels to compare.
READS = {
    "channels": """
select
    p.period,
    p.period_start,
    p.period_end,
    case when p.segment_type = 'channel' then 'all' else replace(p.segment_type, 'channel+', '') end as segment_type,
    case
        when p.segment_type = 'channel' then 'all'
        else substr(p.segment, strpos(p.segment, '+') + 1)
    end as segment,
    case
        when p.segment_type = 'channel' then p.segment
        else substr(p.segment, 1, strpos(p.segment, '+') - 1)
    end as channel,
    p.n,
    p.n_clusters,
    p.sum_ws / p.sum_w as score,
    p.cluster_ws2 - 2 * (p.sum_ws / p.sum_w) * p.cluster_wws
        + (p.sum_ws / p.sum_w) * (p.sum_ws / p.sum_w) * p.cluster_ww as spread,
    p.sum_w,
    v.provisional as is_provisional,
from metrics.metric_component as p
join metrics.metric_value as v
    on v.metric = p.metric and v.metric_version = p.metric_version and v.period = p.period
    and v.period_start = p.period_start and v.segment_type = p.segment_type and v.segment = p.segment
    and v.unit = p.unit
where p.metric = 'net_sentiment' and p.segment_type <> 'channel+owner_team'
    and p.n >= getvariable('min_n_show') and p.n_clusters > 3
order by p.period, p.period_start, p.segment_type, p.segment
"""
}
FIGURES = """
select
    'cohesion' as metric, 1 as metric_version, 'interaction' as grain, period, period_start, period_end, segment_type,
    segment, n, null as n_customers, cohesion as value, null as se, cohesion_low as ci_low, cohesion_high as ci_high,
    'q_profile' as method, 'share' as unit, 'up' as direction, null as coverage, is_provisional as provisional,
from metrics.cohesion
"""
LEAST_CHANNELS = 3


def make(frames: Mapping[str, pd.DataFrame], parameters: Mapping[str, Any]) -> pd.DataFrame:
    """Cohesion of every period and segment; with fewer than three channels a row without a figure."""
    found = frames["channels"]
    made = [
        dict(zip(KEYS, key, strict=True)) | compared(group.sort_values("channel"), float(parameters["conf"]))
        for key, group in found.groupby(list(KEYS), sort=True)
    ]
    return pd.DataFrame(made, columns=list(COLUMNS))


def compared(channels: pd.DataFrame, conf: float) -> dict[str, Any]:
    """The channels of one cell against each other."""
    g = channels["n_clusters"].to_numpy(dtype=float)
    # The error of few customers is itself a guess: a squared t has the mean df / (df - 2).
    spread = channels["spread"].to_numpy(dtype=float) * g / (g - 1) * (g - 1) / (g - 3)
    errors = np.sqrt(np.maximum(spread, 0)) / channels["sum_w"].to_numpy(dtype=float)
    told = {
        "n": int(channels["n"].sum()),
        "channels": ", ".join(channels["channel"]),
        "k": len(channels),
        "is_provisional": bool(channels["is_provisional"].iloc[0]),
        "conf": conf,
    }
    if len(channels) < LEAST_CHANNELS or not (errors > 1e-9).all():
        return told
    h = heterogeneity(channels["score"].to_numpy(dtype=float), errors, conf)
    return told | {
        "q": h.q,
        "p_value": h.p_value,
        "tau2": h.tau2,
        "i2": h.i2,
        "cohesion": 1 - h.i2,
        "cohesion_low": 1 - h.i2_high,
        "cohesion_high": 1 - h.i2_low,
    }
