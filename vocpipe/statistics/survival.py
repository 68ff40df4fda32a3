"""How long until a customer buys again, or a contract ends, where for many it has not happened yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from vocpipe.analysis.survival import kaplan_meier, log_rank

TABLE = "metrics.survival"
DEFINITION = (
    "Kaplan-Meier curves: the share to whom it has not happened by that time, those counted to whom it may still "
    "happen. Groups of fewer than min_n_show customers are left out. "
    "One row per curve, segment and time at which it happened to somebody."
)
COLUMNS = {
    "curve": (
        "varchar",
        "second_purchase (from the first one), next_purchase (from each one), contract (from its start to its end).",
    ),
    "segment_type": ("varchar", "All, or an attribute of the customer, by its value of today."),
    "segment": ("varchar", "The segment."),
    "time": ("double", "Days; for contract periods as the customer record counts them."),
    "n_at_risk": ("bigint", "To whom it could still happen then, seen at least so long."),
    "n_events": ("bigint", "To whom it happened then."),
    "survival": ("double", "Share to whom it has not happened up to and with that time, 0..1."),
    "se": ("double", "Standard error: Greenwood's; of next_purchase between customers."),
    "ci_low": ("double", "Lower bound, 95 %, by log(-log)."),
    "ci_high": ("double", "Upper bound, likewise."),
    "log_rank_p": ("double", "P-value that the segments of this type do not differ (log-rank); null for all."),
}
AS_OF = "cast((getvariable('as_of') at time zone 'UTC') at time zone getvariable('time_zone') as date)"
READS = {
    "second_purchase": f"""
        select
            customer_id,
            coalesce(max(case when purchase_no = 2 then purchased_on end), {AS_OF})
                - max(case when purchase_no = 1 then purchased_on end) as time,
            count(*) = 2 as has_happened,
        from facts.purchase_days where purchase_no <= 2 group by customer_id order by customer_id
    """,
    "next_purchase": f"""
        select
            customer_id,
            lead(purchased_on, 1, {AS_OF}) over (partition by customer_id order by purchased_on) - purchased_on as time,
            lead(purchased_on) over (partition by customer_id order by purchased_on) is not null as has_happened,
        from facts.purchase_days order by customer_id, purchased_on
    """,
    "contract": """
        select customer_id, contract_length as time, is_ended as has_happened
        from facts.customer_contracts where contract_length is not null order by customer_id
    """,
    "segments": """
        select customer_id, attribute, value from marts.customer_attributes
        where valid_to is null and attribute <> getvariable('contract_ended') order by customer_id, attribute
    """,
}


def make(frames: Mapping[str, Any], parameters: Mapping[str, Any]) -> pd.DataFrame:
    """All curves; the gaps between purchases for all customers only, the others by every segment too."""
    fewest, found = int(parameters["min_n_show"]), []
    for curve in ("second_purchase", "next_purchase", "contract"):
        times = frames[curve]
        cuts = [("all", times.assign(segment="all"))]
        if curve != "next_purchase":
            cuts += by_attribute(times, frames["segments"])
        for segment_type, cut in cuts:
            found += [part.assign(curve=curve, segment_type=segment_type) for part in curves(cut, fewest)]
    return pd.concat(found, ignore_index=True)[list(COLUMNS)] if found else pd.DataFrame(columns=list(COLUMNS))


def by_attribute(times: pd.DataFrame, segments: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """The times with the segment of their customer, an attribute after the other."""
    for attribute, told in segments.groupby("attribute", sort=True):
        values = told.set_index("customer_id").value
        yield str(attribute), times.assign(segment=times.customer_id.map(values).fillna("(unknown)"))


def curves(cut: pd.DataFrame, fewest: int) -> Iterator[pd.DataFrame]:
    """The curve of each segment that is large enough, with the p-value that they do not differ."""
    sizes = cut.groupby("segment").customer_id.nunique()
    shown = cut[cut.segment.isin(sizes.index[sizes >= fewest])]
    p_value = log_rank(shown.time, shown.has_happened, shown.segment)[1]
    for segment, own in shown.groupby("segment", sort=True):
        clusters = own.customer_id if own.customer_id.duplicated().any() else None
        yield kaplan_meier(own.time, own.has_happened, clusters).assign(segment=segment, log_rank_p=p_value)
