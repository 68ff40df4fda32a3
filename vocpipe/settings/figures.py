"""How figures are cut, shown and weighted: the tables `[metrics]` and `[weights]` of `vocpipe.toml`."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from vocpipe.settings.parts import Strict

PERIODS = ("all", "day", "week", "month", "quarter")
TRAILING = re.compile(r"trailing_[1-9][0-9]{0,3}d")  # the last so many days before the as-of time


def known_periods(names: list[str]) -> list[str]:
    """The periods, if every one is known."""
    if wrong := [name for name in names if name not in PERIODS and not TRAILING.fullmatch(name)]:
        raise ValueError(f"{wrong[0]!r} is no period: write some of {', '.join(PERIODS)}, or trailing_30d and the like")
    return names


def known_words(words: list[str]) -> list[str]:
    """The words, if each is one of letters and digits, in small letters."""
    if wrong := [word for word in words if not word.isalnum()]:
        raise ValueError(f"{wrong[0]!r} is no word: write letters and digits, such as 'survey'")
    return [word.lower() for word in words]


class MetricSettings(Strict):
    """How figures are cut and shown."""

    periods: Annotated[list[str], AfterValidator(known_periods)] = Field(default=["all", "month"])
    """Periods to publish: all, day, week, month, quarter; trailing_30d for the 30 days up to the as-of time."""
    invitations: Annotated[list[str], AfterValidator(known_words)] = Field(
        default=["survey", "feedback", "nps", "csat"]
    )
    """Words by which a campaign's name tells an invitation to a survey: response rates count these messages."""
    min_n_show: int = Field(default=10, ge=1)
    """Cells with fewer answers are hidden."""
    low_base_n: int = Field(default=30, ge=1)
    """Cells with fewer answers are marked as a low base."""
    churn_days: int = Field(default=180, ge=1)
    """Days without a purchase after which a customer counts as churned."""
    journey_days: int = Field(default=30, ge=1)
    """Days without a word of the customer after which a journey is over."""
    watermark_days: int = Field(default=14, ge=0)
    """Days after a period's end in which late answers still come: until then its figures are provisional."""


class WeightSettings(Strict):
    """Weights that make those who answered look like the customer base."""

    margins: list[str] = Field(default_factory=list)
    """Segments whose shares in the customer record the weighted figures keep to; none: no weighted figures."""
