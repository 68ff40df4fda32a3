"""Statistical disclosure control: which cells of additive tables may be shown so that nobody is told apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, identity
from scipy.sparse.linalg import splu

OTHER = "(other)"
SEED = 20260101
TOLERANCE = 1e-6
RIDGE = 1e-8  # added to the squares, so that equations which follow from others do no harm


@dataclass(frozen=True)
class AddUp:
    """Which cells add up to which: each equation (a number) with its members (places of cells) and their signs, 1 for
    a part and -1 for the total.
    ``told`` are cells that are known from elsewhere: they need no protection and give none."""

    equation: NDArray[np.int64]
    member: NDArray[np.int64]
    sign: NDArray[np.float64]
    told: NDArray[np.bool_]

    def among(self, chosen: NDArray[np.bool_]) -> AddUp:
        """The members that are among some cells."""
        kept = chosen[self.member]
        return AddUp(self.equation[kept], self.member[kept], self.sign[kept], self.told)


def left_out(customers: NDArray[np.int64], k: int, sums: AddUp, alike: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which cells to leave out: those of fewer than k customers, and as many others as it takes that none of these can
    be had by adding and subtracting what is shown.

    ``customers`` are the different customers of each cell, ``sums`` the equations between cells, ``alike`` a number
    that cells share which tell the same: they are left out together. Of what is left out of an equation whose other
    members are known, one cell has k customers at least, so what is left out together has. Complementary suppression
    after Hundepool et al., Statistical Disclosure Control (2012), chapter 4; whether a cell can be had is decided for
    all equations at once (``known_all_the_same``).
    """
    hidden = customers < k
    order = np.lexsort((np.arange(len(customers)), customers))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    for judge in (by_turns, known_all_the_same):  # nearly all is told by the first, which costs little
        while True:
            hidden = hidden | np.isin(alike, alike[hidden])
            added = needed(hidden, judge(hidden, sums), customers, k, sums, rank)
            if not len(added):
                break
            hidden[added] = True
    return hidden


def needed(
    hidden: NDArray[np.bool_], known: NDArray[np.bool_], customers: NDArray[np.int64], k: int, sums: AddUp,
    rank: NDArray[np.int64],
) -> NDArray[np.int64]:  # fmt: skip
    """Further cells to leave out, the smallest of each equation that needs one."""
    weak = hidden & known & (customers < k) & ~sums.told
    # What can be had protects nobody: equations in which it stands need another cell.
    asked = np.isin(sums.equation, sums.equation[weak[sums.member]])
    asked |= np.isin(sums.equation, small_together(hidden & ~known, customers, k, sums))
    added = smallest(asked & ~hidden[sums.member], sums, rank)
    asked = np.isin(sums.equation, sums.equation[weak[sums.member]])
    while weak.any() and not len(added):  # their equations are left out whole: further off, what is known of these
        near = np.isin(sums.equation, sums.equation[np.isin(sums.member, sums.member[asked])])
        added = smallest(near & ~hidden[sums.member], sums, rank)
        added = added[np.argsort(rank[added])[:1]]
        if (near == asked).all():
            break
        asked = near
    return added


def small_together(unknown: NDArray[np.bool_], customers: NDArray[np.int64], k: int, sums: AddUp) -> NDArray[np.int64]:
    """The equations of which what is unknown may be of fewer than k different customers: its sum can be had."""
    among = sums.among(unknown)
    if not len(among.equation):
        return among.equation
    most = pd.Series(customers[among.member]).groupby(among.equation).max()
    return most.index[most < k].to_numpy()


def smallest(chosen: NDArray[np.bool_], sums: AddUp, rank: NDArray[np.int64]) -> NDArray[np.int64]:
    """The smallest of some members of each equation, totals only where there is no part."""
    found = pd.DataFrame({"equation": sums.equation, "member": sums.member, "is_total": sums.sign < 0})[chosen]
    found = found.assign(rank=rank[found["member"]]).sort_values(["equation", "is_total", "rank"])
    return found.drop_duplicates("equation")["member"].unique()


