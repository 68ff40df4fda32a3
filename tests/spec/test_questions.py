"""What a survey question measures, by wording, scale and values."""

from __future__ import annotations

import pytest

from vocpipe.contracts import Recognition
from vocpipe.questions import describe, is_reversed, judged, nps_ends, number_of
from vocpipe.scales import ALL, scale_of_labels

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
        ("Quelle est la probabilité que vous nous recommandiez ? (0 à 10)", ["0", "7", "10"], "nps", (0, 10)),
        ("¿Qué probabilidad hay de que nos recomiende? (0-10)", ["0", "7", "10"], "nps", (0, 10)),
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


@pytest.mark.parametrize(
    ("wording", "values"),
    [
        ("How much effort did you have to put forth?", SEVEN),  # is high good?
        ("Wie zufrieden sind Sie? (Schulnoten)", FIVE),
        ("How satisfied are you? (1 to 6)", [*"123456"] * 4),
        ("How satisfied are you?", [*"123456"] * 4),
        ("How satisfied are you?", [*"1234"] * 4),
    ],
)
def test_what_is_on_no_known_scale_is_no_score(wording, values):
    assert judged("Q1", wording, values) is None


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


@pytest.mark.parametrize(
    "written",
    ["18-29", "30 - 44", "10-05-2018", "2 of the 3 things", "the 5 of us", "5.5 - good", "$50,000 - $99,999", ""],
)
def test_what_only_holds_digits_is_no_number(written):
    assert number_of(written) is None


@pytest.mark.parametrize(
    ("labels", "about", "count"),
    [
        ("Very dissatisfied,Dissatisfied,Neither satisfied nor dissatisfied,Satisfied,Very satisfied",
         "satisfaction", 5),
        ("Very dissatisfied,Somewhat dissatisfied,Neutral,Somewhat satisfied,Very satisfied", "satisfaction", 5),
        ("Extremely dissatisfied,Moderately dissatisfied,Slightly dissatisfied,Neither satisfied nor dissatisfied,"
         "Slightly satisfied,Moderately satisfied,Extremely satisfied", "satisfaction", 7),
        ("Not at all satisfied,Not so satisfied,Somewhat satisfied,Very satisfied,Extremely satisfied",
         "satisfaction", 5),
        ("Sehr unzufrieden,Unzufrieden,Weder noch,Zufrieden,Sehr zufrieden", "satisfaction", 5),
        ("Äußerst unzufrieden,Etwas unzufrieden,Weder zufrieden noch unzufrieden,Etwas zufrieden,Äußerst zufrieden",
         "satisfaction", 5),
        ("Strongly disagree,Disagree,Neither agree nor disagree,Agree,Strongly agree", "agreement", 5),
        ("Strongly disagree,Disagree,Somewhat disagree,Neutral,Somewhat agree,Agree,Strongly agree", "agreement", 7),
        ("Stimme überhaupt nicht zu,Stimme eher nicht zu,Teils/teils,Stimme eher zu,Stimme voll und ganz zu",
         "agreement", 5),
        ("Very difficult,Difficult,Neither easy nor difficult,Easy,Very easy", "ease", 5),
        ("Sehr schwierig,Schwierig,Eher schwierig,Neutral,Eher einfach,Einfach,Sehr einfach", "ease", 7),
        ("Very low effort,Low effort,Neutral,High effort,Very high effort", "effort", 5),
        ("Very unlikely,Unlikely,Neutral,Likely,Very likely", "likelihood", 5),
    ],
)  # fmt: skip
def test_scales_in_words_are_known_in_their_order(labels, about, count):
    written = labels.split(",")
    found = scale_of_labels([*reversed(written), *written])
    assert found is not None
    assert (found.about, list(found.labels)) == (about, written)
    assert len(written) == count


@pytest.mark.parametrize(
    "labels",
    [
        "Very dissatisfied,Dissatisfied,Satisfied,Very satisfied",  # four steps are not five
        "Dissatisfied,Somewhat satisfied,Satisfied,Very satisfied",
        "Satisfied,Very satisfied",  # of five or of seven?
        "Very satisfied,Satisfied,Neutral,Great",
        "Very favorably,Somewhat favorably,Neutral",
        "Yes,No,Maybe",
        "Neutral,Neither satisfied nor dissatisfied,Satisfied,Very satisfied",
    ],
)
def test_words_that_are_no_one_scale_are_not_guessed(labels):
    assert scale_of_labels(labels.split(",") * 5) is None


