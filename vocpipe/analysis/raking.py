"""Weights that make those who answered look like the customer base: raking to known margins (Deming and Stephan 1940).

Weights mend what lies in the margins and nothing else: who answers because of what they would say stays who answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

CLOSE = 1e-12  # of a margin, where raking has come to rest
ROUNDS = 1_000
TRIM = 5.0  # times the median: no weight above
TRIMS = 20
HIGH = 2.0  # a design effect that is worth a warning


class CannotRake(ValueError):
    """Why respondents cannot be weighted to these margins, in one sentence for people."""


@dataclass(frozen=True, slots=True)
class Raked:
    """Weights in the order of the respondents, which add up to the base; and what they cost.

    ``design_effect`` is n over the effective number of answers (Kish 1965: sum of weights squared over sum of squared
    weights), ``count_trimmed`` how many weights were cut to TRIM times the median. ``warning``: a sentence, or None.
    """

    weights: NDArray[np.float64]
    n_eff: float
    design_effect: float
    count_trimmed: int
    warning: str | None


def rake(respondents: pd.DataFrame, margins: Mapping[str, Mapping[str, float]]) -> Raked:
    """Weight respondents so that they add up to every margin.

    ``respondents`` has a column of values for each key of ``margins``, which gives the size of the base by value, the
    same total in every margin. Weights above TRIM times the median are cut and the rest raked again. Raises CannotRake
    where a value of a margin has nobody, where a respondent's value is in no margin, or where no weights fit.
    """
    members = [members_of(respondents, name, sizes) for name, sizes in margins.items()]
    targets = [np.array([*sizes.values()], dtype=float) for sizes in margins.values()]
    weights = np.full(len(respondents), targets[0].sum() / len(respondents))
    weights, trimmed = fitted(weights, members, targets), np.zeros(len(respondents), dtype=bool)
    for _ in range(TRIMS):
        over = weights > TRIM * np.median(weights) * (1 + 1e-9)
        if not over.any():
            break
        trimmed |= over
        weights = fitted(np.minimum(weights, TRIM * np.median(weights)), members, targets)
    n_eff = float(weights.sum() ** 2 / (weights**2).sum())
    effect = len(weights) / n_eff
    warning = f"the weights cost {1 - 1 / effect:.0%} of the answers (design effect {effect:.1f}): use fewer margins"
    return Raked(weights, n_eff, effect, int(trimmed.sum()), warning if effect > HIGH else None)


def members_of(respondents: pd.DataFrame, name: str, sizes: Mapping[str, float]) -> NDArray[np.int64]:
    """Position of each respondent's value in a margin."""
    places = {value: place for place, value in enumerate(sizes)}
    found = respondents[name].map(places)
    if found.isna().any():
        value = respondents[name][found.isna()].iloc[0]
        raise CannotRake(f"{name} has nobody with {value!r} in the customer base, but an answer")
    empty = [value for value, place in places.items() if sizes[value] > 0 and not (found == place).any()]
    if empty:
        raise CannotRake(
            f"nobody with {name} {', '.join(map(repr, empty))} has answered: put it together with another value, or "
            f"take {name} out of the margins"
        )
    return found.to_numpy(dtype=np.int64)


def fitted(
    weights: NDArray[np.float64], members: list[NDArray[np.int64]], targets: list[NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Weights multiplied margin by margin until all margins hold."""
    for _ in range(ROUNDS):
        for member, target in zip(members, targets, strict=True):
            weights = weights * (target / np.bincount(member, weights, len(target)))[member]
        worst = max(
            np.abs(np.bincount(member, weights, len(target)) / target - 1).max()
            for member, target in zip(members, targets, strict=True)
        )
        if worst < CLOSE * 100:
            return weights
    raise CannotRake("no weights fit all margins at once: take one of them out")
