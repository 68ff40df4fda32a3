"""Thousands of damaged files: nothing raises, no row goes missing, and no value appears that the sound file lacks.

A default run damages some 600 files; `pytest -m long tests/properties/test_mutations.py` does 6,000 (a few minutes).
"""

from __future__ import annotations

import gzip
import json
import re
import traceback
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from random import Random
from typing import NamedTuple

import pyarrow as pa
import pytest
from mutations import JSON, TABLE, TEXT, Mutator, double_line, line_ends, places_of, repeat_header
from outcomes import unaccounted
from packed import parquet, workbook, zipped, zst

from vocpipe import intake, pipeline
from vocpipe.contracts import RawRow, Recognition, Reject, Rows, UsageError
from vocpipe.discovery import Findings, Proposal, settle_questions
from vocpipe.exports import Export, exports_of
from vocpipe.proposing import as_toml
from vocpipe.sources import formats, recognise
from vocpipe.tabular import raw_rows, records_of
from vocpipe.warehouse import opened, planning, rows

FORMATS = formats()
AS_OF = datetime(2027, 7, 1)
REAL = ("qualtrics_csv", "surveymonkey_csv", "twitter_v2_json", "airline_tweets_mangled", "zendesk_api_json", "cfpb")
# Some files of each source in one load.
BATCH = 8
SAID = ("Très bien, rien à redire", "Die Tür war zu und niemand öffnete", "It’s “fine”", "", "Der Preis: 5 € zu viel",
        'He said ""no"" twice,\nthen left', "Smørrebrød på flyet", "quick and clear")  # fmt: skip


class Seed(NamedTuple):
    """A sound file, its format, and how many times as many damaged files as of others are made of it."""

    format: str
    file: str
    data: bytes
    weight: int = 1


class Damaged(NamedTuple):
    """A file that was damaged: the seed it was, how it was damaged, and where it lies."""

    number: int
    mutator: Mutator
    path: Path


def survey(encoding: str) -> bytes:
    """A survey with letters beyond ASCII, and quotes."""
    head = "response_id,submitted_at,How likely are you to recommend us? (0-10),What is the reason for your score?"
    lines = [f'r{n},2026-01-{1 + n % 28:02d} 10:00:00,{n % 11},"{SAID[n % len(SAID)]}"' for n in range(60)]
    return "\n".join([head, *lines, ""]).encode(encoding)


OWN = (
    Seed("feedback_csv", "survey_utf8.csv", survey("utf-8"), 5),
    Seed("feedback_csv", "survey_cp1252.csv", survey("cp1252").replace(b"\n", b"\r\n"), 5),
    Seed("feedback_csv", "survey_utf16.csv", survey("utf-16"), 3),
)
EXAMPLES = [Seed(name, file, data) for name, found in FORMATS.items() for file, data in found.EXAMPLE.items()]


def real(shared: Path, folder: Path) -> list[Seed]:
    """The first 60 kB of real files that are of a known format."""
    found = []
    for path in sorted(path for name in REAL for path in (shared / "data" / name).iterdir() if path.suffix != ".md"):
        head = folder / path.name
        head.write_bytes(path.read_bytes()[:60_000])
        if known := recognise(Export(head)):
            found.append(Seed(known.format, path.name, head.read_bytes()))
    return found


# --------------------------------------------------------------------------- what a file holds


def essence(name: str, body: str) -> str:
    """A record as what can be compared: a row's cells whatever its header, an object without what is put beside it."""
    found = json.loads(body)
    if name == "x_api_json":
        # The author stands in another place of the page.
        found = next((found[kind] for kind in ("tweet", "user") if kind in found), found)
    if name.endswith("_csv"):
        found.pop("Lineitem position", None)  # counted while reading
        cells = [re.sub(r"[\r\n]+", "\n", str(cell)) for key, cell in found.items() if not key.startswith("_")]
        while cells and not cells[-1].strip():
            cells.pop()
        return json.dumps(cells)
    return json.dumps({key: cell for key, cell in found.items() if not key.startswith("_")}, sort_keys=True)


def essences(seed: Seed, export: Export) -> set[str]:
    """The records of a sound file; of a page of tweets its authors too, who are rows where the page is broken."""
    found = {essence(seed.format, row.body) for row in raw_rows(FORMATS[seed.format].read(export))}
    if seed.format == "x_api_json":
        holder = [json.loads(line) for line in seed.data.splitlines() if line.endswith(b"}")]
        objects = (held[key] for held, key in places_of(holder))
        found |= {json.dumps(x, sort_keys=True) for x in objects if isinstance(x, dict) and "username" in x}
    return found


def counted(pieces: Iterable[RawRow | Rows | Reject]) -> int:
    """How many records some pieces are, and pieces that are none."""
    return sum(len(piece.line_no) if isinstance(piece, Rows) else 1 for piece in pieces)


def lines_in(data: bytes) -> int | None:
    """How many rows a table's bytes are, header rows included; None where quotes or NULs leave it open."""
    return None if b'"' in data or b"\0" in data else sum(map(bool, re.split(rb"[\r\n]", data)))