def by_turns(hidden: NDArray[np.bool_], sums: AddUp) -> NDArray[np.bool_]:
    """Which hidden cells one subtraction after another gives away: each that is alone in an equation, until none is."""
    known = hidden & sums.told
    while True:
        among = sums.among(hidden & ~known)
        alone = np.bincount(among.equation)[among.equation] == 1 if len(among.equation) else among.equation > 0
        if not alone.any():
            return known
        known[among.member[alone]] = True


def known_all_the_same(hidden: NDArray[np.bool_], sums: AddUp) -> NDArray[np.bool_]:
    """Which hidden cells all equations together give away: those that are the same in all their solutions.

    Two solutions differ by a vector of the null space. One that is drawn at random there is zero (almost surely) where
    all are: a random vector less its projection on the equations, by least squares.
    """
    known = by_turns(hidden, sums)
    among = sums.among(hidden & ~known)
    cells, column = np.unique(among.member, return_inverse=True)
    _, row = np.unique(among.equation, return_inverse=True)
    if not len(cells):
        return known
    matrix = csr_matrix((among.sign, (row, column)))
    drawn = np.random.default_rng(SEED).standard_normal(len(cells))
    solve = splu((matrix @ matrix.T + RIDGE * identity(matrix.shape[0])).tocsc()).solve
    for _ in range(4):  # each pass takes away what the last one left
        drawn -= matrix.T @ solve(matrix @ drawn)
    known[cells] = np.abs(drawn) < TOLERANCE
    return known


def generalised(people: pd.DataFrame, traits: Sequence[str], k: int) -> pd.DataFrame:
    """One row a person with the traits so coarse that k persons at least share every combination of them.

    The last trait is given up first (as ``(other)``), then the one before it, of those persons alone who need it; where
    fewer than k are left at the end, the smallest combination joins them. Of the persons of any one value none or k at
    least give it up, so that nobody has the few by subtraction from a figure of that value. None where there are fewer
    than k persons.
    """
    if len(people) < k:
        return people.head(0)
    made = people.copy()
    for trait in traits:
        made[trait] = made[trait].astype(object).where(made[trait].notna(), "(unknown)")
    whole = made[list(traits)].copy()
    for trait in reversed(traits):
        small = sizes(made, traits) < k
        made.loc[small, trait] = OTHER
    joined = sizes(made, traits) < k
    joined = joined | of_smallest(made, traits, ~joined) if joined.any() else few_gave_up(made, whole, traits, k)
    while joined.any():
        made.loc[joined, list(traits)] = OTHER
        joined = few_gave_up(made, whole, traits, k)
    return made


def few_gave_up(made: pd.DataFrame, whole: pd.DataFrame, traits: Sequence[str], k: int) -> pd.Series:
    """The persons who still have a value which fewer than k gave up."""
    found = pd.Series(False, index=made.index)
    for trait in traits:
        gave_up = whole[trait][made[trait] != whole[trait]].value_counts()
        few = gave_up.index[gave_up < k]
        if len(few) and (still := made[trait].isin(few)).any():
            return of_smallest(made, traits, still)
    return found


def of_smallest(made: pd.DataFrame, traits: Sequence[str], among: pd.Series) -> pd.Series:
    """The persons of the smallest combination among some persons."""
    if not among.any():
        return pd.Series(False, index=made.index)
    counts = made[among].groupby(list(traits), sort=True).size().sort_values(kind="stable")
    first = counts.index[0] if isinstance(counts.index[0], tuple) else (counts.index[0],)
    return pd.Series(pd.MultiIndex.from_frame(made[list(traits)]).isin([first]), index=made.index)


def sizes(people: pd.DataFrame, traits: Sequence[str]) -> pd.Series:
    """How many persons share the combination of each."""
    if not traits:
        return pd.Series(len(people), index=people.index)
    return people.groupby(list(traits), sort=False)[traits[0]].transform("size")