def test_a_label_that_nobody_chose_keeps_its_place():
    found = scale_of_labels(["very satisfied", "Satisfied", "neutral"])
    assert found is not None
    assert found.labels == ("Very dissatisfied", "Dissatisfied", "neutral", "Satisfied", "very satisfied")


def test_every_known_scale_has_five_or_seven_labels_and_no_label_twice():
    assert {len(labels) for _, labels in ALL} == {5, 7}
    assert all(len(set(labels)) == len(labels) for _, labels in ALL)


LIKELY = "How likely are you to recommend us?"


@pytest.mark.parametrize(
    ("answers", "labels"),
    [
        ("Not at all likely,1,5,9,Extremely likely", ["Not at all likely", *"123456789", "Extremely likely"]),
        ("0,1,5,9,Extremely likely", [*"0123456789", "Extremely likely"]),
        ("Not at all likely,2,5,9,Extremely likely", []),  # may be a scale from 1
        ("Not at all likely,1,2,4,Extremely likely", []),  # may be a scale to 5
        ("Not at all likely,Somewhat likely,1,9,Extremely likely", []),
        ("0,5,10", []),
    ],
)
def test_an_nps_question_may_write_its_ends_in_words(answers, labels):
    assert nps_ends(LIKELY, answers.split(",") * 3, is_nps=False) == labels


def test_words_at_the_ends_count_at_once_where_the_vendor_marks_nps():
    assert nps_ends("Q1", ["7", "8", "Extremely likely"], is_nps=True)[10] == "Extremely likely"


@pytest.mark.parametrize(
    ("wording", "values"),
    [
        ("How satisfied are you? (1 = very satisfied, 5 = very dissatisfied)", FIVE),
        ("Wie zufrieden sind Sie? 1 = sehr zufrieden, 5 = sehr unzufrieden", FIVE),
        ("How satisfied are you?", ["1 - Very satisfied", "2", "3", "4", "5 - Very dissatisfied"] * 4),
    ],
)
def test_a_scale_that_runs_from_good_to_bad_is_no_score(wording, values):
    assert is_reversed(wording, values)
    found = Recognition("x", "x")
    assert describe(found, "Q1", wording, values) is None
    assert "from good to bad" in found.notes[0]


def test_a_doubt_is_told_and_nothing_is_guessed():
    found = Recognition("x", "x")
    assert describe(found, "a", LIKELY, ONE_TO_TEN) is None
    assert describe(found, "b", LIKELY, ["Very likely", "Likely", "Never"] * 5) is None
    assert describe(found, "c", "Group", ["Promoter", "Passive", "Detractor"] * 5) is None
    assert describe(found, "e", "How satisfied are you? (1 to 6)", ["1", "6"] * 5) is None
    assert [note[:2] for note in found.notes] == ["a:", "b:", "c:", "e:"]
    assert describe(found, "d", "How satisfied are you?", FIVE).metric == "csat"
    assert found.notes[-1] == "d: guessed that 5 is the best answer"


def test_answers_put_together_from_choices_and_personal_data_are_no_verbatims():
    choices = ["On time", "Clean and tidy seats", "Friendly and helpful crew", "Good food on board"]
    joined = [", ".join(c for k, c in enumerate(choices) if n >> k & 1) for n in range(1, 16)] * 3
    assert judged("q", "What did you like?", joined) is None
    assert judged("q", "What is your full name?", [f"Ada Lovelace Okafor {chr(97 + n)}" for n in range(20)]) is None
    assert judged("q", "Please name one thing that we should address", [f"Seats are too narrow {n}" for n in range(20)])
    assert judged("q", "Since when?", [f"{n + 1}/5/2018 4:01:10 AM" for n in range(20)]) is None


def test_two_words_are_enough_where_the_vendor_marks_an_open_question():
    short = ["Hello World!", "Nice crew", "Too late", "Very cold"]
    assert judged("q", "Why?", short) is None
    assert judged("q", "Why?", short, is_text=True) is not None
    assert judged("q", "Why?", ["座席がとても狭かったです", "食事が冷たかったです"]) is not None
