"""Parquet beside the published file: the same rows, all in one step, and gone where it is not wanted."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from vocpipe.contracts import RunError
from vocpipe.warehouse import parquet


@pytest.fixture
def project(published: Path, tmp_path: Path) -> Path:
    target = tmp_path / "published" / "voc.duckdb"
    target.parent.mkdir()
    shutil.copy(published / "published" / "voc.duckdb", target)
    return tmp_path


def test_every_table_is_a_file_with_its_rows(project: Path) -> None:
    parquet.write(project, is_wanted=True)
    with duckdb.connect(str(project / "published" / "voc.duckdb"), read_only=True) as con:
        tables = con.execute("select schema_name, table_name from duckdb_tables() where not internal").fetchall()
        assert len(tables) > 20
        for schema, name in tables:
            path = parquet.folder_of(project) / schema / f"{name}.parquet"
            [(differ,)] = con.execute(
                f"select count(*) from ((from {schema}.{name} except all from '{path}') union all "
                f"(from '{path}' except all from {schema}.{name}))"
            ).fetchall()
            assert differ == 0, f"{schema}.{name}"


def test_what_is_not_wanted_is_removed(project: Path) -> None:
    parquet.write(project, is_wanted=True)
    parquet.write(project, is_wanted=False)
    assert [path.name for path in (project / "published").iterdir()] == ["voc.duckdb"]


def test_a_folder_that_cannot_be_written_is_told(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parquet.write(project, is_wanted=True)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(parquet, "copy_tables", full)
    with pytest.raises(RunError, match="disk's free space"):
        parquet.write(project, is_wanted=True)
    assert (parquet.folder_of(project) / "metrics" / "metric_value.parquet").is_file()
