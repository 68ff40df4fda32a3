"""Statistical disclosure control: which cells of additive tables may be shown so that nobody is told apart."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

OTHER = "(other)"


def hidden(cells: pd.DataFrame, k: int, totals: Sequence[Sequence[str]]) -> pd.Series:
    """Which cells to leave out: those of fewer than k different customers, and as many others as it takes that what is
    left out cannot be told by subtraction.

    ``cells`` has ``n`` and ``n_customers``; each of ``totals`` names the columns within which cells add up to a figure
    that is shown elsewhere: what is left out of such a group is of k customers at least, or of none. Cell suppression
    with complementary cells after Hundepool et al., Statistical Disclosure Control (2012), chapter 4.
    """
    cells = cells.reset_index(drop=True)
    # Of events without a known customer it is not known of how many persons they are: one at least.
    weight = cells["n_customers"].fillna(0).astype("int64").clip(lower=(cells["n"] > 0).astype("int64"))
    is_hidden = cells["n_customers"].fillna(0) < k
    # Ties are broken by the cells' own names, so that the order of the rows decides nothing.
    names = [name for name in cells.columns if cells[name].dtype.kind not in "fiu"]
    order = cells[names].astype(str).assign(weight=weight).sort_values(["weight", *names]).index
    changed = True
    while changed:
        changed = False
        for keys in totals:
            group = cells.groupby(list(keys), dropna=False, sort=False).ngroup()
            left_out = weight.where(is_hidden, 0).groupby(group).transform("sum")
            short = (left_out > 0) & (left_out < k) & ~is_hidden & (weight > 0)
            candidates = [place for place in order if short[place]]
            first = group[candidates].drop_duplicates().index
            if len(first):
                is_hidden[first] = True
                changed = True
    return is_hidden


def generalised(people: pd.DataFrame, traits: Sequence[str], k: int) -> pd.DataFrame:
    """One row a person with the traits so coarse that k persons at least share every combination of them.

    The last trait is given up first (as ``(other)``), then the one before it, of those persons alone who need it; where
    fewer than k are left at the end, the smallest combination joins them. None where there are fewer than k persons.
    """
    if len(people) < k:
        return people.head(0)
    made = people.copy()
    for trait in traits:
        made[trait] = made[trait].astype(object).where(made[trait].notna(), "(unknown)")
    for trait in reversed(traits):
        small = sizes(made, traits) < k
        made.loc[small, trait] = OTHER
    counts = sizes(made, traits)
    if (counts < k).any():
        joined = counts < k
        shown = made[~joined].groupby(list(traits), sort=True).size().sort_values(kind="stable")
        smallest = pd.MultiIndex.from_frame(made[list(traits)]).isin(
            [shown.index[0] if isinstance(shown.index[0], tuple) else (shown.index[0],)]
        )
        made.loc[joined | smallest, list(traits)] = OTHER
    return made


def sizes(people: pd.DataFrame, traits: Sequence[str]) -> pd.Series:
    """How many persons share the combination of each."""
    if not traits:
        return pd.Series(len(people), index=people.index)
    return people.groupby(list(traits), sort=False)[traits[0]].transform("size")
