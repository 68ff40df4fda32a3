"""What a survey question measures, by wording, scale and values."""

from __future__ import annotations

import pytest

from vocpipe.questions import judged, number_of

TEN = [str(n) for n in range(11)] * 3
ONE_TO_TEN = [str(n) for n in range(1, 11)] * 3
FIVE = ["1", "2", "3", "4", "5"] * 4
SEVEN = [str(n) for n in range(1, 8)] * 4


@pytest.mark.parametrize(
    ("wording", "values", "metric", "scale"),
    [
        ("How likely are you to recommend us to a friend?", TEN, "nps", (0, 10)),
        ("Wie wahrscheinlich ist es, dass Sie uns weiterempfehlen?", TEN, "nps", (0, 10)),
        ("On a scale from 0-10, how likely are you to recommend us?", [*TEN, "11"], "nps", (0, 10)),
        ("Overall, how satisfied are you? (1 = not at all, 5 = very)", FIVE, "csat", (1, 5)),
        ("Wie zufrieden sind Sie mit Ihrer Reise?", FIVE, "csat", (1, 5)),
        ("The company made it easy for me to handle my issue.", SEVEN, "ces", (1, 7)),
        ("How much effort did you personally have to put forth?", FIVE, "ces_v1", (1, 5)),
        ("<b>How satisfied</b> are you?\n(1 to 7)", ["1", "7", "6"], "csat", (1, 7)),
    ],
)
def test_scores_are_told_by_wording_and_scale(wording, values, metric, scale):
    found = judged("Q1", wording, values)
    assert found is not None
    assert (found.metric, (found.scale_low, found.scale_high)) == (metric, scale)


def test_a_one_to_ten_question_is_not_nps():
    found = judged("Q1", "How likely are you to recommend us to a friend?", ONE_TO_TEN)
    assert found is None


def test_the_vendors_mark_makes_it_nps_whatever_the_wording():
    found = judged("Q1", "Frage 1", ["9", "10"], is_nps=True)
    assert found is not None
    assert found.metric == "nps"


def test_open_answers_are_verbatims_and_choices_are_not():
    texts = [f"The crew on row {n} was kind to us" for n in range(40)]
    found = judged("Q4", "Why?", texts)
    assert found is not None
    assert found.metric is None
    assert judged("cabin", "cabin", ["Economy Class", "Business Class"] * 20) is None
    assert judged("age", "How old are you?", ["33", "61", "45"] * 10) is None


@pytest.mark.parametrize(
    ("written", "number"),
    [("7", 7), ("7.0", 7), ("7,0", 7), ("5 - Very satisfied", 5), ("8.5", None), ("often", None), ("123", None)],
)
def test_numbers_are_read_as_people_write_them(written, number):
    assert number_of(written) == number