# --------------------------------------------------------------------------- a project of damaged files


class Corpus:
    """A project with one source for each seed, into which damaged files are loaded batch by batch."""

    def __init__(self, folder: Path, seeds: Sequence[Seed]) -> None:
        self.folder, self.seeds = folder, seeds
        self.sound: list[set[str]] = []
        self.counts: list[int | None] = []  # records of a sound file; None where other line ends may change it
        self.headers: list[int | None] = []  # lines of a sound file that are no records
        self.known: list[Recognition] = []
        self.refused = self.loaded = 0
        proposals = []
        for number, seed in enumerate(seeds):
            path = folder / "sound" / str(number) / seed.file
            path.parent.mkdir(parents=True)
            path.write_bytes(seed.data)
            proposals.append(self.proposed(number, seed, Export(path)))
            self.known.append(proposals[-1].recognition)
            self.sound.append(essences(seed, Export(path)))
            pieces = list(FORMATS[seed.format].read(Export(path)))
            lines, count = lines_in(seed.data), counted(pieces)
            is_plain = b"\0" not in seed.data and not any(isinstance(piece, Reject) for piece in pieces)
            self.counts.append(count if is_plain else None)
            self.headers.append(None if lines is None else lines - count)
        (folder / "vocpipe.toml").write_text(as_toml(folder, Findings(proposals, [], taxonomy="airline")), "utf-8")

    @staticmethod
    def proposed(number: int, seed: Seed, export: Export) -> Proposal:
        """What `init` would write of a file, as a source of its own."""
        found = FORMATS[seed.format].recognise(export)
        assert found, f"{seed.file} is not recognised as {seed.format}"
        proposal = Proposal(f"s{number}", seed.format, [export], [f"in/{number}/*"], found, found.notes)
        settle_questions(proposal, {})
        return proposal

    def damage(self, batch: int) -> list[Damaged]:
        """Some damaged files of each seed in the place of the last ones."""
        for path in self.folder.glob("in/*/*"):
            path.unlink()
        found = []
        for number, seed in enumerate(self.seeds):
            for place in range(batch * BATCH * seed.weight, (batch + 1) * BATCH * seed.weight):
                mutator, data = mutated(seed, number + place)
                path = self.folder / "in" / str(number) / f"{place:05d}_{seed.file}"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
                found.append(Damaged(number, mutator, path))
        return found

    def load(self, damaged: Sequence[Damaged]) -> None:
        """Load the files as a run does and hold what became of them against the sound ones."""
        run = pipeline.begin(self.folder, as_of=AS_OF)
        with pipeline.locked(self.folder), opened(self.folder) as con:
            held = intake.held(con, run)
            sources = [intake.batch_of(run, source, held[source.name]) for source in run.settings.sources]
            kept = [one for one in damaged if self.is_fit(sources[one.number], one)]
            counts = intake.land_and_stage(con, run, pipeline.silent)
            assert counts["stopped"] == []
            assert unaccounted(con) == []
            self.every_file_is_told(con, run.run_id, kept)
            self.nothing_is_invented(con, run.run_id, kept)
        self.loaded += len(kept)

    def is_fit(self, batch: planning.Batch, one: Damaged) -> bool:
        """Whether a file has the columns it needs: one that has not stops its source, which is as it should be."""
        sound = planning.Load(batch, Export(self.folder / "sound"), "", 1, 0, self.known[one.number])
        load = planning.looked_at(batch, Export(one.path), "", one.path.stat())
        try:
            planning.require_columns(batch.source, [sound, load])
        except UsageError:
            one.path.unlink()
            self.refused += 1
            return False
        return True

    def every_file_is_told(self, con, run_id, kept) -> None:
        """Every file is in the log with all its lines, or one with the same bytes is."""
        query = "select file, [rows_in, (problem is null)::int] from raw.loads where run_id = $1"
        told = dict(rows(con, query, [run_id]))
        hashes = {found for (found,) in rows(con, "select sha256 from raw.loads")}
        for one in kept:
            seed, data = self.seeds[one.number], one.path.read_bytes()
            name = one.path.relative_to(self.folder).as_posix()
            if name not in told:
                assert planning.hashlib.sha256(data).hexdigest() in hashes, self.named(one)
                continue
            count, is_read = told[name]
            lines, head = lines_in(data), self.headers[one.number]
            if is_read and lines is not None and head is not None and seed.format.endswith("_csv"):
                # A header row that comes twice in its place is a header row still.
                more = one.mutator.change in (double_line, repeat_header)
                assert 0 <= lines - count <= head + more, self.named(one)
            if one.mutator.change is line_ends and seed.format.endswith("_csv"):
                assert count == (self.counts[one.number] or count), self.named(one)

    def nothing_is_invented(self, con, run_id, kept) -> None:
        """Rows that can be used are rows of the sound file, but for as many as the damage can reach.

        The files of a source tell of the same things, so that most rows are older versions of others: these count too.
        """
        found = rows(
            con,
            "select v.file, r.body from staging.record_versions as v join raw.records as r on v.row_id = r.row_id "
            "join raw.loads as l on v.load_id = l.load_id where v.set_aside is null and l.run_id = $1",
            [run_id],
        )
        bodies = defaultdict(list)
        for file, body in found:
            bodies[file].append(body)
        for one in kept:
            name = self.seeds[one.number].format
            held = bodies[one.path.relative_to(self.folder).as_posix()]
            strange = sum(essence(name, body) not in self.sound[one.number] for body in held)
            # A byte that is lost in UTF-16 shifts all that follows in its line.
            reach = max(3, one.mutator.reach) if b"\0" in self.seeds[one.number].data else one.mutator.reach
            assert strange <= reach, self.named(one)

    def named(self, one: Damaged) -> str:
        """The case without any of its content."""
        return f"{self.seeds[one.number].format} {one.mutator.change.__name__} {one.path.name}"


