"""Classifier ``sentiment``: negative, neutral or positive, by the engine that the settings name.

``accurate`` is a small transformer, ``fast`` a linear model distilled from it, ``vader`` the old lexicon; ``auto`` is
the accurate one with the fast one as its stand-in for what a run has no time for. All keep one contract.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vocpipe.contracts import Classifier, TextChoices
from vocpipe.enrichment.accurate import AccurateSentiment
from vocpipe.enrichment.fast import FastSentiment
from vocpipe.enrichment.vader_sentiment import VaderSentiment

ENGINES: dict[str, Callable[[], Classifier]] = {
    "auto": lambda: AccurateSentiment(stand_in=FastSentiment()),
    "accurate": AccurateSentiment,
    "fast": FastSentiment,
    "vader": VaderSentiment,
}


def build(taxonomy: Any, choices: TextChoices = TextChoices()) -> Classifier:
    """The classifier for this room's discovery; the taxonomy is not used."""
    return ENGINES[choices.sentiment]()
