"""Runs redaction and classifiers over many texts, in this process or in several, with progress."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from itertools import chain
from typing import Any, Protocol

import pyarrow as pa
from loky import ProcessPoolExecutor

from vocpipe.contracts import Annotation, Classifier
from vocpipe.enrichment.marks import MarkFinder
from vocpipe.enrichment.redaction import Redactor

CHUNK = 10_000
# The lexicon and the taxonomies are English; a text too short to tell its language ("Thanks!") is read as English.
SUPPORTED = frozenset({"en", "und"})
# Texts in other languages get no sentiment, and this as their topic: a bucket of its own, never silently neutral.
UNSUPPORTED = "unsupported_language"

COLUMNS = pa.schema(
    [
        ("text_no", pa.int64()),
        ("classifier", pa.string()),
        ("version", pa.string()),
        ("label", pa.string()),
        ("score", pa.float64()),
        ("probability", pa.float64()),
        ("span_start", pa.int64()),
        ("span_end", pa.int64()),
        ("evidence", pa.string()),
        ("decided_by", pa.string()),
    ]
)
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker is given once: a function of one chunk, and what it needs to know."""

    work: Callable[..., Any]
    known: Any


class Crew(Protocol):
    """Workers elsewhere than in processes of this machine; how many chunks they do at once is ``size``."""

    size: int

    def take_on(self, job: Job) -> Callable[[Sequence[tuple[Any, ...]]], Iterator[tuple[int, Any]]]:
        """Give every worker the job once; what comes back does chunks, and gives each one's place with its result."""


Workers = int | Crew


def annotate_table(
    texts: Sequence[str],
    classifiers: Sequence[Classifier],
    workers: Workers = 1,
    progress: Progress | None = None,
    hints: Sequence[str | None] | None = None,
) -> pa.Table:
    """The annotations of all classifiers on all texts, as a table with the columns of ``COLUMNS``.

    ``text_no`` is the place of the text in ``texts``; rows come in that order. A text of white space only has no rows.
    The classifier named 'language' decides first; ``hints`` holds, per text, a language (ISO 639-1) that the vendor
    detected for that very text, or None: it is taken as it is, with decided_by 'vendor'. In a language other than
    English every other classifier is left out, but for the topic 'unsupported_language'. ``progress`` is called with
    the number of texts done since the last call. Raises ValueError if the hints are not as many as the texts.
    """
    if hints is not None and len(hints) != len(texts):
        raise ValueError(f"{len(texts)} texts, but {len(hints)} language hints")
    chunks = (
        (start, list(texts[start : start + CHUNK]), None if hints is None else list(hints[start : start + CHUNK]))
        for start in range(0, len(texts), CHUNK)
    )
    tables = _run(Job(_annotate, tuple(classifiers)), chunks, len(texts), workers, progress)
    return pa.concat_tables([COLUMNS.empty_table(), *tables])


def redact_many(
    redactor: Redactor,
    texts: Sequence[str | None],
    own_names: Sequence[Sequence[str]] | None = None,
    workers: Workers = 1,
    progress: Progress | None = None,
) -> list[str | None]:
    """``redactor.redact`` over many texts; in several processes the names are sent to each once."""
    if own_names is not None and len(own_names) != len(texts):
        raise ValueError(f"{len(texts)} texts, but {len(own_names)} lists of names")
    chunks = (
        (texts[start : start + CHUNK], None if own_names is None else own_names[start : start + CHUNK])
        for start in range(0, len(texts), CHUNK)
    )
    return list(chain.from_iterable(_run(Job(_redact, redactor), chunks, len(texts), workers, progress)))


def may_tell_many(
    marks: Sequence[tuple[str, str]], texts: Sequence[str], workers: Workers = 1, progress: Progress | None = None
) -> list[bool]:
    """Whether each text may hold one of some marks: a redaction made without these stands where not."""
    chunks = ((texts[start : start + CHUNK],) for start in range(0, len(texts), CHUNK))
    return list(chain.from_iterable(_run(Job(_look, MarkFinder(marks)), chunks, len(texts), workers, progress)))


def _look(finder: MarkFinder, texts: Sequence[str]) -> list[bool]:
    return [finder.may_tell(text) for text in texts]


def _redact(redactor: Redactor, texts: Sequence[str | None], own: Sequence[Sequence[str]] | None) -> list[str | None]:
    return redactor.redact(texts, own)


