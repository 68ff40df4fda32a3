"""Files are read the same here and by worker processes, in order, whatever their size; an error stays with its file."""

from __future__ import annotations

import pytest
from project import qualtrics, response, tweet, tweets, write

from vocpipe.warehouse import reading


@pytest.fixture
def files(tmp_path):
    folder = write(tmp_path, {
        "q.csv": qualtrics([response(n, 9) for n in range(20)]),
        "t.jsonl": tweets(tweet(1, "one")) + b"{broken\n" + tweets(tweet(2, "two")),
        "empty.jsonl": b'{"data": []}\n',
    })  # fmt: skip
    return [
        ("qualtrics_csv", folder / "q.csv"),
        ("x_api_json", folder / "t.jsonl"),
        ("x_api_json", folder / "empty.jsonl"),
    ]


def rows(found):
    return [[(table.to_pylist(), rejects) for table, rejects in pieces] for pieces in found]


def test_worker_processes_give_what_reading_here_gives(files, monkeypatch):
    here = rows(reading.ahead(files, workers=1))
    assert [sum(len(table) for table, _ in pieces) for pieces in here] == [20, 2, 0]
    assert here[1][0][1][0].reason == "this is no complete JSON"
    monkeypatch.setattr(reading, "WORTH_WORKERS", 0)
    assert rows(reading.ahead(files, workers=2)) == here
    monkeypatch.setattr(reading, "LARGE", 300)  # some files here, some there
    assert rows(reading.ahead(files, workers=2)) == here


@pytest.mark.parametrize("workers", [1, 2])
def test_a_file_that_cannot_be_read_fails_alone(files, tmp_path, monkeypatch, workers):
    monkeypatch.setattr(reading, "WORTH_WORKERS", 0)
    folder = tmp_path / "no_file"
    folder.mkdir()
    good, bad, again = reading.ahead([files[0], ("x_api_json", folder), files[1]], workers)
    assert len(list(good)) == 1
    with pytest.raises(OSError, match="no_file"):
        list(bad)
    assert len(list(again)) == 1


def test_batches_hold_no_more_than_they_may(files, monkeypatch):
    monkeypatch.setattr(reading, "BATCH", 7)
    assert [table.num_rows for table, _ in reading.pieces_of(*files[0])] == [7, 7, 6]
