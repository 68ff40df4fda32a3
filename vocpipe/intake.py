"""Takes in the vendors' files: looks which are new, lands them in raw and brings the conformed tables up to date."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from duckdb import DuckDBPyConnection

from vocpipe import labels
from vocpipe.contracts import UsageError
from vocpipe.runs import Counts, Progress, Run, begin, read_taxonomy, silent, text_choices, tombstones_of, variables
from vocpipe.settings import SourceSettings
from vocpipe.sources import formats
from vocpipe.warehouse import conforming, landing, ledger, opened, planning, reading, rooms, set_variables

Held = planning.Held
# What was found of each source: the files to load, or why the source is stopped.
Looked = Mapping[str, list[planning.Load] | str]


def look(run: Run, source: SourceSettings, held: planning.Held) -> list[planning.Load]:
    """The files of a source that it does not hold yet, recognised; writes nothing, so sources can be looked at at once.

    Raises UsageError where the source cannot go on, OSError where its folder cannot be read.
    """
    return planning.plan(held, batch_of(run, source, held))


def held(con: DuckDBPyConnection, run: Run) -> dict[str, planning.Held]:
    """What is already loaded of every source in the settings."""
    return {source.name: planning.held(con, source.name) for source in run.settings.sources}


def look_at_all(con: DuckDBPyConnection, run: Run) -> Looked:
    """Look at one source after the other; one that cannot go on stops no other."""
    looked: dict[str, list[planning.Load] | str] = {}
    known = held(con, run)
    for source in run.settings.sources:
        try:
            looked[source.name] = look(run, source, known[source.name])
        except UsageError as problem:
            looked[source.name] = str(problem)
    return looked


def land_and_stage(con: DuckDBPyConnection, run: Run, progress: Progress, looked: Looked | None = None) -> Counts:
    """Land new files, then make staging anew; a file at fault, or a source that is stopped, stops no other.

    Raises UsageError where not one source can go on.
    """
    conforming.register_settings(con, run.settings)
    looked = look_at_all(con, run) if looked is None else looked
    stopped = {name: f"source {name!r} is stopped: {found}" for name, found in looked.items() if isinstance(found, str)}
    if stopped and len(stopped) == len(run.settings.sources):
        raise UsageError(" ".join(str(found) for found in looked.values()))
    loads = [load for found in looked.values() if not isinstance(found, str) for load in found]
    register_stopped(con, stopped)
    problems, kept_out = land(con, run, loads, progress)
    landing.finish(con, [source.name for source in run.settings.sources if source.name not in stopped], run.loaded_at)
    set_variables(con, variables(run))
    conforming.conform(con, run.settings)
    rooms.build_room(con, "staging")
    return ledger.row_counts(con, run.run_id) | {
        "files": len(loads),
        "problems": problems,
        "stopped": [*stopped.values()],
        "rows kept out": kept_out,
    }


def register_stopped(con: DuckDBPyConnection, stopped: Mapping[str, str]) -> None:
    """Put down which sources this run goes on without, for the checks."""
    con.execute("create or replace table staging.stopped_sources (source varchar, problem varchar)")
    for name, problem in stopped.items():
        con.execute("insert into staging.stopped_sources values ($1, $2)", [name, problem])


def land(con: DuckDBPyConnection, run: Run, loads: list[planning.Load], progress: Progress) -> tuple[list[str], int]:
    """Land files; workers read ahead while one writes.

    Gives back why files were set aside as a whole, and how many rows of erased persons were kept out or masked.
    """
    problems: list[str] = []
    kept_out = 0
    good = [load for load in loads if not load.problem]
    pieces = reading.ahead([(load.batch.format.NAME, load.export, load.size) for load in good], run.workers)
    known = tombstones_of(run.directory, run.settings.phone_region)
    done = 0
    for group in planning.groups_of(loads):
        told, count = landing.land(con, group, pieces, known)
        problems, kept_out = problems + told, kept_out + count
        done += len(group)
        progress("reading files", done, len(loads))
    return problems, kept_out


def batch_of(run: Run, source: SourceSettings, known: planning.Held) -> planning.Batch:
    """What the loads of a source in this run share; the vendor's times count in its first load and in a backfill."""
    known_from = planning.BEGINNING if known.is_first else run.since
    chosen = formats()[source.format]
    return planning.Batch(run.run_id, run.loaded_at, known.is_first, known_from, run.directory, source, chosen)


def dry_run(directory: Path) -> list[Counts]:
    """What a run would make of each file, in a work file that is thrown away; writes nothing into the folder."""
    run = begin(directory)
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder)) as con:
        counts = land_and_stage(con, run, silent)
        stopped = [{"file": "vocpipe.toml", "problem": problem} for problem in counts["stopped"]]
        return stopped + ledger.file_report(con) + labels_report(run)


def distress_labels(run: Run) -> list[tuple[str, bool]]:
    """Texts of the user's labels of which it is said whether their writer is in distress; none without such a file.

    Raises UsageError where the file is none of labels.
    """
    path = text_choices(run.directory, run.settings).labels
    if path is None:
        return []
    found = labels.read(path, [topic.slug for topic in read_taxonomy(run.directory, run.settings.taxonomy).topics])
    return [(row.text, row.distress) for row in found.rows if row.distress is not None]


def labels_report(run: Run) -> list[Counts]:
    """What can be used of the user's labelled texts, told like a vendor's file; nothing where there are none."""
    path = text_choices(run.directory, run.settings).labels
    if path is None:
        return []
    told: Counts = {"file": run.settings.text.labels, "problem": None, "newest": None, "unused columns": []}
    try:
        found = labels.read(path, [topic.slug for topic in read_taxonomy(run.directory, run.settings.taxonomy).topics])
    except UsageError as problem:
        return [told | {"problem": str(problem)}]
    good = len(found.rows)
    return [told | {"good": good, "rows": good + len(found.rejects), "set aside": found.reasons()}]
