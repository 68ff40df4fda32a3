"""The shapes in which files travel from those who read them to the one who stores them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vocpipe.contracts import RawRow, Reject, Rows

# A record of more bytes (characters, of JSON) is no customer's words; made into JSON and parsed it takes many times as
# much memory.
LONGEST = 1 << 25
TYPES = (pa.int64(), pa.int32(), pa.string(), pa.string())

# Records as a table with the columns of ``RawRow`` (and perhaps ``written``: JSON that becomes the body where there is
# none yet), or as columns of cells; or pieces of the file that are no records.
Piece: TypeAlias = "pa.Table | Rows | list[Reject]"


def table_of(rows: Sequence[RawRow]) -> pa.Table:
    """Records as one table with the columns of ``RawRow``."""
    columns = zip(*rows, strict=True) if rows else ([] for _ in TYPES)
    arrays = [pa.array(column, kind) for column, kind in zip(columns, TYPES, strict=True)]
    return pa.table(dict(zip(RawRow._fields, arrays, strict=True)))


def parted(rows: Rows) -> tuple[Rows, list[Reject]]:
    """The records of a table that can be used, and what to say of those that are too long."""
    if rows.cells.nbytes <= LONGEST:
        return rows, []
    lengths = [pc.fill_null(pc.binary_length(column), 0).to_numpy() for column in rows.cells.columns]
    is_long = np.sum(lengths, axis=0, dtype=np.int64) > LONGEST
    texts = ["\t".join(cell or "" for cell in row.values()) for row in rows.cells.filter(pa.array(is_long)).to_pylist()]
    rejects = [too_long(int(line_no), text) for line_no, text in zip(rows.line_no[is_long], texts, strict=True)]
    return Rows(rows.kind, rows.line_no[~is_long], rows.cells.filter(pa.array(~is_long))), rejects


def too_long(line_no: int, text: str) -> Reject:
    """What to say of a record that no customer wrote."""
    return Reject(line_no, None, f"the record is longer than {LONGEST >> 20} MB", text)
