"""`vocpipe demo`: sample files of an invented airline, and the nightly Prefect flow on them."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from vocpipe import sample, screen
from vocpipe.contracts import UsageError
from vocpipe.proposing import init
from vocpipe.settings import FILE_NAME

# One machine, one run, nobody to watch it: Prefect's own log would bury what the demo has to say.
QUIET = {
    "PREFECT_LOGGING_LEVEL": "ERROR",
    "PREFECT_LOGGING_SERVER_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
    "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
}


def demo(directory: Path) -> None:
    """Write the sample, its settings, run the flow and show the end. Raises UsageError for a folder in other use."""
    if directory.exists() and any(directory.iterdir()) and not (directory / ".vocpipe-demo").exists():
        raise UsageError(f"{directory} holds other files: give a new folder, as in `vocpipe demo my-demo`.")
    directory.mkdir(parents=True, exist_ok=True)
    (directory / ".vocpipe-demo").touch()
    truth = sample.write(directory)
    if not (directory / FILE_NAME).exists():
        init(directory, {}, force=False)
    print(f"Made sample files of an invented airline in {directory}.")
    print("Starting Prefect's own server for this one run; the first start takes half a minute.", flush=True)
    # A home of its own: neither an old Prefect database nor an unwritable home folder can spoil the demo.
    home = (directory / "work" / "prefect").resolve()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, setting in (QUIET | {"PREFECT_HOME": str(home)}).items():
        os.environ.setdefault(name, setting)
    from flows.nightly import watched  # only here: it starts Prefect, which reads its environment then

    logging.getLogger("prefect").setLevel(logging.ERROR)
    with screen.bars() as progress:
        summary = watched(directory, truth.as_of, progress)
    screen.show_summary(summary)
    print(f"Next: vocpipe query {directory}   (lists the tables)")
    print(f"      vocpipe query {directory} \"from metrics.metric_value where metric = 'nps' and period = 'month'\"")
