"""Reads vendors' files into pieces that can be stored; where there is much JSON, worker processes read ahead."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from itertools import chain, groupby
from queue import Full, Queue
from threading import Event, Thread
from typing import Any

import pyarrow as pa
from loky import ProcessPoolExecutor

from vocpipe import tabular
from vocpipe.contracts import RawRow, Reject, Rows
from vocpipe.documents import holds_lines
from vocpipe.exports import Damaged, Export, is_packed, spans_of
from vocpipe.sources import formats
from vocpipe.warehouse.pieces import LONGEST, Piece, parted, table_of, too_long
from vocpipe.warehouse.swift import blocks_of, is_swift

BATCH = 50_000
# Starting worker processes and moving what they read cost 6 seconds of processor time for half a gigabyte: less than
# this is read sooner without them.
WORTH_WORKERS = 1_000_000_000
# A file that is read in a moment needs no thread.
WORTH_THREAD = 8_000_000
# Pieces that the thread may be ahead: as many as are stored at once, so that it reads on meanwhile.
AHEAD = 32
# A file travels from a worker as a whole; a larger one goes in spans, or is read here, to keep memory small.
LARGE, SPAN = 100_000_000, 32_000_000


def pieces_of(format_name: str, export: Export) -> Iterator[Piece]:
    """The records of a file in pieces. A file that is damaged further on ends with a Reject that says so.

    Raises Damaged where nothing of it can be read.
    """
    rows: list[RawRow] = []
    rejects: list[Reject] = []
    last = 0
    try:
        for found in records_of(format_name, export):
            if isinstance(found, pa.Table):
                yield found
                last = found["line_no"][-1].as_py()
            elif isinstance(found, RawRow):
                if len(found.body) > LONGEST:
                    rejects.append(too_long(found.line_no, found.body))
                    continue
                rows.append(found)
                if len(rows) == BATCH:
                    yield table_of(rows)
                    last, rows = found.line_no, []
            elif isinstance(found, Rows):
                short, long = parted(found)
                rejects += long
                if len(short.cells):
                    yield short
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


def records_of(format_name: str, export: Export) -> Iterator[pa.Table | RawRow | Rows | Reject]:
    """What a file holds: read by its format, or in blocks of lines where that gives the same sooner."""
    is_block = is_swift(format_name, export)
    yield from blocks_of(format_name, export) if is_block else formats()[format_name].read(export)


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
    """The work of ``ahead``: tables are read by a thread, JSON by worker processes where there is much of it."""
    total = sum(size for *_, size in files)
    if total < WORTH_THREAD:
        yield from (pieces_of(name, export) for name, export, _ in files)
    elif workers < 2 or sum(size for name, export, size in files if not is_quick(name, export)) < WORTH_WORKERS:
        yield from in_thread(files)
    else:
        with ProcessPoolExecutor(workers) as pool:
            for quick, run in groupby(files, key=lambda file: is_quick(file[0], file[1])):
                some = list(run)
                yield from in_thread(some) if quick else in_workers(pool, workers, some)


def is_quick(format_name: str, export: Export) -> bool:
    """Whether a file is read in blocks, of columns or of lines, which is quick enough for one thread."""
    return export.suffix in tabular.SUFFIXES or is_swift(format_name, export)


def in_workers(
    pool: ProcessPoolExecutor, workers: int, files: Iterable[tuple[str, Export, int]]
) -> Iterator[Iterable[Piece]]:
    """The pieces of each file, read by worker processes that are some files ahead."""
    waiting: deque[Iterable[Piece]] = deque()
    for format_name, export, size in files:
        if size < LARGE:
            waiting.append(awaited(pool.submit(read_whole, format_name, export)))
        elif is_packed(export) or not holds_lines(export):
            waiting.append(chain.from_iterable(in_thread([(format_name, export, size)])))
        else:
            waiting.append(in_spans(pool, workers, format_name, export))
        if len(waiting) > 2 * workers:
            yield waiting.popleft()
    yield from waiting


def in_spans(pool: ProcessPoolExecutor, workers: int, format_name: str, export: Export) -> Iterator[Piece]:
    """The pieces of a large file of lines, of which each worker reads a span."""
    waiting: deque[Future[list[Piece]]] = deque()
    for span in spans_of(export, SPAN):
        waiting.append(pool.submit(read_whole, format_name, span))
        if len(waiting) > workers:
            yield from waiting.popleft().result()
    while waiting:
        yield from waiting.popleft().result()


def in_thread(files: Sequence[tuple[str, Export, int]]) -> Iterator[Iterable[Piece]]:
    """The pieces of each file, read by a thread that is some pieces ahead of who stores them."""
    waiting: Queue[tuple[int, Piece | Exception | None]] = Queue(AHEAD)
    stop = Event()
    Thread(target=put_pieces, args=(files, waiting, stop), daemon=True).start()
    try:
        for number in range(len(files)):
            yield taken(number, waiting)
    finally:
        stop.set()


def put_pieces(files: Sequence[tuple[str, Export, int]], waiting: Queue[Any], stop: Event) -> None:
    """Put the pieces of all files into a queue, each with its file's number; None, or what went wrong, ends a file."""
    for number, (format_name, export, _) in enumerate(files):
        try:
            for piece in pieces_of(format_name, export):
                put(waiting, (number, piece), stop)
                if stop.is_set():
                    return
            put(waiting, (number, None), stop)
        except Exception as problem:  # noqa: BLE001  told where the file's pieces are taken
            put(waiting, (number, problem), stop)


def put(waiting: Queue[Any], item: tuple[int, Any], stop: Event) -> None:
    """Put an item as soon as there is room, unless nobody takes any more."""
    while not stop.is_set():
        try:
            waiting.put(item, timeout=1)
        except Full:
            continue
        break


def taken(number: int, waiting: Queue[Any]) -> Iterator[Piece]:
    """The pieces of one file out of the queue; what an earlier file left there is passed over."""
    while True:
        owner, piece = waiting.get()
        if owner == number and isinstance(piece, Exception):
            raise piece
        if owner == number and piece is None:
            return
        if owner == number:
            yield piece


def read_whole(format_name: str, export: Export) -> list[Piece]:
    """All pieces of a file at once (the work of a worker process)."""
    with without_gc():
        return list(pieces_of(format_name, export))


def awaited(future: Future[list[Piece]]) -> Iterator[Piece]:
    """The pieces that a worker reads, once they are there."""
    yield from future.result()
