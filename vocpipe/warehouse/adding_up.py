"""Which published figures add up to which: what one could subtract from a total to have a cell that is left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from vocpipe.analysis.disclosure import AddUp

CUT = ["metric", "metric_version", "grain", "unit"]
PLACE = ["period", "period_start", "segment_type", "segment"]
KEY = [*CUT, *PLACE]
# Periods of which the shorter lie within the longer; weeks and trailing windows do not, so that the few days by which
# they differ from months could be told.
NESTED = (("month", "all"), ("quarter", "all"), ("month", "quarter"), ("day", "month"))
PERIODS = ("all", "quarter", "month", "day")
ACROSS = "channel+"  # cuts by channel and something else: `channel+topic`, segment `tweet+delay`


def sums_of(parts: pd.DataFrame, nests: Mapping[str, Mapping[str, str]]) -> AddUp:
    """The equations between figures (rows of metric_component, numbered by their place).

    ``nests`` says of which stage, experience and need a topic is.
    """
    cells = parts.reset_index(drop=True)
    front, back = cells["segment"].str.partition("+")[0], cells["segment"].str.partition("+")[2]
    is_across = cells["segment_type"].str.startswith(ACROSS)
    found = [
        *within_periods(cells, front, is_across),
        over_channels(cells, back, is_across),
        *over_time(cells),
        *within_topics(cells, front, back, is_across, nests),
    ]
    made = pd.concat([one.assign(of=number)[["of", "equation", "sign"]] for number, one in enumerate(found)])
    equation = np.asarray(made.groupby(["of", "equation"], sort=False).ngroup(), dtype=np.int64)
    # The events of which no customer is known are the difference of n and n_linked of the total.
    told = cells["segment"].str.endswith("(unknown)").to_numpy(dtype=bool)
    return AddUp(equation, made.index.to_numpy(dtype=np.int64), made["sign"].to_numpy(dtype=float), told)


def within_periods(cells: pd.DataFrame, front: pd.Series, is_across: pd.Series) -> list[pd.DataFrame]:
    """The segments of a cut add up to all, those of a cut by channel and something else to the channel's."""
    is_cut = ~is_across & (cells["segment_type"] != "all")
    return [
        by_total(cells[is_cut], cells, {"segment_type": "all", "segment": "all"}),
        by_total(cells[is_across], cells, {"segment_type": "channel", "segment": front[is_across]}),
    ]  # fmt: skip


def over_time(cells: pd.DataFrame) -> list[pd.DataFrame]:
    """Short periods add up to longer ones."""
    found, at = [], pd.to_datetime(cells["period_start"])
    whole = cells[cells["period"] == "all"].drop_duplicates(CUT)["period_start"]
    for short, longer in NESTED:
        chosen = cells["period"] == short
        starts = {"month": at.dt.to_period("M").dt.start_time, "quarter": at.dt.to_period("Q").dt.start_time}
        start = starts[longer][chosen] if longer in starts else whole.iloc[0] if len(whole) else None
        found.append(by_total(cells[chosen], cells, {"period": longer, "period_start": start}))
    return found


def within_topics(
    cells: pd.DataFrame, front: pd.Series, back: pd.Series, is_across: pd.Series, nests: Mapping[str, Mapping[str, str]]
) -> list[pd.DataFrame]:
    """Topics add up to their stage, experience and need."""
    found = []
    for cut, of_topic in nests.items():
        stage = cells["segment"].where(~is_across, back).map(of_topic).astype(object)
        for kind in ("topic", f"{ACROSS}topic"):
            chosen = (cells["segment_type"] == kind) & stage.notna()
            segment = stage[chosen] if kind == "topic" else front[chosen] + "+" + stage[chosen].astype(str)
            total = {"segment_type": kind.replace("topic", cut), "segment": segment}
            found.append(by_total(cells[chosen], cells, total))
    return found


def over_channels(cells: pd.DataFrame, back: pd.Series, is_across: pd.Series) -> pd.DataFrame:
    """The channels add up to a figure of another metric that pools them, where it has as many events."""
    kind = cells["segment_type"].str.removeprefix(ACROSS).where(is_across, "all")
    parts = cells[is_across | (cells["segment_type"] == "channel")].assign(
        segment_type=kind, segment=back.where(is_across, "all")
    )
    own = [*CUT, *PLACE]
    parts = parts.assign(n=parts.groupby(own, dropna=False)["n"].transform("sum"))
    pooled = cells[~is_across].reset_index(names="place")[[*PLACE, "n", "place"]].drop_duplicates([*PLACE, "n"])
    found = parts.reset_index(names="part").merge(pooled, on=[*PLACE, "n"])
    members = pd.DataFrame({"equation": named(found[own]), "sign": 1.0}, index=found["part"])
    totals = pd.DataFrame({"equation": named(found[own]), "sign": -1.0}, index=found["place"])
    return pd.concat([members, totals.drop_duplicates("equation")])


def named(keys: pd.DataFrame) -> list[str]:
    """The values of each row as one text, by which an equation is known."""
    return ["\x1f".join(map(str, row)) for row in keys.itertuples(index=False, name=None)]


def by_total(parts: pd.DataFrame, cells: pd.DataFrame, total: Mapping[str, Any]) -> pd.DataFrame:
    """The members of equations: the parts, and the totals that have the columns of ``total`` in place of their own.

    Parts of different cuts are of different equations. Where there is no such total they are none.
    """
    at = parts[KEY].assign(**total)
    names = named(at.assign(cut=parts["segment_type"]))
    places = pd.MultiIndex.from_frame(cells[KEY].astype(str)).get_indexer(pd.MultiIndex.from_frame(at.astype(str)))
    members = pd.DataFrame({"equation": names, "sign": 1.0}, index=parts.index)
    totals = pd.DataFrame({"equation": names, "sign": -1.0}, index=places)
    totals = totals[totals.index >= 0].drop_duplicates("equation")
    return pd.concat([members[members["equation"].isin(totals["equation"])], totals])
