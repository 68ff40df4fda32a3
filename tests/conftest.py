"""What several tests need: the sample files and their truth, the scenario tools where they stand, a Prefect server."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from filelock import FileLock
from project import read_quickly

from vocpipe import sample
from vocpipe.report import page

# The same cases in every run, so that a change is told apart from chance; VOCPIPE_SEARCH=1 looks for new ones.
hypothesis.settings.register_profile("same", derandomize=True)
if not os.environ.get("VOCPIPE_SEARCH"):
    hypothesis.settings.load_profile("same")


@pytest.fixture(scope="session")
def sample_made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, sample.Truth]:
    """A folder with the sample exports and what is true of them. Read only: copy it before you write into it."""
    folder = tmp_path_factory.mktemp("sample")
    return folder, sample.write(folder)


@pytest.fixture(scope="session")
def sample_folder(sample_made: tuple[Path, sample.Truth]) -> Path:
    """The folder of ``sample_made``."""
    return sample_made[0]


@pytest.fixture(scope="session")
def truth(sample_made: tuple[Path, sample.Truth]) -> sample.Truth:
    """The truth of ``sample_made``."""
    return sample_made[1]


@pytest.fixture(scope="session")
def published(sample_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project folder on the sample after ``vocpipe init`` and ``vocpipe run``, as a user would do it. Read only.

    One for all processes of the tests: whoever comes first makes it. The fast engine alone reads the texts; the default
    one reads them in tests/test_readme.py.
    """
    base = tmp_path_factory.getbasetemp()
    made = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "published" / "fernwing"
    made.parent.mkdir(exist_ok=True)
    with FileLock(made.parent / "lock"):
        if not made.exists():
            project = shutil.copytree(sample_folder, made.parent / "making" / "fernwing")
            vocpipe = Path(sys.executable).with_name("vocpipe")
            called(vocpipe, "init", project)
            read_quickly(project)
            called(vocpipe, "run", project, "--as-of", f"{sample.AS_OF:%Y-%m-%dT%H:%M:%SZ}")
            project.rename(made)
    return made


def called(*command: str | Path) -> None:
    """Run a command; what it said where it failed."""
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f"vocpipe {command[1]}: {done.stderr or done.stdout}"


@pytest.fixture(scope="module")
def without_report() -> Iterator[None]:
    """Runs leave the report out, most of the time of a small one: for tests that are about something else."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page, "write", lambda directory, *_, **__: directory / page.REPORT / "index.html")
        yield


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with real data and the scenario generator; skips where it is not there (VOCPIPE_SHARED names it)."""
    folder = Path(os.environ.get("VOCPIPE_SHARED", Path(__file__).parents[2] / "shared"))
    if not (folder / "tools" / "build_scenario.py").is_file():
        pytest.skip(f"needs the scenario generator, which is not in {folder.name} (set VOCPIPE_SHARED)")
    return folder


@pytest.fixture(scope="session")
def prefect_server() -> Iterator[None]:
    """A Prefect server for the flow tests, once a session; starting it takes half a minute."""
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
    from prefect.testing.utilities import prefect_test_harness

    with (
        prefect_test_harness(server_startup_timeout=300),
        temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}),
    ):
        yield
