"""What each customer may be expected to buy, by the models of `scores.buying_models`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from vocpipe.analysis.buying import Fit, expected_amount, expected_orders, p_alive

TABLE = "scores.customer_value"
DEFINITION = (
    "How likely each customer is to buy still, and what is expected within horizon_days from the as-of time. "
    "One row per customer who bought."
)
COLUMNS = {
    "customer_id": ("varchar", "The person."),
    "frequency": ("bigint", "Repeat purchases: days with a purchase after the first."),
    "recency_days": ("bigint", "Days from the last purchase to the as-of time."),
    "tenure_days": ("bigint", "Days from the first purchase to the as-of time (T)."),
    "monetary_value": ("double", "Mean amount of the repeat purchases; null: there is none, or several currencies."),
    "p_alive": ("double", "Probability that the customer still buys (BG/NBD); null: the model is refused."),
    "is_p_alive_by_construction": ("boolean", "It is 1 because the customer bought once only, which says nothing."),
    "expected_orders": ("double", "Days with a purchase expected within horizon_days (BG/NBD)."),
    "expected_value": (
        "double",
        "Amount expected within horizon_days (times the mean amount by Gamma-Gamma), in the customer's own currency.",
    ),
    "currency": ("varchar", "Currency of the amounts; null where there are several."),
    "horizon_days": ("integer", "Days from the as-of time that expectations look ahead."),
    "model": ("varchar", "bg_nbd, with gamma_gamma where amounts have a model too; null: refused."),
    "refused_because": ("varchar", "Why there is no expectation of orders, or of amounts; null: there is."),
}
READS = {
    "purchases": """
        select customer_id, frequency, recency_days, tenure_days, monetary_value, currency
        from facts.customer_purchases order by customer_id
    """,
    "models": """
        select model, currency, parameter, value, refused_because
        from scores.buying_models order by model, currency, parameter
    """,
}


def make(frames: Mapping[str, Any], parameters: Mapping[str, Any]) -> pd.DataFrame:
    """Every customer's chances; what no model can tell is null, with the reason."""
    bought, models = frames["purchases"].copy(), frames["models"]
    if bought.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    bought["horizon_days"] = horizon = int(parameters["horizon_days"])
    columns = {"p_alive": np.nan, "expected_orders": np.nan, "expected_value": np.nan}
    bought = bought.assign(**columns, is_p_alive_by_construction=False, model=None, refused_because=None)
    orders = fit_of(models[models.model == "bg_nbd"])
    if orders.refused:
        return bought.assign(refused_because=orders.refused)[list(COLUMNS)]
    weeks = bought.frequency, (bought.tenure_days - bought.recency_days) / 7, bought.tenure_days / 7
    bought["p_alive"] = p_alive(orders, *weeks)
    bought["is_p_alive_by_construction"] = bought.frequency == 0
    bought["expected_orders"] = expected_orders(orders, *weeks, horizon / 7)
    return value(bought.assign(model="bg_nbd"), models[models.model == "gamma_gamma"])[list(COLUMNS)]


def value(bought: pd.DataFrame, models: pd.DataFrame) -> pd.DataFrame:
    """The same with expected amounts, of each currency by its own model."""
    bought["refused_because"] = np.where(
        bought.currency.isna(), "orders in several currencies", "nobody bought again in this currency"
    )
    for currency, told in models.groupby("currency", sort=True):
        amounts, is_same = fit_of(told), bought.currency == currency
        bought.loc[is_same, "refused_because"] = amounts.refused or None
        if not amounts.refused:
            same = bought[is_same]
            each = expected_amount(amounts, same.frequency, same.monetary_value)
            bought.loc[is_same, "expected_value"] = same.expected_orders * each
            bought.loc[is_same, "model"] = "bg_nbd, gamma_gamma"
    return bought


def fit_of(told: pd.DataFrame) -> Fit:
    """The model that rows of `scores.buying_models` tell of."""
    why = told.refused_because.dropna()
    known = told[told.parameter.notna()]
    return Fit(dict(zip(known.parameter, known.value, strict=True)), float("nan"), 0, "".join(why))
