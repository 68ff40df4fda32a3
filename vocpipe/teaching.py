"""The desk at which people teach, on the terminal: corrections, the quality of the models in use, training.

Corrections and figures need the published file and the file of decisions alone, so they work while a run is on.
"""

from __future__ import annotations

from contextlib import closing
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from vocpipe import evaluating, settings, training
from vocpipe.contracts import UsageError
from vocpipe.decisions import corrections
from vocpipe.decisions.corrections import SEVERAL, Corrected
from vocpipe.desk import SHOWN, console, say, show_list
from vocpipe.enrichment.taxonomy import UNKNOWN, Taxonomy
from vocpipe.escaping import as_json
from vocpipe.labels import SENTIMENTS
from vocpipe.published import Published, published_in
from vocpipe.runs import read_taxonomy

SAID = "select verbatim is not null from marts.interactions where interaction_id = $1"
LIKE_IT = "select interaction_id from marts.interactions where source_id = $1 order by interaction_id limit 3"
# What the published file makes of a correction; null where it knows nothing of it yet.
APPLIED = "select distinct version from marts.annotations where version like 'correction-%'"


def correct(directory: Path, interaction_id: str, classifier: str, written: str, by: str, why: str) -> None:
    """Write a person's label down and say what comes of it.

    Raises UsageError where the label is not known, or where no such interaction is published.
    """
    chosen = settings.load(directory)
    labels = labels_of(classifier, written, read_taxonomy(directory, chosen.taxonomy))
    with closing(Published(directory)) as con:
        require_text(con, interaction_id)
    made = corrections.correct(directory, interaction_id, classifier, labels, by, why)
    told = f"The {classifier} of {made.interaction_id} is {made.label}: correction {made.decision_id} by {made.by}"
    say(console(), f"{told}, {made.at:%Y-%m-%d}. The next run applies it.")
    say(console(), f"To take it back: vocpipe correct {directory} --withdraw {made.decision_id} --by WHO")


def labels_of(classifier: str, written: str, taxonomy: Taxonomy) -> list[str]:
    """The labels that somebody wrote: one sentiment, or topics of the taxonomy with ';' between them, the primary one
    first. Raises UsageError that says which word is not known and what to write instead."""
    slugs = [topic.slug for topic in taxonomy.topics]
    known = {"sentiment": [*SENTIMENTS], "topic": [*slugs, UNKNOWN], "distress": ["yes", "no"]}.get(classifier)
    if known is None:
        raise UsageError(f"{classifier!r} cannot be corrected: write sentiment, topic or distress.")
    labels = list(dict.fromkeys(word.strip() for word in written.split(SEVERAL) if word.strip()))
    for label in labels or [written]:
        if label not in known:
            close = get_close_matches(label, known, n=1)
            told = f"did you mean {close[0]!r}?" if close else f"write one of {', '.join(known)}."
            raise UsageError(f"{label!r} is no {classifier}: {told}")
    if len(labels) > 1 and (classifier != "topic" or UNKNOWN in labels):
        raise UsageError(f"{written!r}: write one {classifier}{' or known ones' if classifier == 'topic' else ''}.")
    return labels


def require_text(con: Any, interaction_id: str) -> None:
    """Raises UsageError where the published file has no such interaction, or one in which nothing was said."""
    found = con.execute(SAID, [interaction_id]).fetchall()
    if found and found[0][0]:
        return
    if found:
        raise UsageError(f"nothing was said in {interaction_id}: there is no text to label.")
    like_it = [name for (name,) in con.execute(LIKE_IT, [interaction_id]).fetchall()]
    told = f"did you mean {like_it[0]}?" if like_it else "take one of marts.interactions.interaction_id."
    raise UsageError(f"no interaction {interaction_id} is published: {told}")


def withdraw(directory: Path, decision_id: str, by: str, why: str) -> None:
    """Take a correction back and say so. Raises UsageError where it does not stand."""
    made = corrections.withdraw(directory, decision_id, by, why)
    say(console(), f"{made} is withdrawn. The next run undoes it.")


def show_corrections(directory: Path, is_json: bool) -> None:
    """Print the corrections that stand, with what the last published run made of each."""
    applied = set()
    if published_in(directory).is_file():
        with closing(Published(directory)) as con:
            applied = {version for (version,) in con.execute(APPLIED).fetchall()}
    made = [correction for correction in corrections.read(directory) if not correction.withdrawn]
    in_force = {correction.decision_id for correction in corrections.in_force(made)}
    rows = [correction_row(one, one.decision_id in in_force, applied) for one in made]
    if is_json:
        print(as_json(rows))
    elif rows:
        show_list(console(), "Corrections that stand", rows, list(rows[0]))
    else:
        say(console(), "No correction stands.")


def correction_row(made: Corrected, is_in_force: bool, applied: set[str]) -> dict[str, Any]:
    """One correction as people read it."""
    is_applied = f"correction-{made.decision_id}" in applied
    status = "applied" if is_applied else "not yet published" if is_in_force else "a later one holds"
    return {
        "correction": made.decision_id, "interaction_id": made.interaction_id, "classifier": made.classifier,
        "label": made.label, "by": made.by, "at": made.at, "why": made.why, "status": status,
    }  # fmt: skip


def show_evaluation(directory: Path, file: Path | None, is_json: bool) -> None:
    """Print the figures of the models in use on labelled texts. Raises UsageError where nothing is labelled."""
    found = evaluating.evaluate(directory, file)
    if is_json:
        print(as_json({"figures": found.figures, "left out": found.left_out}))
        return
    out = console()
    for classifier in dict.fromkeys(row["classifier"] for row in found.figures):
        rows = [figure_row(row) for row in found.figures if row["classifier"] == classifier]
        version = next(row["version"] for row in found.figures if row["classifier"] == classifier)
        show_all(out, f"{classifier}, {version}", rows)
    for what, count in found.left_out.items():
        if count:
            say(out, f"Left out: {count:,} texts ({what})")


def figure_row(row: dict[str, Any]) -> dict[str, Any]:
    """One figure as people read it."""
    return {
        "channel": row["channel"], "figure": row["metric"].replace("_", " "), "value": f"{row['value']:.3f}",
        "95 % CI": f"{row['ci_low']:.3f} to {row['ci_high']:.3f}", "texts": f"{row['n']:,}",
        "authors": f"{row['n_authors']:,}",
    }  # fmt: skip


def show_all(out: Any, title: str, rows: list[dict[str, Any]]) -> None:
    """A table of every row, not only the last ones."""
    for start in range(0, len(rows), SHOWN):
        show_list(out, title if not start else f"{title} (continued)", rows[start : start + SHOWN], list(rows[0]))


def train(directory: Path, chosen: str | None) -> None:
    """Fit the project's own models, or put a version in use, and say what became of it."""
    from vocpipe.screen import bars

    out = console()
    if chosen:
        name, mark, version = chosen.partition("=")
        if not mark:
            raise UsageError(f"--use {chosen!r}: write NAME=VERSION, such as sentiment=shipped.")
        training.use(directory, name, version)
        say(out, f"{name}: {version} is in use from the next run on.")
    else:
        with bars() as progress:
            outcomes = training.train(directory, progress)
        for outcome in outcomes:
            version = f" {outcome.version}" if outcome.version else ""
            say(out, f"{outcome.name}{version}: {outcome.why}.")
    for line in training.waiting_lines(training.backlog(directory)):
        say(out, line)
