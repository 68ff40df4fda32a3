"""Files are read the same here and by worker processes, in order, whatever their size; an error stays with its file."""

from __future__ import annotations

import pytest
from project import qualtrics, response, tweet, tweets, write

from vocpipe.contracts import Rows
from vocpipe.exports import Damaged, Export
from vocpipe.tabular import raw_rows
from vocpipe.warehouse import reading


@pytest.fixture
def files(tmp_path):
    folder = write(tmp_path, {
        "q.csv": qualtrics([response(n, 9) for n in range(20)]),
        "t.jsonl": tweets(tweet(1, "one")) + b"{broken\n" + tweets(tweet(2, "two")),
        "empty.jsonl": b'{"data": []}\n',
    })  # fmt: skip
    formats = {"q.csv": "qualtrics_csv", "t.jsonl": "x_api_json", "empty.jsonl": "x_api_json"}
    return [(name, Export(folder / file), (folder / file).stat().st_size) for file, name in formats.items()]


def plain(piece):
    """A piece as what can be compared."""
    if isinstance(piece, Rows):
        return [row.body for row in raw_rows([piece])]
    return piece if isinstance(piece, list) else piece.to_pylist()


def rows(found):
    return [[plain(piece) for piece in pieces] for pieces in found]


def test_worker_processes_and_threads_give_what_reading_here_gives(files, monkeypatch):
    here = rows(reading.ahead(files, workers=1))
    assert [sum(len(piece) for piece in pieces) for pieces in here] == [20, 3, 0]
    assert here[1][1][0].reason == "this is no complete JSON"
    monkeypatch.setattr(reading, "WORTH_THREAD", 0)
    assert rows(reading.ahead(files, workers=1)) == here
    monkeypatch.setattr(reading, "WORTH_WORKERS", 0)
    assert rows(reading.ahead(files, workers=2)) == here
    monkeypatch.setattr(reading, "LARGE", 300)  # some files here, some there
    assert rows(reading.ahead(files, workers=2)) == here


@pytest.mark.parametrize("workers", [1, 2])
def test_a_file_that_cannot_be_read_fails_alone(files, tmp_path, monkeypatch, workers):
    monkeypatch.setattr(reading, "WORTH_WORKERS", 0)
    folder = tmp_path / "no_file"
    folder.mkdir()
    good, bad, again = reading.ahead([files[0], ("x_api_json", Export(folder), 10), files[1]], workers)
    assert len(list(good)) == 1
    with pytest.raises(Damaged, match="cannot be opened"):
        list(bad)
    assert len(list(again)) == 2


def test_a_large_file_of_lines_is_read_in_spans_with_its_lines(tmp_path, monkeypatch):
    lines = [tweets(tweet(n, f"number {n}")) for n in range(40)]
    lines[7] = b"{broken\n"
    path = write(tmp_path, {"t.jsonl": b"".join(lines)}) / "t.jsonl"
    file = ("x_api_json", Export(path), path.stat().st_size)

    def found():
        pieces = [piece for pieces in reading.ahead([file], workers=2) for piece in pieces]
        good = [
            (row["line_no"], row["body"]) for piece in pieces if not isinstance(piece, list) for row in plain(piece)
        ]
        return good, [reject for piece in pieces if isinstance(piece, list) for reject in piece]

    whole = found()
    assert [line for line, _ in whole[0]] == [n for n in range(1, 41) if n != 8]
    assert [(reject.line_no, reject.reason) for reject in whole[1]] == [(8, "this is no complete JSON")]
    for name, size in (("WORTH_WORKERS", 0), ("LARGE", 0), ("SPAN", 900)):
        monkeypatch.setattr(reading, name, size)
    assert found() == whole


def test_batches_hold_no_more_than_they_may(files, monkeypatch):
    monkeypatch.setattr(reading, "BATCH", 1)
    name, export, _ = files[1]
    assert [len(piece) for piece in reading.pieces_of(name, export)] == [1, 1, 1]
