"""The models of buying behind `scores.customer_value`, with their parameters or the reason why there are none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from vocpipe.analysis.buying import Fit, fit_bg_nbd, fit_gamma_gamma, fit_sbg

TABLE = "scores.buying_models"
DEFINITION = (
    "Models of how often customers buy (bg_nbd, in weeks), for how much (gamma_gamma, by currency) and how long "
    "contracts last (sbg), fitted by maximum likelihood to what was known at the as-of time. "
    "One row per model, currency and parameter; a refused model has one row without a parameter."
)
COLUMNS = {
    "model": ("varchar", "bg_nbd, gamma_gamma or sbg."),
    "currency": ("varchar", "Currency of the amounts; null: the model knows none."),
    "parameter": ("varchar", "Name of the parameter, as its authors call it; null: the model is refused."),
    "value": ("double", "Its value."),
    "log_likelihood": ("double", "Log-likelihood of the whole model."),
    "n": ("bigint", "Customers that the model is fitted to."),
    "refused_because": ("varchar", "Why there is no model; null: there is one."),
}
READS = {
    "purchases": """
        select customer_id, frequency, recency_days, tenure_days, currency, monetary_value
        from facts.customer_purchases order by customer_id
    """,
    "contracts": """
        select contract_length, is_ended, count(*) as contracts
        from facts.customer_contracts where contract_length > 0
        group by contract_length, is_ended order by contract_length, is_ended
    """,
}


def make(frames: Mapping[str, Any], parameters: Mapping[str, Any]) -> pd.DataFrame:
    """The rows of every model."""
    bought = frames["purchases"]
    rows = list(rows_of("bg_nbd", None, bg_nbd(bought))) if len(bought) else []
    for currency, same in bought[bought.frequency > 0].groupby("currency", sort=True):
        rows += rows_of("gamma_gamma", currency, fit_gamma_gamma(same.frequency, same.monetary_value))
    if len(contracts := frames["contracts"]):
        rows += rows_of("sbg", None, sbg(contracts))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def bg_nbd(bought: pd.DataFrame) -> Fit:
    """BG/NBD in weeks."""
    return fit_bg_nbd(bought.frequency, (bought.tenure_days - bought.recency_days) / 7, bought.tenure_days / 7)


def sbg(contracts: pd.DataFrame) -> Fit:
    """sBG in periods as the customer record counts them."""
    lost, kept = (np.zeros(contracts.contract_length.max()) for _ in range(2))
    for row in contracts.itertuples():
        (lost if row.is_ended else kept)[row.contract_length - 1] = row.contracts
    return fit_sbg(lost, kept)


def rows_of(model: str, currency: str | None, fit: Fit) -> Iterator[tuple[Any, ...]]:
    """The rows of one model."""
    if fit.refused:
        yield model, currency, None, None, None, fit.n, fit.refused
    for name, value in fit.parameters.items():
        yield model, currency, name, value, fit.log_likelihood, fit.n, None
