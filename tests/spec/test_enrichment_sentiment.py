"""Sentiment: the same scores as NLTK, sooner; probabilities; and that the map can be fitted again."""

import csv
import json
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.sentiment.vader import SentimentIntensityAnalyzer, VaderConstants

from vocpipe.contracts import UsageError
from vocpipe.enrichment import fit_sentiment
from vocpipe.enrichment.vader import Vader
from vocpipe.enrichment.vader_sentiment import VaderSentiment
from vocpipe.enrichment.vader_words import read_lexicon, read_rules

KEYS = ("compound", "neg", "neu", "pos")


@pytest.fixture(scope="module")
def nltk():
    """NLTK's own class, without its download: the lexicon is handed to it."""
    analyser = SentimentIntensityAnalyzer.__new__(SentimentIntensityAnalyzer)
    analyser.lexicon, analyser.constants = read_lexicon(), VaderConstants()
    return analyser


@pytest.fixture(scope="module")
def vader():
    return Vader()


@pytest.fixture(scope="module")
def classifier():
    return VaderSentiment()


def differences(nltk, vader, texts):
    scores = vader.scores(texts)
    ours = [{key: float(getattr(scores, key)[i]) for key in KEYS} for i in range(len(texts))]
    theirs = [nltk.polarity_scores(text) for text in texts]
    return [(text, a, b) for text, a, b in zip(texts, theirs, ours, strict=True) if a != b]


def test_the_rules_are_those_of_the_installed_nltk():
    rules, constants = read_rules(), VaderConstants
    assert set(rules["negations"]) == constants.NEGATE
    assert set(rules["boosters"]) == {word for word, v in constants.BOOSTER_DICT.items() if v == constants.B_INCR}
    assert set(rules["dampeners"]) == {word for word, v in constants.BOOSTER_DICT.items() if v == constants.B_DECR}
    assert rules["idioms"] == constants.SPECIAL_CASE_IDIOMS
    assert rules["punctuation"] == constants.PUNC_LIST


@pytest.mark.parametrize(
    "text",
    [
        "",
        "!",
        "a b c",
        "not good",
        "never so good, never this bad",
        "good good good but bad",
        "BAD service, GOOD crew",
        "ALL CAPS GOOD",
        "the least good, at least good, very least good",
        "kind of good, sort of bad, just enough fun",
        "she was kind of kind",
        "the food is the bomb and the crew the shit",
        "yeah right, hand to mouth",
        "good! bad?! great?!? awful!!! fine.... 'nice' \"nice\" nice's",
        ":) :( :D <3 ;-) 😀 💔",
        "can't won't isn't good n't",
        "good ???",
        "good ????? bad !!!!!!!",
        "love hate love hate",
        "0.1 sum good bad good bad!!!!",
        "\u00a0good\u2003bad\n\tgreat",
    ],
)
def test_scores_are_nltks_on_every_rule(nltk, vader, text):
    assert differences(nltk, vader, [text]) == []


def generated(n, seed):
    r = random.Random(seed)
    rules, lexicon = read_rules(), sorted(read_lexicon())
    words = rules["negations"] + rules["boosters"] + rules["dampeners"] * 3 + list(rules["idioms"]) * 9
    words += "but BUT at least very never so this kind of sort just enough the a flight was x".split() * 12
    words += r.sample(lexicon, 600) + ["!!!", "?", "😀", "n't", "...", "a.b", "ok.."] * 3

    def written(word):
        change = r.random()
        if change < 0.15:
            return word.upper()
        if change < 0.2:
            return word.title()
        mark = r.choice([*rules["punctuation"], "#", "!!!!", "(", ")"])
        return word + mark if change < 0.35 else mark + word if change < 0.4 else word

    endings = ["", "", "!", "??", "!!!!!", "????"]
    return [" ".join(written(r.choice(words)) for _ in range(r.randint(0, 16))) + r.choice(endings) for _ in range(n)]


def test_scores_are_nltks_on_generated_texts(nltk, vader):
    assert differences(nltk, vader, generated(12_000, 7)) == []


