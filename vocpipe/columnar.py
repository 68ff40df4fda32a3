"""Reads workbooks and Parquet files as rows of text, their dates in ISO 8601."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pyarrow.parquet
from python_calamine import CalamineError, CalamineWorkbook

from vocpipe.contracts import Reject
from vocpipe.exports import Damaged, Export

Row = tuple[int, list[str]]
WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")
PARQUET = ".parquet"
# A whole number beyond this was rounded when the workbook stored it: 15 digits are all that it keeps.
EXACT = 10**15


def is_columnar(export: Export) -> bool:
    """Whether a file is a workbook or Parquet."""
    return export.suffix in (*WORKBOOKS, PARQUET)


def rows_of(export: Export) -> Iterator[Row | Reject]:
    """All rows, the header first. Raises Damaged where the file is not what its suffix says."""
    return parquet_rows(export) if export.suffix == PARQUET else workbook_rows(export)


def parquet_rows(export: Export) -> Iterator[Row | Reject]:
    """The rows of a Parquet file; a row's number stands for its line, the header being line 1."""
    with export.opened() as file:
        data = file.read() if export.member else export.path
        try:
            table = pyarrow.parquet.ParquetFile(io.BytesIO(data) if isinstance(data, bytes) else data)
            yield 1, list(table.schema_arrow.names)
            line_no = 2
            for batch in table.iter_batches(50_000):
                for cells in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    yield line_no, [text_of(cell) for cell in cells]
                    line_no += 1
        except (pyarrow.ArrowException, UnicodeError, OSError) as problem:
            raise Damaged(f"the Parquet file is damaged ({type(problem).__name__})") from problem


def workbook_rows(export: Export) -> Iterator[Row | Reject]:
    """The rows of a workbook's first sheet that holds any; the other sheets are told of, not read."""
    with export.opened() as file:
        data = io.BytesIO(file.read())
    try:
        with CalamineWorkbook.from_filelike(data) as book:
            sheets = {name: book.get_sheet_by_name(name) for name in book.sheet_names}
            held = [name for name, sheet in sheets.items() if sheet.height]
            for name in held[1:]:
                reason = f"sheet {held.index(name) + 1} of the workbook is not read: only the first that holds rows is"
                yield Reject(1, None, reason, name)
            for number, cells in enumerate(sheets[held[0]].iter_rows() if held else (), start=1):
                if any(cell != "" for cell in cells):
                    yield number, [text_of(cell) for cell in cells]
    except CalamineError as problem:
        raise Damaged(f"the workbook is damaged ({type(problem).__name__})") from problem


def text_of(cell: Any) -> str:
    """A cell as a CSV export would write it; a whole number that lost its last digits shows that it did."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        if cell.is_integer():
            return str(int(cell)) if abs(cell) < EXACT else f"{cell:.5E}"
        return repr(cell)
    if isinstance(cell, datetime | date | time):
        return cell.isoformat(" ") if isinstance(cell, datetime) else cell.isoformat()
    if isinstance(cell, timedelta | Decimal | int):
        return str(cell)
    return str(cell)
