"""Every notebook runs from its first cell to its last on the published sample."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import duckdb
import nbformat
import pytest
from nbclient import NotebookClient

from vocpipe.contracts import PUBLISHED

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))
QUOTING = [path for path in NOTEBOOKS if "verbatim" in path.read_text(encoding="utf-8")]
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)> =cmd|' /C calc'!A0 \x1b[31m \u202e 😀"


def executed(path: Path, project: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The notebook after a run on a project."""
    notebook = nbformat.read(path, as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells), "notebooks are kept without their outputs"
    monkeypatch.setenv("VOCPIPE_PROJECT", str(project))
    resources = {"metadata": {"path": path.parent}}
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources=resources).execute()
    return notebook


def shown(notebook: Any, kind: str) -> list[str]:
    """What the cells show in one form."""
    return [
        output["data"][kind]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if kind in output.get("data", {})
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs(path: Path, published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(executed(path, published, monkeypatch), "image/svg+xml"), "a notebook shows at least one picture"


@pytest.mark.slow
@pytest.mark.parametrize("path", QUOTING, ids=lambda path: path.stem)
def test_a_hostile_text_does_no_harm_in_a_notebook(
    path: Path, published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / PUBLISHED
    copy.parent.mkdir(parents=True)
    shutil.copy(published / PUBLISHED, copy)
    with duckdb.connect(copy) as con:
        con.execute("update marts.interactions set verbatim = $1 where verbatim is not null", [HOSTILE])
    notebook = executed(path, tmp_path, monkeypatch)
    pages = " ".join(shown(notebook, "text/html") + shown(notebook, "image/svg+xml"))
    assert "&lt;script&gt;" in pages, "the text is shown"
    assert "<script" not in pages and "<img" not in pages
