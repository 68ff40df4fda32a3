"""Reads vendors' files into tables of raw rows; where there is much to read, worker processes read ahead."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from itertools import islice
from pathlib import Path

import pyarrow as pa
from loky import ProcessPoolExecutor

from vocpipe.contracts import RawRow, Reject
from vocpipe.sources import formats

BATCH = 50_000
# Starting worker processes takes two seconds: less than this is read sooner without them.
WORTH_WORKERS = 100_000_000
# A file travels from a worker as a whole; a larger one is read here, batch by batch, to keep memory small.
LARGE = 200_000_000
TYPES = (pa.int64(), pa.int32(), pa.string(), pa.string())

Piece = tuple[pa.Table, list[Reject]]


def pieces_of(format_name: str, path: Path) -> Iterator[Piece]:
    """The rows of a file as tables of at most BATCH rows (the columns of ``RawRow``), each with what is no row."""
    found = iter(formats()[format_name].read(path))
    while batch := list(islice(found, BATCH)):
        good = [row for row in batch if isinstance(row, RawRow)]
        cells = list(zip(*good, strict=True)) or [()] * len(TYPES)  # typed, so that no rows are no special case
        arrays = [pa.array(column, kind) for column, kind in zip(cells, TYPES, strict=True)]
        yield pa.table(dict(zip(RawRow._fields, arrays, strict=True))), [r for r in batch if isinstance(r, Reject)]


def ahead(files: Sequence[tuple[str, Path]], workers: int) -> Iterator[Iterable[Piece]]:
    """The pieces of each file (format and path), in order; an error of a file comes up where its pieces are read."""
    sizes = [path.stat().st_size for _, path in files]
    if workers < 2 or sum(size for size in sizes if size < LARGE) < WORTH_WORKERS:
        yield from (pieces_of(*file) for file in files)
        return
    waiting: deque[Iterable[Piece]] = deque()
    with ProcessPoolExecutor(workers) as pool:
        for file, size in zip(files, sizes, strict=True):
            waiting.append(pieces_of(*file) if size >= LARGE else awaited(pool.submit(read_whole, *file)))
            if len(waiting) > 2 * workers:
                yield waiting.popleft()
        yield from waiting


def read_whole(format_name: str, path: Path) -> list[Piece]:
    """All pieces of a file at once (the work of a worker process)."""
    gc.disable()  # millions of small objects and no cycles among them
    return list(pieces_of(format_name, path))


def awaited(future: Future[list[Piece]]) -> Iterator[Piece]:
    """The pieces that a worker reads, once they are there."""
    yield from future.result()
