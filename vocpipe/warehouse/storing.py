"""Stores pieces of files in raw. What is small is gathered, so that thousands of small files are few inserts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

import duckdb
import numpy as np
import pyarrow as pa

from vocpipe.contracts import Rows
from vocpipe.selects import quoted
from vocpipe.warehouse.pieces import Piece

# Gathered up to so many bytes, then written.
FULL = 96_000_000
# SQL of the body where some records come as the JSON that was written.
WRITTEN = "coalesce(body, cast(json(written) as varchar))"


class Store:
    """Appends records and rejects of one format to raw, inside the caller's transaction."""

    def __init__(self, con: duckdb.DuckDBPyConnection, format_name: str) -> None:
        self.con = con
        self.format = format_name
        self.counts: Counter[int] = Counter()  # rows by load, unreadable pieces included
        # Tables by their columns: those of `RawRow` as (), tables of cells by their header.
        self.tables: dict[tuple[str, ...], list[pa.Table]] = defaultdict(list)
        self.rejects: list[list[object]] = []
        self.size = 0

    def take(self, load_id: int, pieces: Iterable[Piece]) -> None:
        """Take all pieces of one load."""
        for piece in pieces:
            if isinstance(piece, list):
                self.rejects += [[load_id, *(storable(part) for part in reject)] for reject in piece]
                self.counts[load_id] += len(piece)
                continue
            table = cells_of(piece) if isinstance(piece, Rows) else piece
            header = tuple(piece.cells.column_names) if isinstance(piece, Rows) else ()
            self.tables[header].append(table.append_column("load_id", pa.array(np.full(len(table), load_id))))
            self.counts[load_id] += len(table)
            self.size += table.nbytes
            if self.size > FULL:
                self.flush()

    def drop(self, load_id: int) -> None:
        """Take back what was taken of one load."""
        for header, tables in self.tables.items():
            self.tables[header] = [table for table in tables if table["load_id"][0].as_py() != load_id]
        self.rejects = [reject for reject in self.rejects if reject[0] != load_id]
        for table in ("raw.records", "raw.rejects"):
            self.con.execute(f"delete from {table} where load_id = $1", [load_id])
        del self.counts[load_id]

    def flush(self) -> None:
        """Write what was gathered."""
        for header, tables in self.tables.items():
            gathered = pa.concat_tables(tables, promote_options="default")
            body = body_of(header) if header else WRITTEN if "written" in gathered.column_names else "body"
            self.con.execute(
                "insert into raw.records select nextval('raw.next_row_id'), load_id, $1, kind, line_no, item_no, body, "
                f"hash(body) from (select load_id, kind, line_no, item_no, {body} as body from gathered)",
                [self.format],
            )
        if self.rejects:
            columns = zip(*self.rejects, strict=True)
            kinds = (pa.int64(), pa.int64(), pa.string(), pa.string(), pa.string())
            lost = pa.table([pa.array(c, k) for c, k in zip(columns, kinds, strict=True)], list("abcde"))  # noqa: F841
            self.con.execute("insert into raw.rejects select * from lost")
        self.tables.clear()
        self.rejects, self.size = [], 0


def storable(part: object) -> object:
    """A part of a reject; a text without halves of characters and bytes that are none, which no database takes."""
    return part.encode("utf-8", errors="replace").decode() if isinstance(part, str) else part


def cells_of(piece: Rows) -> pa.Table:
    """Columns of cells under names that no vendor's column can clash with, with where they stand."""
    count = len(piece.cells)
    table = piece.cells.rename_columns([f"c{number}" for number in range(piece.cells.num_columns)])
    table = table.append_column("kind", pa.array([piece.kind]).take(pa.array(np.zeros(count, np.int64))))
    table = table.append_column("line_no", pa.array(piece.line_no, pa.int64()))
    return table.append_column("item_no", pa.array(np.zeros(count, np.int32)))


def body_of(header: tuple[str, ...]) -> str:
    """SQL of the body: the columns of cells as a JSON object."""
    cells = (f"{quoted(name)}, c{number}" for number, name in enumerate(header))
    return f"cast(json_object({', '.join(cells)}) as varchar)"
