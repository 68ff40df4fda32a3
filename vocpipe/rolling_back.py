"""`vocpipe rollback`: lists the published files that are kept, and puts an earlier one back."""

from __future__ import annotations

from pathlib import Path

from vocpipe import runs, settings
from vocpipe.contracts import UsageError
from vocpipe.report import page
from vocpipe.warehouse import earlier, ledger, opened, parquet, publishing


def listed(directory: Path) -> list[tuple[str, bool]]:
    """Id of every kept run, the newest first, and whether its file is the published one now."""
    published = publishing.path_of(directory)
    now = published.stat() if published.is_file() else None
    files = [(path.stem, path.stat()) for path in reversed(earlier.kept(directory))]
    return [
        (run_id, now is not None and (stat.st_size, stat.st_mtime_ns) == (now.st_size, now.st_mtime_ns))
        for run_id, stat in files
    ]


def roll_back(directory: Path, run_id: str = "") -> str:
    """Put back the file of a run, or without one that of the run before the published; gives back the run's id.

    The ledger of the next published file tells of it. Raises UsageError where no such file is kept, RunError while a
    run is on.
    """
    run_id = run_id or before(directory)
    job = runs.begin(directory)
    with runs.locked(directory):
        with opened(directory) as con:
            ledger.start(con, job.run_id, job.loaded_at, job.as_of, settings.hash_of(directory))
        earlier.put_back(directory, run_id)
        parquet.write(directory, is_wanted=parquet.folder_of(directory).exists())
        page.write(directory, job.settings.report.pages, digest=job.settings.report.digest)
        with opened(directory) as con:
            ledger.close(con, job.run_id, "rolled back", f"to run {run_id}", {}, {})
    return run_id


def before(directory: Path) -> str:
    """The newest kept run older than the published one. Raises UsageError where there is none."""
    found = listed(directory)
    place = next((i for i, (_, is_published) in enumerate(found) if is_published), -1)
    if place + 1 >= len(found):
        raise UsageError(f"{earlier.folder_of(directory)} holds no file of a run before the published one.")
    return found[place + 1][0]
