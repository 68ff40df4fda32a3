"""Which threshold on texts is in force beside the plain rules of distress, from what people said of turns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pandas as pd

from vocpipe.analysis.guarantee import choose

TABLE = "scores.text_guarantee"
DEFINITION = (
    "The threshold on unasked texts that is in force beside the plain rules of distress, and what it guarantees. "
    "One row per threshold in force."
)
COLUMNS = {
    "threshold": ("double", "Sentiment score at or below which a text counts; null: the plain rules alone."),
    "recall_target": ("double", "Share of customers in distress that must be found (settings)."),
    "recall": ("double", "Share found among the labelled ones."),
    "recall_low": ("double", "Lower bound of that share (Clopper-Pearson, one-sided, 95 %)."),
    "is_guaranteed": ("boolean", "Whether that bound reaches the target."),
    "precision": ("double", "Share of the labelled customers found who are in distress."),
    "count_customers": ("bigint", "Labelled customers."),
    "count_distress": ("bigint", "Those of them in distress."),
    "outcome": ("varchar", "What is in force and why, in words."),
}
# Of a customer in distress the turns that say so count: he is found when one of them is.
READS = {
    "labelled": """
        with judged as (
            select *, coalesce(customer_id, interaction_id) as customer, is_distress = 'yes' as is_yes
            from facts.distress_turns
            where is_distress is not null and not is_solicited
        ),
        placed as (
            select *, max(is_yes) over (partition by customer) as is_customer_yes from judged
        )
        select
            customer,
            min(sentiment_score) as score,
            max(is_negative or urgency is not null) as is_found,
            max(is_yes) as is_distress,
        from placed
        where is_yes = is_customer_yes
        group by customer
        order by customer
    """
}


def make(frames: Mapping[str, pd.DataFrame], parameters: Mapping[str, Any]) -> pd.DataFrame:
    """One row, whatever is labelled: see ``vocpipe.analysis.guarantee``."""
    labelled = frames["labelled"]
    found = choose(
        labelled["score"].astype(float), labelled["is_found"], labelled["is_distress"], parameters["recall_target"]
    )
    return pd.DataFrame([asdict(found) | {"recall_target": parameters["recall_target"]}])
