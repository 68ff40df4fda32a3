"""Perception gap: what the company's records say of an item, minus what customers say of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from vocpipe.analysis.clustered import effective_n, newcombe

TABLE = "metrics.perception_gap"
DEFINITION = """What the company records of an item minus what customers say of it: both a share that went well, of the
same period and segment. solved: tickets marked solved, against tickets rated good. easy: solved tickets that took one
turn and no reopening, against answers that it was easy. Above nought the company thinks better of itself than its
customers do. One row per item, period, segment type and segment."""
KEYS = ("item", "period", "period_start", "period_end", "segment_type", "segment")
COLUMNS = {
    "item": ("varchar", "What both speak of: solved or easy."),
    "period": ("varchar", "Kind of period, as in metric_value."),
    "period_start": ("timestamp", "First day of the period in the business time zone, at midnight."),
    "period_end": ("timestamp", "The day after the last one, likewise."),
    "segment_type": ("varchar", "By what is cut."),
    "segment": ("varchar", "The segment."),
    "company_metric": ("varchar", "The company's record: solved_share or effortless_share."),
    "company_n": ("bigint", "Tickets on record."),
    "company_share": ("double", "Share of them that went well by the record, 0 to 1."),
    "customer_metric": ("varchar", "The customers' word: ticket_csat or ces_agree."),
    "customer_n": ("bigint", "Ratings or answers."),
    "customer_share": ("double", "Share of them that say it went well, 0 to 1."),
    "gap": ("double", "company_share - customer_share, -1 to 1; null where either n is below min_n_show."),
    "ci_low": ("double", "Lower bound (Newcombe's method 10, n cut to what clustered answers are worth)."),
    "ci_high": ("double", "Upper bound."),
    "is_provisional": ("boolean", "The period may still get late answers."),
    "conf": ("double", "Confidence of the interval, 0 to 1."),
}
READS = {
    "shares": """
select
    p.metric,
    p.period,
    p.period_start,
    p.period_end,
    p.segment_type,
    p.segment,
    p.n,
    p.n_clusters,
    p.sum_ws / p.sum_w as share,
    p.cluster_ws2 - 2 * (p.sum_ws / p.sum_w) * p.cluster_wws
        + (p.sum_ws / p.sum_w) * (p.sum_ws / p.sum_w) * p.cluster_ww as spread,
    v.suppressed,
    v.provisional as is_provisional,
from metrics.metric_component as p
join metrics.metric_value as v
    on v.metric = p.metric and v.metric_version = p.metric_version and v.period = p.period
    and v.period_start = p.period_start and v.segment_type = p.segment_type and v.segment = p.segment
    and v.unit = p.unit
where p.metric in ('solved_share', 'effortless_share', 'ticket_csat', 'ces_agree') and p.n > 0
order by p.metric, p.period, p.period_start, p.segment_type, p.segment
"""
}
FIGURES = """
select
    case when item = 'solved' then 'perception_gap' else concat('perception_gap_', item) end as metric,
    1 as metric_version, case when item = 'solved' then 'conversation' else 'response' end as grain, period,
    period_start, period_end, segment_type, segment, customer_n as n, null as n_customers, gap as value, null as se,
    ci_low, ci_high, 'newcombe' as method, 'share' as unit, 'down' as direction, null as coverage,
    is_provisional as provisional,
from metrics.perception_gap
"""
ITEMS = {"solved": ("solved_share", "ticket_csat"), "easy": ("effortless_share", "ces_agree")}


def make(frames: Mapping[str, pd.DataFrame], parameters: Mapping[str, Any]) -> pd.DataFrame:
    """Every item in the periods and segments in which both sides say something."""
    shares, conf = frames["shares"], float(parameters["conf"])
    made = [compared(shares, item, *pair, conf=conf) for item, pair in ITEMS.items()]
    return pd.concat([frame for frame in made if len(frame)] or [pd.DataFrame(columns=list(COLUMNS))])[list(COLUMNS)]


def compared(shares: pd.DataFrame, item: str, company: str, customer: str, conf: float) -> pd.DataFrame:
    """One item: record and word side by side, with the gap where neither is hidden."""
    keys = [key for key in KEYS if key != "item"]
    one, other = (shares[shares["metric"] == name] for name in (company, customer))
    both = one.merge(other, on=keys, suffixes=("_company", "_customer"))
    worth = [effective(both, side, conf) for side in ("company", "customer")]
    low, high = newcombe(both["share_company"], worth[0], both["share_customer"], worth[1], conf)
    shown = ~(both["suppressed_company"] | both["suppressed_customer"])
    return pd.DataFrame(
        {key: both[key] for key in keys}
        | {
            "item": item,
            "company_metric": company,
            "company_n": both["n_company"],
            "company_share": both["share_company"].where(shown),
            "customer_metric": customer,
            "customer_n": both["n_customer"],
            "customer_share": both["share_customer"].where(shown),
            "gap": (both["share_company"] - both["share_customer"]).where(shown),
            "ci_low": pd.Series(low, index=both.index).where(shown),
            "ci_high": pd.Series(high, index=both.index).where(shown),
            "is_provisional": both["is_provisional_company"] | both["is_provisional_customer"],
            "conf": conf,
        }
    )


def effective(both: pd.DataFrame, side: str, conf: float) -> np.ndarray:
    """What the answers of one side are worth, as several are of one customer."""
    n, g = both[f"n_{side}"].to_numpy(dtype=float), both[f"n_clusters_{side}"].to_numpy(dtype=float)
    spread = np.maximum(both[f"spread_{side}"].to_numpy(dtype=float), 0)
    errors = np.where(spread > 1e-9, np.sqrt(spread * g / np.maximum(g - 1, 1)) / n, 0)
    return effective_n(both[f"share_{side}"].to_numpy(dtype=float), errors, n, g, conf)
