"""Every format: its example is recognised, read without loss, and mapped onto the conformed tables."""

from __future__ import annotations

from pathlib import Path

import pytest

import vocpipe
from vocpipe.contracts import CONFORMED, RawRow, Reject, Rows
from vocpipe.discovery import look_through
from vocpipe.exports import Export
from vocpipe.proposing import as_toml
from vocpipe.settings import load
from vocpipe.sources import formats, recognise
from vocpipe.warehouse import conforming, rows

FORMATS = formats()


def write_example(folder: Path, name: str) -> list[Export]:
    for file, content in FORMATS[name].EXAMPLE.items():
        (folder / file).write_bytes(content)
    return [Export(folder / file) for file in FORMATS[name].EXAMPLE]


@pytest.mark.parametrize("name", FORMATS)
def test_example_is_recognised_as_its_own_format(name, tmp_path):
    for path in write_example(tmp_path, name):
        found = recognise(path)
        assert found is not None
        assert found.format == name


@pytest.mark.parametrize("name", FORMATS)
def test_the_guide_names_the_format(name):
    guide = Path(vocpipe.__file__).parent / "docs" / "formats.md"
    assert f"`{name}`" in guide.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", FORMATS)
def test_every_piece_of_the_example_is_a_row_or_a_reject_with_its_line(name, tmp_path):
    for path in write_example(tmp_path, name):
        found = list(FORMATS[name].read(path))
        assert found
        for piece in found:
            assert isinstance(piece, RawRow | Reject | Rows)
            if isinstance(piece, Rows):
                assert len(piece.line_no) == len(piece.cells) > 0
                assert min(piece.line_no) > 1
                continue
            assert piece.line_no >= 1
            if isinstance(piece, RawRow):
                assert piece.body.startswith("{")
            else:
                assert piece.reason


@pytest.mark.parametrize("name", FORMATS)
def test_selects_give_the_conformed_columns_and_each_raw_row_has_one_record(name, tmp_path, staged):
    write_example(tmp_path, name)
    with staged(tmp_path) as con:
        assert FORMATS[name].SELECT.keys() <= CONFORMED.keys()
        raw = rows(con, "select row_id from raw.records order by 1")
        assert raw
        assert rows(con, "select row_id from staging.record_versions order by 1") == raw
        for table in FORMATS[name].SELECT.keys() - {"records"}:
            assert rows(con, f"select count(*) from conformed.{table}")[0][0] > 0, f"the example shows no {table}"
            assert not rows(
                con, f"select * from conformed.{table} where row_id not in (select row_id from raw.records)"
            )


@pytest.mark.parametrize("name", [name for name in FORMATS if hasattr(FORMATS[name], "KEPT")])
def test_rows_that_are_kept_say_the_same_whatever_other_rows_are_held(name, tmp_path, staged):
    write_example(tmp_path, name)
    with staged(tmp_path) as con:
        alone: dict[str, list[tuple]] = {table: [] for table in FORMATS[name].SELECT}
        for source in load(tmp_path).sources:
            for odd in (0, 1):
                con.execute(f"create or replace temp table part as from raw.records where row_id % 2 = {odd}")
                conforming.parse(con, source, among="part")
                for table, select in FORMATS[name].SELECT.items():
                    alone[table] += rows(con, f"select {', '.join(CONFORMED[table])} from ((from "
                                              f"conformed.{table} limit 0) union all by name ({select}))")  # fmt: skip
        for table, found in alone.items():
            whole = rows(con, f"select {', '.join(CONFORMED[table])} from conformed.{table}")
            assert sorted(map(repr, found)) == sorted(map(repr, whole)), table


@pytest.mark.parametrize("name", FORMATS)
def test_every_unused_row_says_why_in_plain_words(name, tmp_path, staged):
    write_example(tmp_path, name)
    with staged(tmp_path) as con:
        for reason, column in rows(con, "select set_aside, set_aside_column from staging.record_versions"):
            assert (reason is None) == (column is None)
            assert reason is None or len(reason.split()) >= 3


@pytest.mark.parametrize("name", FORMATS)
def test_settings_that_init_writes_can_be_read_back(name, tmp_path, staged):
    write_example(tmp_path, name)
    findings = look_through(tmp_path, {})
    findings.taxonomy = "airline"
    assert f'format = "{name}"' in as_toml(tmp_path, findings)
    with staged(tmp_path) as con:
        assert rows(con, "select count(*) from staging.records where reason is null")[0][0] > 0
