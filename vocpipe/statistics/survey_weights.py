"""Weights of customers who answered the NPS question, so that they look like the customer base."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from vocpipe.analysis.raking import CannotRake, rake

UNKNOWN = "(unknown)"
TABLE = "scores.survey_weights"
DEFINITION = (
    "Weights that make the customers who answered the NPS question look like the customer record, by the margins of "
    "the settings (weights.margins; none: no rows), raked within each period. One row per period and customer."
)
COLUMNS = {
    "period": ("varchar", "all, quarter or month."),
    "period_start": ("timestamp", "First local day of the period; null for all."),
    "customer_id": ("varchar", "The customer who answered."),
    "weight": ("double", "How many answers this one stands for, 1 on average; null: the period could not be weighted."),
    "warning": ("varchar", "Why the period could not be weighted, or what the weights cost; null: nothing to say."),
}
READS = {
    "answered": """
        with answers as (
            select
                customer_id,
                (occurred_at at time zone 'UTC') at time zone getvariable('time_zone') as answered_at
            from facts.responses
            where metric = 'nps' and superseded_at is null and customer_id is not null
        )
        select distinct 'all' as period, cast(null as timestamp) as period_start, customer_id from answers
        union all
        select distinct 'quarter', date_trunc('quarter', answered_at), customer_id from answers
        union all
        select distinct 'month', date_trunc('month', answered_at), customer_id from answers
        order by 1, 2, 3
    """,
    "base": """
        select distinct customer_id from facts.customer_records
        where person_kind = 'customer_record' and unlinked_at is null order by 1
    """,
    "attributes": """
        select customer_id, attribute, value from facts.customer_attributes where valid_to is null order by 1, 2, 3
    """,
}


def make(frames: Mapping[str, Any], parameters: Mapping[str, Any]) -> pd.DataFrame:
    """One row per period and customer who answered in it; see COLUMNS."""
    margins = json.loads(parameters.get("margins") or "[]")
    if not margins or not len(frames["answered"]):
        return pd.DataFrame(columns=[*COLUMNS])
    told = frames["attributes"][frames["attributes"].attribute.isin(margins)]
    wide = told.pivot(index="customer_id", columns="attribute", values="value")
    known = wide.reindex(index=frames["base"].customer_id, columns=margins).fillna(UNKNOWN)
    sizes = {name: known[name].value_counts().sort_index().to_dict() for name in margins}
    return pd.concat(weighted(frames["answered"], known, sizes), ignore_index=True)[[*COLUMNS]]


def weighted(
    answered: pd.DataFrame, known: pd.DataFrame, sizes: Mapping[str, Mapping[str, float]]
) -> Iterator[pd.DataFrame]:
    """The respondents of each period with their weights."""
    for _, found in answered.groupby(["period", "period_start"], dropna=False, sort=True):
        values = known.reindex(found.customer_id).fillna(UNKNOWN)
        try:
            raked = rake(values, sizes)
        except CannotRake as problem:
            yield found.assign(weight=float("nan"), warning=str(problem))
        else:
            yield found.assign(weight=raked.weights / raked.weights.mean(), warning=raked.warning)
