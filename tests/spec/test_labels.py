"""The file of labels: what is read, what is set aside with its line and reason, what is refused."""

from __future__ import annotations

import pytest

from vocpipe import labels
from vocpipe.contracts import UsageError
from vocpipe.labels import Labelled

TOPICS = ("delay", "refund")


def written(folder, content):
    path = folder / "labels.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_a_text_has_a_sentiment_topics_an_author_and_a_channel_or_some_of_them(tmp_path):
    path = written(tmp_path, "text,topic,sentiment,author,channel,note\n"
        '"late, again",delay; refund,Negative,a1,tweet,x\nthanks,,positive,,,\nhm,unknown,,a2,,\n')  # fmt: skip
    found = labels.read(path, TOPICS)
    assert found.rows == [
        Labelled("late, again", "negative", ("delay", "refund"), "a1", "tweet"),
        Labelled("thanks", "positive"),
        Labelled("hm", None, ("unknown",), "a2"),
    ]
    assert found.rejects == []


def test_a_text_may_say_that_its_writer_is_in_distress(tmp_path):
    found = labels.read(written(tmp_path, "text,distress\nno bed for us,Yes\nso so,no\nhm,perhaps\nfine,\n"), TOPICS)
    assert found.rows == [Labelled("no bed for us", distress=True), Labelled("so so", distress=False)]
    assert [(r.line_no, r.column, r.reason) for r in found.rejects] == [
        (4, "distress", "write yes, no or nothing"),
        (5, None, "there is no label"),
    ]


def test_a_spreadsheet_of_a_country_with_decimal_commas_is_read_too(tmp_path):
    found = labels.read(written(tmp_path, "\ufeffText;Sentiment\r\nzu spät, schon wieder;negative\r\n"), TOPICS)
    assert found.rows == [Labelled("zu spät, schon wieder", "negative")]


def test_a_row_at_fault_is_set_aside_with_line_column_and_what_to_write(tmp_path):
    path = written(tmp_path, "text,topic,sentiment\nMira was late,delays,\n,delay,\nMira,,\nok,,good\n"
        "so so,delay;unknown,\nfine,delay,neutral\n")  # fmt: skip
    found = labels.read(path, TOPICS)
    assert [row.text for row in found.rows] == ["fine"]
    assert [(r.line_no, r.column) for r in found.rejects] == [
        (2, "topic"), (3, "text"), (4, None), (5, "sentiment"), (6, "topic")
    ]  # fmt: skip
    assert "Mira" not in repr(found.rejects), "no customer's words in what is told"
    assert found.reasons()["write topics of the taxonomy with ; between them, or unknown (topic)"] == 2
    assert found.reasons()["write one of negative, neutral, positive, or nothing (sentiment)"] == 1


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "is empty|no table"),
        ("text,author\nx,y\n", "no column `sentiment`: add it, and no column `topic`"),
        ("texts,sentiment\nx,positive\n", "no column `text`; rename 'texts' to it"),
        ('{"text": "x"}', "is no table of labels"),
    ],
)
def test_a_file_that_holds_no_labels_is_refused(tmp_path, content, sentence):
    with pytest.raises(UsageError, match=sentence):
        labels.read(written(tmp_path, content), TOPICS)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(UsageError, match="is no table of labels"):
        labels.read(tmp_path / "labels.csv", TOPICS)
