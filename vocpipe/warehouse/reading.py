"""Reads vendors' files into pieces that can be stored; where there is much JSON, worker processes read ahead."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeAlias

import pyarrow as pa
from loky import ProcessPoolExecutor

from vocpipe import tabular
from vocpipe.contracts import RawRow, Reject, Rows
from vocpipe.documents import holds_lines
from vocpipe.exports import Damaged, Export, is_packed, spans_of
from vocpipe.sources import formats

BATCH = 50_000
# Starting worker processes takes two seconds: less than this is read sooner without them.
WORTH_WORKERS = 100_000_000
# A file that is read in a moment needs no thread.
WORTH_THREAD = 8_000_000
# A file travels from a worker as a whole; a larger one goes in spans, or is read here, to keep memory small.
LARGE, SPAN = 100_000_000, 32_000_000
TYPES = (pa.int64(), pa.int32(), pa.string(), pa.string())

# Records as a table with the columns of ``RawRow``, or as columns of cells; or pieces of the file that are none.
Piece: TypeAlias = "pa.Table | Rows | list[Reject]"


def pieces_of(format_name: str, export: Export) -> Iterator[Piece]:
    """The records of a file in pieces. A file that is damaged further on ends with a Reject that says so.

    Raises Damaged where nothing of it can be read.
    """
    rows: list[RawRow] = []
    rejects: list[Reject] = []
    last = 0
    try:
        for found in formats()[format_name].read(export):
            if isinstance(found, RawRow):
                rows.append(found)
                if len(rows) == BATCH:
                    yield table_of(rows)
                    last, rows = found.line_no, []
            elif isinstance(found, Rows):
                yield found
                last = int(found.line_no[-1])
            else:
                rejects.append(found)
                if len(rejects) == BATCH:
                    yield rejects
                    last, rejects = found.line_no, []
    except Damaged as problem:
        last = max([last, *(row.line_no for row in rows[-1:]), *(reject.line_no for reject in rejects[-1:])])
        if not last:
            raise
        rejects.append(Reject(last + 1, None, f"the rest of the file is lost: {problem}", ""))
    yield from [table_of(rows)] if rows else []
    yield from [rejects] if rejects else []


def table_of(rows: Sequence[RawRow]) -> pa.Table:
    """Records as one table with the columns of ``RawRow``."""
    arrays = [pa.array(column, kind) for column, kind in zip(zip(*rows, strict=True), TYPES, strict=True)]
    return pa.table(dict(zip(RawRow._fields, arrays, strict=True)))


def ahead(files: Sequence[tuple[str, Export, int]], workers: int) -> Iterator[Iterable[Piece]]:
    """The pieces of each file (format, export, size), in order; a file's error comes up where its pieces are read."""
    with without_gc():
        yield from ordered(files, workers)


@contextmanager
def without_gc() -> Iterator[None]:
    """No search for cycles: reading makes millions of small objects, and no cycles among them."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def ordered(files: Sequence[tuple[str, Export, int]], workers: int) -> Iterator[Iterable[Piece]]:
    """The work of ``ahead``."""
    gain = sum(size for _, export, size in files if export.suffix not in tabular.SUFFIXES)
    if workers < 2 or gain < WORTH_WORKERS:
        yield from (here(*file) for file in files)
        return
    waiting: deque[Iterable[Piece]] = deque()
    with ProcessPoolExecutor(workers) as pool:
        for file in files:
            waiting.append(there(pool, workers, *file))
            if len(waiting) > 2 * workers:
                yield waiting.popleft()
        yield from waiting


def there(pool: ProcessPoolExecutor, workers: int, format_name: str, export: Export, size: int) -> Iterable[Piece]:
    """The pieces of a file read by worker processes; a table, or a large file that is no lines, is read here."""
    if export.suffix in tabular.SUFFIXES:
        return here(format_name, export, size)
    if size < LARGE:
        return awaited(pool.submit(read_whole, format_name, export))
    if is_packed(export) or not holds_lines(export):
        return here(format_name, export, size)
    return in_spans(pool, workers, format_name, export)


def in_spans(pool: ProcessPoolExecutor, workers: int, format_name: str, export: Export) -> Iterator[Piece]:
    """The pieces of a large file of lines, of which each worker reads a span."""
    waiting: deque[Future[list[Piece]]] = deque()
    for span in spans_of(export, SPAN):
        waiting.append(pool.submit(read_whole, format_name, span))
        if len(waiting) > workers:
            yield from waiting.popleft().result()
    while waiting:
        yield from waiting.popleft().result()


def here(format_name: str, export: Export, size: int) -> Iterator[Piece]:
    """The pieces of a file read in this process; of a large file the next is read while this one is stored."""
    pieces = pieces_of(format_name, export)
    return pieces if size < WORTH_THREAD else one_ahead(pieces)


def one_ahead(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """The same pieces, the next of which is being read in a thread while one is in use."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, pieces, None)
        while (piece := coming.result()) is not None:
            coming = pool.submit(next, pieces, None)
            yield piece


def read_whole(format_name: str, export: Export) -> list[Piece]:
    """All pieces of a file at once (the work of a worker process)."""
    with without_gc():
        return list(pieces_of(format_name, export))


def awaited(future: Future[list[Piece]]) -> Iterator[Piece]:
    """The pieces that a worker reads, once they are there."""
    yield from future.result()
