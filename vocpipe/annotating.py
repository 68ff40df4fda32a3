"""What texts say: redacts and classifies those that are new, and finds themes in all of them."""

from __future__ import annotations

from duckdb import DuckDBPyConnection

from vocpipe import decisions, enrichment, intake
from vocpipe.analysis.themes import Limits
from vocpipe.runs import Counts, Progress, Run, read_taxonomy, text_choices
from vocpipe.warehouse import looking_back, scoring, set_variables, teaching, texts, themes


def annotate(con: DuckDBPyConnection, run: Run, workers: enrichment.Workers, progress: Progress) -> Counts:
    """Redact and classify every text that is new, the costly part within the budget of the settings."""
    taxonomy = read_taxonomy(run.directory, run.settings.taxonomy)
    texts.register_taxonomy(con, taxonomy)
    set_variables(con, {"loaded_at": run.loaded_at})
    known_until = looking_back.until(con, run.run_id, run.as_of)
    teaching.register_corrections(con, decisions.corrections.rows(run.directory, known_until))
    teaching.register_distress(con, intake.distress_labels(run))
    redacted = texts.redact(con, run.settings.brand_handles, workers, progress)
    choices = text_choices(run.directory, run.settings)
    classifiers = enrichment.classifiers(taxonomy, choices)
    teaching.register_models(con, enrichment.cards.rows(classifiers, choices.trained))
    counts = scoring.classify(con, classifiers, run.settings.text.budget_seconds, workers, progress)
    looking_back.choose_findings(con, known_until)
    return redacted | counts | ({"looks back to": known_until} if known_until else {})


def find_themes(con: DuckDBPyConnection, run: Run) -> None:
    """Find themes in what no topic covers and in what is said more often of late; decisions of people hold."""
    decided = decisions.themes.in_force(decisions.themes.read(run.directory))
    topics = {theme_id: decisions.themes.topic_of(theme_id, decided) or "" for theme_id in decided}
    themes.register_decisions(con, decided, topics)
    themes.update(con, run.as_of, decided, Limits(run.settings.themes.min_customers, run.settings.themes.min_texts))