def mutated(seed: Seed, place: int) -> tuple[Mutator, bytes]:
    """The seed's file damaged in one of the ways, always the same for the same place."""
    mutators = TABLE if seed.format.endswith("_csv") else JSON
    mutator = mutators[place % len(mutators)]
    return mutator, mutator.change(Random(f"{seed.file}/{place}"), seed.data)


def check(folder: Path, seeds: Sequence[Seed], batches: int) -> None:
    corpus = Corpus(folder, seeds)
    for batch in range(batches):
        corpus.load(corpus.damage(batch))
    assert corpus.loaded > 0.5 * len(seeds) * batches * BATCH


@pytest.mark.parametrize("batches", [1, pytest.param(12, marks=pytest.mark.long)])
def test_damaged_examples_are_loaded_or_told_and_nothing_is_invented(tmp_path, batches):
    check(tmp_path, [*EXAMPLES, *OWN], batches)


@pytest.mark.parametrize("batches", [1, pytest.param(8, marks=pytest.mark.long)])
def test_damaged_real_files_are_loaded_or_told_and_nothing_is_invented(tmp_path, shared, batches):
    check(tmp_path, real(shared, tmp_path), batches)


def look_at_all(folder: Path, seeds: Sequence[Seed], count: int) -> None:
    """Show damaged files to every format, and let those that know them read them; none may raise but for the file."""
    for number, seed in enumerate(seeds):
        for place in range(1000 + 7 * number, 1000 + 7 * number + count):
            mutator, data = mutated(seed, place)
            export = Export(folder / seed.file)
            export.path.write_bytes(data)
            for name, found in FORMATS.items():
                with told(f"{name} raises on {seed.file} number {place} ({mutator.change.__name__})"):
                    pieces = list(found.read(export)) if found.recognise(export) else []
                    assert all(piece.reason for piece in pieces if isinstance(piece, Reject))


@contextmanager
def told(case: str) -> Iterator[None]:
    """Says which case failed, and nothing of the file's content."""
    try:
        yield
    except OSError:
        pass  # a file that cannot be read is set aside as a whole
    except (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError, RecursionError) as bad:
        place = traceback.extract_tb(bad.__traceback__)[-1]
        raise AssertionError(f"{case}: {type(bad).__name__} in {Path(place.filename).name}:{place.lineno}") from None


@pytest.mark.parametrize("count", [4, pytest.param(40, marks=pytest.mark.long)])
def test_no_format_raises_on_damaged_examples(tmp_path, count):
    look_at_all(tmp_path, [*EXAMPLES, *OWN], count)


@pytest.mark.parametrize("count", [2, pytest.param(40, marks=pytest.mark.long)])
def test_no_format_raises_on_damaged_real_files(tmp_path, shared, count):
    look_at_all(tmp_path, real(shared, tmp_path), count)


# --------------------------------------------------------------------------- packed files, workbooks, Parquet


def containers() -> dict[str, bytes]:
    """Sound files of the kinds that are no text."""
    data = survey("utf-8")
    lines = [[f"{column} {row}" for column in range(4)] for row in range(30)]
    table = pa.table({f"c{n}": [line[n] for line in lines] for n in range(4)})
    return {
        "a.csv.gz": gzip.compress(data), "a.csv.zst": zst(data), "a.zip": zipped(**{"a.csv": data, "b.csv": data}),
        "a.xlsx": workbook(One=lines, Two=lines), "a.parquet": parquet(table),
    }  # fmt: skip


@pytest.mark.parametrize("count", [60, pytest.param(3000, marks=pytest.mark.long)])
def test_nothing_raises_on_damaged_archives_workbooks_and_parquet(tmp_path, count):
    for name, data in containers().items():
        for place in range(count):
            mutator = TEXT[place % len(TEXT)]
            (tmp_path / name).write_bytes(mutator.change(Random(f"{name}/{place}"), data))
            with told(f"{name} number {place} ({mutator.change.__name__})"):
                for export in exports_of(tmp_path / name):
                    with suppress(OSError):
                        recognise(export)
                    export.seen.clear()
                    list(records_of(export, "row"))
