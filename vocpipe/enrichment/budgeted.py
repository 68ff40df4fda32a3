"""A costly classifier on as many texts as a number of seconds allows, in this process or in several."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait

import pyarrow as pa
from loky import ProcessPoolExecutor

from vocpipe.contracts import Classifier
from vocpipe.enrichment.batches import Job, Workers, annotate_table

PORTION_SECONDS = 2.0  # what a worker is given at a time: the budget is overstepped by no more than a few seconds
FIRST_SIGNS = 8_000  # of the first portion, when nobody knows yet how fast the machine is
# What a text costs, in signs: something however short it is, and no more than a text as long as a model reads.
LEAST_SIGNS, MOST_SIGNS = 40, 1_200

Texts = Iterator[tuple[str, str]]
Portion = tuple[list[str], list[str], int]  # ids, texts, and what they cost in signs
Answer = tuple[pa.Table, float]  # annotations, and the seconds that they took


class _Pace:
    """How many signs a worker reads in a second, by its last portions."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self._signs_per_second: float | None = None

    def learn(self, signs: int, seconds: float) -> None:
        """Half of what is known is the last portion: a machine gets busier or idler."""
        now = signs / max(seconds, 1e-3)
        self._signs_per_second = now if self._signs_per_second is None else (now + self._signs_per_second) / 2

    def next_signs(self) -> int:
        """How much the next portion may cost; 0 when the time is up."""
        left = self._until - time.monotonic()
        if left <= 0:
            return 0
        if self._signs_per_second is None:
            return FIRST_SIGNS
        return int(self._signs_per_second * min(PORTION_SECONDS, left))


def annotate_within(
    seconds: float, classifier: Classifier, texts: Texts, workers: Workers = 1
) -> Iterator[tuple[list[str], pa.Table]]:
    """The annotations of the classifier on the first of the texts, as many as can be done in so many seconds.

    ``texts`` gives (id, text) and is read as far as the time reaches. Each answer is some ids, and the table of their
    annotations as ``annotate_table`` makes it (``text_no`` is the place among those ids); answers come as they are
    ready. Starting the worker processes and reading the model count as well.
    """
    pace = _Pace(seconds)
    if not isinstance(workers, int):
        done_by_all = workers.take_on(Job(_timed, classifier))
        while portions := _portions(texts, pace, workers.size):
            for place, (table, took) in done_by_all([(said,) for _, said, _ in portions]):
                pace.learn(portions[place][2], took)
                yield portions[place][0], table
        return
    if workers <= 1:
        while portion := _portion(texts, pace.next_signs()):
            ids, said, signs = portion
            table, took = _timed(classifier, said)
            pace.learn(signs, took)
            yield ids, table
        return
    running: dict[Future[Answer], Portion] = {}
    # As in ``batches``: a fresh interpreter per worker, which does not run the caller's script again.
    with ProcessPoolExecutor(workers, initializer=_start, initargs=(classifier,)) as pool:
        while True:
            while len(running) < workers and (portion := _portion(texts, pace.next_signs())):
                running[pool.submit(_answer, portion[1])] = portion
            if not running:
                return
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            answers = [(running.pop(future), future.result()) for future in done]
            for (_, _, signs), (_, took) in answers:
                pace.learn(signs, took)
            while len(running) < workers and (portion := _portion(texts, pace.next_signs())):
                running[pool.submit(_answer, portion[1])] = portion
            for (ids, _, _), (table, _) in answers:
                yield ids, table


def _portion(texts: Texts, signs: int) -> Portion | None:
    """The next texts that together cost so much, one at least; None when there are none or nothing may be spent."""
    ids: list[str] = []
    said: list[str] = []
    cost = 0
    while cost < signs and (found := next(texts, None)):
        ids.append(found[0])
        said.append(found[1])
        cost += LEAST_SIGNS + min(len(found[1]), MOST_SIGNS)
    return (ids, said, cost) if ids else None


def _portions(texts: Texts, pace: _Pace, size: int) -> list[Portion]:
    """A portion for each of so many workers, as far as there are texts and time."""
    found = (_portion(texts, pace.next_signs()) for _ in range(size))
    return [portion for portion in found if portion]


def _timed(classifier: Classifier, texts: list[str]) -> Answer:
    started = time.monotonic()
    return annotate_table(texts, [classifier]), time.monotonic() - started


_classifier: Classifier | None = None  # of this worker process, set when it starts


def _start(classifier: Classifier) -> None:
    global _classifier
    _classifier = classifier
    classifier.annotate(["read the model"])


def _answer(texts: list[str]) -> Answer:
    assert _classifier is not None
    return _timed(_classifier, texts)
