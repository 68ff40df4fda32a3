"""What texts say: redacts and classifies those that are new, and finds themes in all of them."""

from __future__ import annotations

from duckdb import DuckDBPyConnection

from vocpipe import decisions, enrichment
from vocpipe.analysis.themes import Limits
from vocpipe.runs import Counts, Progress, Run, read_taxonomy, text_choices
from vocpipe.warehouse import scoring, teaching, texts, themes


def annotate(con: DuckDBPyConnection, run: Run, progress: Progress) -> Counts:
    """Redact and classify every text that is new, the costly part within the budget of the settings."""
    taxonomy = read_taxonomy(run.directory, run.settings.taxonomy)
    texts.register_taxonomy(con, taxonomy)
    teaching.register_corrections(con, decisions.corrections.rows(run.directory))
    redacted = texts.redact(con, run.settings.brand_handles, run.workers, progress)
    choices = text_choices(run.directory, run.settings)
    classifiers = enrichment.classifiers(taxonomy, choices)
    teaching.register_models(con, enrichment.cards.rows(classifiers, choices.trained))
    return redacted | scoring.classify(con, classifiers, run.settings.text.budget_seconds, run.workers, progress)


def find_themes(con: DuckDBPyConnection, run: Run) -> None:
    """Find themes in what no topic covers and in what is said more often of late; decisions of people hold."""
    decided = decisions.themes.in_force(decisions.themes.read(run.directory))
    topics = {theme_id: decisions.themes.topic_of(theme_id, decided) or "" for theme_id in decided}
    themes.register_decisions(con, decided, topics)
    themes.update(con, run.as_of, decided, Limits(run.settings.themes.min_customers, run.settings.themes.min_texts))
