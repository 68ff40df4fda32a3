"""Reads files of JSON lines in blocks: DuckDB tells by the members of an object what it is.

A line goes the exact way, as an object of Python's, where anything about it is unusual: it is no JSON, another kind of
thing or of a layout that names do not tell, it holds other objects, or its words are not where they should be. Words
that may hold a quote or HTML are looked at alone. Both ways give the same rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from typing import Any, BinaryIO

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vocpipe.contracts import RawRow, Reject
from vocpipe.documents import Lines, Told, begins_with_line, dumped, lined
from vocpipe.exports import Export
from vocpipe.sources import formats
from vocpipe.warehouse.pieces import LONGEST, TYPES, table_of, too_long

BLOCK, SLICE = 1 << 23, 1 << 18
# Less is read object by object before DuckDB has begun.
WORTH = 1 << 18
# Rows that one of DuckDB's threads takes at a time.
BATCH = 4096
# What DuckDB takes for JSON although it is none: a comma behind the last part, and what programs write for no number.
LOOSE = (r"regexp_matches(line, ',\s*[\]}]')", "contains(line, 'NaN')", "contains(line, 'Infinity')")
# How words stand in JSON: as they were said, or as a text to look at.
PLAIN, TEXT = 0, 1
WORDING = f"""
case
    when contains(words, chr(92)) or contains(words, '<') then {TEXT}
    when words >= '"!' and words < chr(34) || chr(127) and right(words, 2) >= '!"' and right(words, 2) < chr(127)
        then {PLAIN}
    else {TEXT}
end
"""
# The place among the kinds of what has to go the exact way.
EXACT = 255


def lines_of(format_name: str) -> Lines | None:
    """How a format's lines are told without a look at each, if they can be."""
    return getattr(formats()[format_name], "LINES", None)


def is_swift(format_name: str, export: Export) -> bool:
    """Whether a file is written one object a line, in a format whose lines are told swiftly, and is worth it."""
    try:
        is_worth = lines_of(format_name) is not None and export.path.stat().st_size >= WORTH
        return is_worth and begins_with_line(export)
    except OSError:
        return False  # told where the file is read


def blocks_of(format_name: str, export: Export) -> Iterator[pa.Table | Reject]:
    """The records of a file as tables with the columns of ``RawRow`` and ``written``, in the order of their lines.

    Raises Damaged after the last one where the file could not be unpacked to its end.
    """
    told = lines_of(format_name)
    assert told is not None
    with duckdb.connect(":memory:") as con, export.opened() as file:
        reader = Reader(con, told)
        line_no = 1
        for data in blocks(file):
            ends = ends_of(data)
            yield from reader.block(data, ends, line_no)
            line_no += len(ends)


def blocks(file: BinaryIO) -> Iterator[bytearray]:
    """The bytes of a file in blocks of whole lines."""
    rest, size = bytearray(), 1
    while size:
        data = bytearray(len(rest) + BLOCK)
        data[: len(rest)] = rest
        with memoryview(data) as view:
            size = file.readinto(view[len(rest) :])  # type: ignore[attr-defined]
        del data[len(rest) + size :]
        end = data.rfind(b"\n") + 1 if size else len(data)
        rest = data[end:]
        del data[end:]
        if data:
            yield data


def ends_of(data: bytearray) -> Any:
    """Where each line of some bytes ends, as an array; the line's end is a part of it."""
    found = []
    for start in range(0, len(data), SLICE):
        part = np.frombuffer(data, np.uint8, min(SLICE, len(data) - start), start)
        found.append(np.flatnonzero(part == ord("\n")) + (start + 1))
    return np.concatenate(found if data.endswith(b"\n") else [*found, [len(data)]])


