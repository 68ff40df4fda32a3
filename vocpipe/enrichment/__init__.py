"""Text to annotations: redaction, and every classifier that this folder holds.

A classifier is one file with a function ``build(taxonomy, choices) -> Classifier``; nothing has to be registered.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Sequence
from importlib import import_module

from vocpipe.contracts import Classifier, TextChoices
from vocpipe.enrichment import cards
from vocpipe.enrichment.batches import COLUMNS, SUPPORTED, Workers, annotate_table, may_tell_many, redact_many
from vocpipe.enrichment.budgeted import annotate_within
from vocpipe.enrichment.redaction import Redactor
from vocpipe.enrichment.taxonomy import Taxonomy, Topic, load_taxonomy, taxonomy_folder

__all__ = [
    "COLUMNS",
    "SUPPORTED",
    "Redactor",
    "Taxonomy",
    "Topic",
    "Workers",
    "annotate_table",
    "annotate_within",
    "cards",
    "classifier",
    "classifiers",
    "load_taxonomy",
    "may_tell_many",
    "redact_many",
    "taxonomy_folder",
]


def classifiers(taxonomy: Taxonomy, choices: TextChoices = TextChoices()) -> list[Classifier]:
    """Every classifier of this room, by name, as the choices say. Each is made anew; some read a model then (about a
    second in all), others when they are first asked."""
    modules = (
        import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__) if _may_hold(found)
    )
    built: Sequence[Classifier] = [module.build(taxonomy, choices) for module in modules if hasattr(module, "build")]
    return sorted(built, key=lambda classifier: classifier.name)


def classifier(name: str, taxonomy: Taxonomy, choices: TextChoices = TextChoices()) -> Classifier:
    """The one classifier of that name, without building the others."""
    built: Classifier = import_module(f"{__name__}.{name}").build(taxonomy, choices)
    return built


def _may_hold(found: pkgutil.ModuleInfo) -> bool:
    # Fitting needs scikit-learn, which takes a second to import and is not needed to classify.
    return not found.name.startswith("fit_")
