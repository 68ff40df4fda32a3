"""Moments: how often a stage or topic delights or pains, with intervals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from vocpipe.analysis.clustered import effective_n, wilson

TABLE = "metrics.moment"
DEFINITION = """Wow moments beside pain moments: how much of what is said about a stage of the journey or a topic is
strongly positive (delight) or strongly negative (pain), over all time. Each channel by itself, as people who were
asked and people who were not are never pooled. One row per channel, kind of moment and moment."""
COLUMNS = {
    "channel": ("varchar", "Where it was said."),
    "moment_type": ("varchar", "journey_stage or topic."),
    "moment": ("varchar", "The stage or topic; (none): neither was found."),
    "n": ("bigint", "Texts about it that were scored."),
    "n_customers": ("bigint", "Different known customers among their writers."),
    "delight_share": ("double", "Share that is strongly positive (score 0.7 or more), 0 to 1."),
    "delight_low": ("double", "Lower bound (Wilson, n cut to what clustered texts are worth)."),
    "delight_high": ("double", "Upper bound."),
    "pain_share": ("double", "Share that is strongly negative (score -0.7 or less), 0 to 1."),
    "pain_low": ("double", "Lower bound."),
    "pain_high": ("double", "Upper bound."),
    "suppressed": ("boolean", "Shares are hidden, as in metric_value: too few texts."),
    "conf": ("double", "Confidence of the intervals, 0 to 1."),
}
READS = {
    "shares": """
select
    p.metric,
    substr(p.segment, 1, strpos(p.segment, '+') - 1) as channel,
    replace(p.segment_type, 'channel+', '') as moment_type,
    substr(p.segment, strpos(p.segment, '+') + 1) as moment,
    p.n,
    p.n_customers,
    p.n_clusters,
    p.sum_ws / p.sum_w as share,
    p.cluster_ws2 - 2 * (p.sum_ws / p.sum_w) * p.cluster_wws
        + (p.sum_ws / p.sum_w) * (p.sum_ws / p.sum_w) * p.cluster_ww as spread,
    v.suppressed,
from metrics.metric_component as p
join metrics.metric_value as v
    on v.metric = p.metric and v.metric_version = p.metric_version and v.period = p.period
    and v.period_start = p.period_start and v.segment_type = p.segment_type and v.segment = p.segment
    and v.unit = p.unit
where p.metric in ('delight_share', 'pain_share') and p.period = 'all' and p.n > 0
    and p.segment_type in ('channel+journey_stage', 'channel+topic')
order by p.metric, p.segment_type, p.segment
"""
}
KEYS = ["channel", "moment_type", "moment", "n", "n_customers"]


def make(frames: Mapping[str, pd.DataFrame], parameters: Mapping[str, Any]) -> pd.DataFrame:
    """Every stage and topic of every channel."""
    shares, conf = frames["shares"], float(parameters["conf"])
    delight, pain = (bounded(shares[shares["metric"] == f"{name}_share"], name, conf) for name in ("delight", "pain"))
    made = delight.merge(pain, on=KEYS)
    made["suppressed"] = made["suppressed_delight"] | made["suppressed_pain"]
    hidden = [c for c in made.columns if c.startswith(("delight_", "pain_"))]
    made[hidden] = made[hidden].where(~made["suppressed"])
    return made.assign(conf=conf)[list(COLUMNS)]


def bounded(shares: pd.DataFrame, name: str, conf: float) -> pd.DataFrame:
    """One kind of share with its interval."""
    share, n, g = (shares[c].to_numpy(dtype=float) for c in ("share", "n", "n_clusters"))
    spread = np.maximum(shares["spread"].to_numpy(dtype=float), 0)
    errors = np.where(spread > 1e-9, np.sqrt(spread * g / np.maximum(g - 1, 1)) / n, 0)
    low, high = wilson(share, effective_n(share, errors, n, g, conf), conf)
    figures = {f"{name}_share": share, f"{name}_low": low, f"{name}_high": high}
    return shares[KEYS].assign(**figures, **{f"suppressed_{name}": shares["suppressed"].astype(bool)})