def _annotate(
    classifiers: Sequence[Classifier], first: int, texts: Sequence[str], hints: Sequence[str | None] | None
) -> pa.Table:
    """The table of one chunk; ``first`` is the number of its first text."""
    there = [i for i, text in enumerate(texts) if text and not text.isspace()]
    language = next((c for c in classifiers if c.name == "language"), None)
    supported, parts = there, []
    if language is not None:
        found = _languages(language, texts, there, hints)
        parts.append((language, there, found))
        supported = [i for i, [annotation] in zip(there, found, strict=True) if annotation.label in SUPPORTED]
    others = sorted(set(there) - set(supported))
    for classifier in classifiers:
        if classifier is language:
            continue
        parts.append((classifier, supported, classifier.annotate([texts[i] for i in supported])))
        if classifier.name == "topic" and others:
            unread = Annotation(UNSUPPORTED, decided_by="language")
            parts.append((classifier, others, [[unread]] * len(others)))
    table = pa.concat_tables([COLUMNS.empty_table(), *(_table(first, *part) for part in parts)])
    return table.sort_by([("text_no", "ascending")]) if len(parts) > 1 else table


def _languages(
    language: Classifier, texts: Sequence[str], there: Sequence[int], hints: Sequence[str | None] | None
) -> list[list[Annotation]]:
    """One annotation per text that is there: the vendor's where there is one."""
    told = {i: hints[i] for i in there if hints[i]} if hints is not None else {}
    asked = [i for i in there if i not in told]
    found = dict(zip(asked, language.annotate([texts[i] for i in asked]), strict=True))
    by_vendor = {code: [Annotation(_code(code), decided_by="vendor")] for code in set(told.values())}
    return [found[i] if i in found else by_vendor[told[i]] for i in there]


def _code(hint: str | None) -> str:
    """'en-GB', 'EN' and 'en' are one language; X's marks for texts without words (qme, zxx …) are undetermined."""
    code = (hint or "").replace("_", "-").split("-")[0].lower()
    return code if len(code) == 2 else "und"


def _table(
    first: int, classifier: Classifier, numbers: Sequence[int], found: Sequence[Sequence[Annotation]]
) -> pa.Table:
    rows = [
        (first + i, annotation) for i, annotations in zip(numbers, found, strict=True) for annotation in annotations
    ]
    n, annotations = len(rows), [annotation for _, annotation in rows]
    columns = [
        [number for number, _ in rows],
        pa.repeat(classifier.name, n),
        pa.repeat(classifier.version, n),
        [a.label for a in annotations],
        [a.score for a in annotations],
        [a.probability for a in annotations],
        [a.span_start for a in annotations],
        [a.span_end for a in annotations],
        [a.evidence for a in annotations],
        [a.decided_by for a in annotations],
    ]
    arrays = [pa.array(c, f.type) if isinstance(c, list) else c for c, f in zip(columns, COLUMNS, strict=True)]
    return pa.table(arrays, schema=COLUMNS)


def _run(
    job: Job, chunks: Iterable[tuple[Any, ...]], total: int, workers: Workers, progress: Progress | None
) -> list[Any]:
    """The job's result per chunk, in order."""
    told = progress or (lambda _: None)
    sizes = [min(CHUNK, total - start) for start in range(0, total, CHUNK)]
    if not isinstance(workers, int):
        found: list[Any] = [None] * len(sizes)
        for number, result in workers.take_on(job)(list(chunks)) if sizes else []:
            found[number] = result
            told(sizes[number])
        return found
    if workers <= 1 or total <= CHUNK:
        results = []
        for size, chunk in zip(sizes, chunks, strict=True):
            results.append(job.work(job.known, *chunk))
            told(size)
        return results
    return _in_processes(job, chunks, sizes, min(workers, len(sizes)), told)


def _in_processes(
    job: Job, chunks: Iterable[tuple[Any, ...]], sizes: Sequence[int], workers: int, told: Progress
) -> list[Any]:
    """A few chunks ahead of the workers and no more, so that memory does not hold every text twice."""
    results: list[Any] = [None] * len(sizes)
    running: dict[Future[Any], int] = {}
    # A fresh interpreter per worker: the parent may hold threads and an open database, which must not be forked.
    # loky and not multiprocessing, whose workers run the caller's script again when it has no `__main__` guard.
    with ProcessPoolExecutor(workers, initializer=_start, initargs=(job,)) as pool:
        for number, chunk in enumerate(chunks):
            if len(running) >= 2 * workers:
                _collect(running, results, sizes, told)
            running[pool.submit(_work, chunk)] = number
        while running:
            _collect(running, results, sizes, told)
    return results


def _collect(running: dict[Future[Any], int], results: list[Any], sizes: Sequence[int], told: Progress) -> None:
    done, _ = wait(running, return_when=FIRST_COMPLETED)
    for future in done:
        number = running.pop(future)
        results[number] = future.result()
        told(sizes[number])


_job: Job | None = None  # of this worker process, set when it starts


def _start(job: Job) -> None:
    global _job
    _job = job
    # Millions of small objects and no cycles among them: looking for cycles took a fifth of the time.
    gc.disable()


def _work(chunk: tuple[Any, ...]) -> Any:
    assert _job is not None
    return _job.work(_job.known, *chunk)
