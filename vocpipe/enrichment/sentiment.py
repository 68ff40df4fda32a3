"""Classifier ``sentiment``: negative, neutral or positive, by the engine that the settings name.

``accurate`` is a small transformer, ``fast`` a linear model distilled from it, ``vader`` the old lexicon; ``auto`` is
the accurate one with the fast one as its stand-in for what a run has no time for. All keep one contract.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vocpipe.contracts import Classifier, TextChoices
from vocpipe.enrichment import cards
from vocpipe.enrichment.accurate import AccurateSentiment
from vocpipe.enrichment.fast import FastSentiment
from vocpipe.enrichment.head import adapted
from vocpipe.enrichment.hugging_face import HuggingFaceSentiment
from vocpipe.enrichment.vader_sentiment import VaderSentiment

ENGINES: dict[str, Callable[[TextChoices], Classifier]] = {
    "auto": lambda choices: AccurateSentiment(stand_in=FastSentiment(cards.in_use(choices.trained, "student"))),
    "accurate": lambda choices: AccurateSentiment(),
    "fast": lambda choices: FastSentiment(),
    "vader": lambda choices: VaderSentiment(),
    "hf": lambda choices: HuggingFaceSentiment(choices.model, choices.model_labels),
}


def build(taxonomy: Any, choices: TextChoices = TextChoices()) -> Classifier:
    """The classifier for this room's discovery: the engine that the choices name, with the head and the student that
    the project has fitted for it; the taxonomy is not used."""
    return adapted(ENGINES[choices.sentiment](choices), choices)
