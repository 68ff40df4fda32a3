"""Delimited text: the swift way and the exact way give the same rows, and no byte of a file goes missing."""

from __future__ import annotations

import csv
import io

from hypothesis import given, settings
from hypothesis import strategies as st

from vocpipe import delimited, tabular
from vocpipe.contracts import Reject
from vocpipe.exports import Export

CELLS = st.text(alphabet=st.sampled_from('ab é€"\n\r,;\t\0x1'), max_size=6)
TABLES = st.integers(2, 4).flatmap(lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=8))
DAMAGE = st.lists(st.tuples(st.integers(0, 400), st.sampled_from([b'"', b"\n", b"\xff", b"", b",", b"\r", b"\0"])))


def written(table, delimiter=",", end="\r\n"):
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end)
    writer.writerow([f"c{n}" for n in range(len(table[0]) if table else 2)])
    writer.writerows(table)
    return out.getvalue().encode()


def damaged(data, damage):
    """The bytes with some of them replaced."""
    for place, piece in damage:
        at = place % max(1, len(data))
        data = data[:at] + piece + data[at + 1 :]
    return data


def records(path, monkeypatch=None):
    """Line and cells of every record, and line and reason of what is none."""
    found = []
    for piece in tabular.records_of(Export(path), "row"):
        if isinstance(piece, Reject):
            found.append((piece.line_no, piece.reason))
        else:
            cells = piece.cells.to_pylist()
            found += [(line, *row.values()) for line, row in zip(piece.line_no.tolist(), cells, strict=True)]
    return sorted(found, key=repr)


@settings(max_examples=400, deadline=None)
@given(TABLES, DAMAGE, st.sampled_from(["\n", "\r\n"]), st.sampled_from([7, 20, 64, 1 << 20]))
def test_blocks_read_swiftly_and_exactly_hold_the_same_rows(tmp_path_factory, table, damage, end, block):
    path = tmp_path_factory.mktemp("d") / "f.csv"
    path.write_bytes(damaged(written(table, end=end), damage))
    old = delimited.BLOCK, delimited.HEAD, delimited.swift
    try:
        delimited.BLOCK = delimited.HEAD = block
        swift = records(path)
        delimited.swift = lambda *_: None
        exact = records(path)
        delimited.BLOCK = delimited.HEAD = 1 << 20
        assert exact == records(path)
    finally:
        delimited.BLOCK, delimited.HEAD, delimited.swift = old
    assert swift == exact


@settings(max_examples=200, deadline=None)
@given(TABLES, st.sampled_from([",", ";", "\t"]), st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]))
def test_a_sound_file_is_read_whole_in_any_encoding(tmp_path_factory, table, delimiter, encoding):
    table = [[cell.replace("\0", "").replace("\r", "") for cell in row] for row in table]
    path = tmp_path_factory.mktemp("d") / "f.csv"
    path.write_bytes(written(table, delimiter).decode().encode(encoding))
    header = [f"c{n}" for n in range(len(table[0]) if table else 2)]
    found = [piece for piece in records(path) if len(piece) > 2]
    assert sorted(row[1:] for row in found) == sorted(tuple(row) for row in table if row != header)