class Reader:
    """Reads one file block by block."""

    def __init__(self, con: duckdb.DuckDBPyConnection, told: Lines) -> None:
        self.con, self.told = con, told
        self.inner = count()  # numbers what lies inside other objects of the file
        members = [*told.texts, told.beside]
        for one in told.kinds:
            members += [*one.needs, *one.one_of, *one.never, one.words]
        shape = json.dumps(dict.fromkeys(members, "JSON"))
        self.parts = f"try(from_json(line, '{shape}')) as x"
        kinds = " ".join(f"when {told_by(one, told.beside)} then {n}" for n, one in enumerate(told.kinds))
        self.place = f"case {kinds} end"
        words = " ".join(f"when {n} then x.{one.words}" for n, one in enumerate(told.kinds))
        self.words = f"cast(case place {words} end as varchar)"
        strange = (f"coalesce(left(cast(x.{name} as varchar), 1) not in (chr(34), 'n'), false)" for name in told.texts)
        self.odd = " or ".join([*LOOSE, *strange])

    def block(self, data: bytearray, ends: Any, line_no: int) -> Iterator[pa.Table | Reject]:
        """The records of some whole lines, the first of which is ``line_no``."""
        starts = np.concatenate([[0], ends[:-1]])
        tables, is_exact = [], np.ones(len(ends), bool)
        if len(data) < 2 * LONGEST:
            offsets = pa.py_buffer(np.append(starts, len(data)).astype(np.int32))
            lines = pa.StringArray.from_buffers(len(ends), offsets, pa.py_buffer(data))
            places, wording = self.survey(lines)
            lines, is_wordless = self.with_words(lines, places, (places != EXACT) & (wording == TEXT))
            is_exact = (places == EXACT) | is_wordless | (ends - starts > LONGEST)
            tables.append(self.swift_table(lines, places, np.flatnonzero(~is_exact), line_no))
        rows = []
        for found in self.exactly(data, starts, ends, np.flatnonzero(is_exact), line_no):
            if isinstance(found, Reject):
                yield found
            elif len(found.body) > LONGEST:
                yield too_long(found.line_no, found.body)
            else:
                rows.append(found)
        table = pa.concat_tables([*tables, table_of(rows)], promote_options="default")
        if rows and tables:
            table = table.take(np.argsort(table["line_no"].to_numpy(), kind="stable"))
        if len(table):
            yield table

    def survey(self, lines: pa.StringArray) -> tuple[Any, Any]:
        """Of each line its place among the kinds, or EXACT, and how its words stand, as arrays."""
        block = pa.Table.from_batches(pa.table({"line": lines}).to_batches(max_chunksize=BATCH))  # noqa: F841
        found = self.con.sql(f"""
            with read_lines as (select line, {self.parts} from block),
            placed as (select *, {self.place} as place from read_lines),
            worded as (select *, {self.words} as words from placed)
            select
                cast(
                    case when left(words, 1) <> chr(34) or strlen(words) = 2 or {self.odd} then {EXACT}
                    else coalesce(place, {EXACT}) end as utinyint
                ) as place,
                cast({WORDING} as utinyint) as wording
            from worded
        """).to_arrow_table()
        return found["place"].to_numpy(), found["wording"].to_numpy()

    def with_words(self, lines: pa.StringArray, places: Any, is_text: Any) -> tuple[pa.StringArray, Any]:
        """The lines with what was said put beside the words where it differs, and which of them hold none at all."""
        is_wordless, chosen = np.zeros(len(lines), bool), np.flatnonzero(is_text)
        if not len(chosen):
            return lines, is_wordless
        block = pa.table({"line": lines.take(chosen), "place": places[chosen]})  # noqa: F841
        texts = self.con.sql(
            f"with read_lines as (select place, {self.parts} from block) "
            f"select ({self.words}) ->> '$' as words from read_lines"
        ).to_arrow_table()["words"]
        changed = {}
        for at, text in zip(chosen.tolist(), texts.to_pylist(), strict=True):
            said = self.told.said(text)
            if said is None:
                is_wordless[at] = True
            elif said != text:
                line = lines[at].as_py().rstrip()
                changed[at] = f"{line[:-1]},{dumped({self.told.beside: said})[1:]}"
        if changed:
            is_changed = np.isin(np.arange(len(lines)), list(changed))
            lines = pc.replace_with_mask(lines, pa.array(is_changed), pa.array(list(changed.values()), pa.string()))
        return lines, is_wordless

    def swift_table(self, lines: pa.StringArray, places: Any, chosen: Any, line_no: int) -> pa.Table:
        """Some lines as records, each the JSON of its body."""
        if len(chosen) < len(lines):
            lines, places = lines.take(chosen), places[chosen]
        kinds = pa.array([one.kind for one in self.told.kinds]).take(places)
        columns = [chosen + line_no, np.zeros(len(chosen), np.int32), kinds, pa.nulls(len(chosen), pa.string())]
        names = zip(RawRow._fields, columns, TYPES, strict=True)
        return pa.table({name: pa.array(column, kind) for name, column, kind in names} | {"written": lines})

    def exactly(self, data: bytearray, starts: Any, ends: Any, chosen: Any, line_no: int) -> Iterator[RawRow | Reject]:
        """What some lines hold, each read as an object of Python's."""
        lines = ((line_no + at, bytes(data[starts[at] : ends[at]])) for at in chosen.tolist())
        yield from self.told.rows(lined(lines), self.inner)


def told_by(one: Told, beside: str) -> str:
    """SQL: whether an object is of a kind by its members."""
    some = " or ".join(f"x.{name} is not null" for name in one.one_of) or "true"
    every = [f"x.{name} is not null" for name in (*one.needs, one.words)]
    return " and ".join([*every, f"({some})", *(f"x.{name} is null" for name in (*one.never, beside))])