FRAGMENTS = st.sampled_from(
    "good bad GREAT awful. love, hate! not never isn't so but least at very kind of the bomb shit 😀 :) ?? !".split()
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(FRAGMENTS | st.text(max_size=5), max_size=10).map(" ".join), max_size=5))
def test_scores_are_nltks_on_any_text(nltk, vader, texts):
    assert differences(nltk, vader, texts) == []


def test_emptying_the_memory_changes_nothing(monkeypatch):
    texts = generated(300, 3)
    expected = Vader().scores(texts)
    monkeypatch.setattr("vocpipe.enrichment.vader.MAX_WORDS", 10)
    small = Vader()
    for i in range(0, 300, 50):
        np.testing.assert_array_equal(small.scores(texts[i : i + 50]).compound, expected.compound[i : i + 50])


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ("good", "not good"),
        ("very good", "good"),
        ("GOOD flight today", "good flight today"),
        ("good!!!", "good"),
        ("bad but good", "good but bad"),
        ("the flight :)", "the flight :("),
        ("not bad", "bad"),
    ],
)
def test_scores_move_the_way_a_reader_expects(vader, better, worse):
    first, second = vader.scores([better, worse]).compound
    assert first > second


def test_score_is_positive_less_negative_probability(classifier):
    texts = ["Great crew, thanks!", "Awful food and a rude agent", "Gate 12 at noon"]
    p = classifier.predict_proba(texts)
    for row, [annotation] in zip(p, classifier.annotate(texts), strict=True):
        assert annotation.score == pytest.approx(row[2] - row[0], abs=1e-6)
        assert annotation.probability == pytest.approx(row.max(), abs=1e-6)


def test_explain_names_the_words_that_drove_it(classifier):
    first, *words = classifier.explain("The crew was  lovely, but the food was not good")
    assert first.span_start is None
    assert [(word.evidence, word.label) for word in words] == [("good", "negative"), ("lovely,", "positive")]
    assert words[0].score < 0 < words[1].score


def test_version_is_of_the_file(classifier, monkeypatch):
    monkeypatch.setattr("vocpipe.enrichment.vader_sentiment.json.loads", _shifted(json.loads))
    assert VaderSentiment().version.startswith("vader-1-")
    assert classifier.version == VaderSentiment().version  # the version is of the file, not of what was parsed


def _shifted(loads):
    def read(text):
        content = loads(text)
        if "intercepts" in content:
            content["intercepts"] = [0.0, 9.0, 0.0]
        return content

    return read


def _labelled(path, n=900):
    r = random.Random(2)
    good, bad = ["lovely", "great", "kind", "happy"], ["awful", "bad", "rude", "lost"]
    with path.open("w", encoding="utf-8", newline="") as lines:
        rows = csv.writer(lines)
        rows.writerow(["said", "label", "who"])
        for i in range(n):
            label = r.choice(["negative", "neutral", "positive"])
            words = {"negative": bad, "positive": good, "neutral": ["blue"]}[label] + ["seat", "gate", "bag"]
            rows.writerow([" ".join(r.choice(words) for _ in range(6)), label, f"author{i % 200}"])
    return f"{path}:said:label:who"


def test_the_map_can_be_fitted_again(tmp_path, capsys):
    out = tmp_path / "model.json"
    fit_sentiment.main(["--set", _labelled(tmp_path / "invented.csv"), "--out", str(out)])
    model = json.loads(out.read_text(encoding="utf-8"))
    assert np.array(model["coefficients"]).shape == (3, len(model["features"])) == (3, 8)
    name, figures = capsys.readouterr().out.split(" ", 1)
    assert name == "invented"
    told = json.loads(figures)
    assert told["macro_recall"] >= told["macro_recall_vader"] > 0.5
    assert told["calibration_error"] < 0.2


def test_authors_are_never_on_both_sides(tmp_path):
    labelled = fit_sentiment.read_set(_labelled(tmp_path / "invented.csv"))
    assert 0.1 < labelled.held_out.mean() < 0.5
    sides = {}
    for i, held in enumerate(labelled.held_out):
        sides.setdefault(i % 200, set()).add(bool(held))
    assert all(len(side) == 1 for side in sides.values())


def test_a_set_is_named_in_full():
    with pytest.raises(UsageError, match="too many parts"):
        fit_sentiment.read_set("a.csv:b:c:d:1:2")
