"""From new files to new action lists, without the rest of the night's work: for every quarter of an hour."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from duckdb import DuckDBPyConnection

from vocpipe import decisions, enrichment, identity, intake
from vocpipe.contracts import UsageError
from vocpipe.runs import (
    Busy,
    Counts,
    Progress,
    Run,
    Summary,
    begin,
    locked,
    read_taxonomy,
    recorded,
    salt_of,
    secret_of,
    silent,
    text_choices,
    timed,
    variables,
)
from vocpipe.warehouse import (
    arrivals,
    conforming,
    landing,
    listing,
    looking_back,
    opened,
    path_of,
    rewriting,
    rows,
    scoring,
    set_variables,
    teaching,
    texts,
)

__all__ = ["Busy", "act"]

BUDGET_SECONDS = 10.0  # for the costly engine: what does not fit is done at night
LAST_WHOLE = """
select as_of from quality.runs
where outcome in ('published', 'not published') order by started_at desc, run_id desc limit 1
"""


def act(directory: Path, *, as_of: str | datetime | None = None, progress: Progress = silent) -> Summary:
    """Take new files to new lists; the published file stays as the last whole run left it.

    Raises UsageError where no whole run was done yet, or one that saw more; RunError as a whole run does.
    """
    summary = Summary(begin(directory, as_of=as_of), outcome="lists only")
    with locked(directory), recorded(summary):
        with opened(directory) as con:
            require_whole_run(con, summary.run)
            for name, step in (("ingest", take_in), ("resolve", follow), ("build", write)):
                with timed(summary, name):
                    summary.counts[name] = step(con, summary.run, progress)
        if summary.counts["ingest"]["rows kept out"]:
            rewriting.compact(path_of(directory))
    return summary


def require_whole_run(con: DuckDBPyConnection, run: Run) -> None:
    """Raises UsageError where there is nothing to bring up to date, or where the lists would look back."""
    found = rows(con, LAST_WHOLE)
    if not found:
        raise UsageError(f"{run.directory} has had no whole run yet: run `vocpipe run {run.directory}` first.")
    if found[0][0] > run.as_of:
        raise UsageError(
            f"the last whole run saw what happened until {found[0][0]:%Y-%m-%d %H:%M} UTC, lists alone cannot look "
            "back behind it: leave `--actions-only` out, or give a later --as-of."
        )


def take_in(con: DuckDBPyConnection, run: Run, progress: Progress) -> Counts:
    """Land new files, and bring staging up to date with them alone."""
    conforming.register_settings(con, run.settings)
    looked = intake.look_at_all(con, run)
    stopped = {name: f"source {name!r} is stopped: {found}" for name, found in looked.items() if isinstance(found, str)}
    loads = [load for found in looked.values() if not isinstance(found, str) for load in found]
    problems, kept_out = intake.land(con, run, loads, progress)
    landing.finish(con, [source.name for source in run.settings.sources if source.name not in stopped], run.loaded_at)
    set_variables(con, variables(run) | {"pseudonym_salt": salt_of(run.directory), "loaded_at": run.loaded_at})
    load_ids = arrivals.unseen(con)
    if load_ids:
        arrivals.stage(con, run.settings, load_ids)
    fresh = rows(con, "select coalesce(sum(rows_in), 0)::bigint from raw.loads where run_id = $1", [run.run_id])
    return {
        "files": len(loads), "loads": len(load_ids), "rows new in this run": fresh[0][0], "problems": problems,
        "stopped": [*stopped.values()], "rows kept out": kept_out,
    }  # fmt: skip


def follow(con: DuckDBPyConnection, run: Run, progress: Progress) -> Counts:
    """Recognise the people of what is new, and read its texts."""
    teaching.register_corrections(con, decisions.corrections.rows(run.directory))
    teaching.register_distress(con, intake.distress_labels(run))
    if not rows(con, "select 1 from duckdb_databases() where database_name = 'arriving'"):
        return {"texts classified": 0}
    progress("recognising people", 0, 1)
    identity.decided.lend(con, decisions.pairs(run.directory))
    identity.resolve(
        con, secret_of(run.directory), run.settings.phone_region, run.loaded_at, as_of=run.as_of, quick=True
    )
    progress("recognising people", 1, 1)
    arrivals.widen(con)
    classifiers = enrichment.classifiers(
        read_taxonomy(run.directory, run.settings.taxonomy), text_choices(run.directory, run.settings)
    )
    seconds = min(run.settings.text.budget_seconds, BUDGET_SECONDS)
    with arrivals.aside(con):
        texts.redact(con, run.settings.brand_handles, run.workers, progress)
        arrivals.recall_annotations(con)
        counts = scoring.classify(con, classifiers, seconds, run.workers, progress)
        looking_back.choose_findings(con, None)
    return counts


def write(con: DuckDBPyConnection, run: Run, progress: Progress) -> Counts:
    """Make the action tables anew, and the lists of them."""
    progress("building lists", 0, 1)
    if rows(con, "select 1 from duckdb_databases() where database_name = 'arriving'"):
        arrivals.build(con)
    else:
        arrivals.remake(con)
    counts = listing.write_lists(con, run.directory, run.as_of)
    progress("building lists", 1, 1)
    return counts
