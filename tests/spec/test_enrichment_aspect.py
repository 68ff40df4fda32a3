"""Aspects: which clause speaks of what, and how the topics of one text get sentiments of their own."""

import numpy as np
import pytest

from vocpipe.contracts import Annotation
from vocpipe.enrichment import aspect
from vocpipe.enrichment.clauses import clause
from vocpipe.enrichment.taxonomy import Taxonomy, Topic
from vocpipe.enrichment.topic import TopicClassifier
from vocpipe.enrichment.vader_sentiment import VaderSentiment

TAXONOMY = Taxonomy(
    "invented",
    (
        Topic("crew", "Crew", "Who serves.", "use", "interaction", keywords={"crew": 1.0, "staff": 1.0}),
        Topic("food", "Food", "What is eaten.", "use", "product", keywords={"food": 1.0, "meal*": 1.0}),
        Topic("price", "Price", "What it costs.", "buy", "transaction", keywords={"price*": 1.0}),
    ),
)


class Fixed:
    """An engine that knows three words, so that a test can say what comes out."""

    name, version, labels = "sentiment", "fixed-1", ("negative", "neutral", "positive")
    stand_in = None

    def __init__(self):
        self.asked = []

    def predict_proba(self, texts):
        self.asked += texts
        known = {"good": (0.0, 0.0, 1.0), "bad": (1.0, 0.0, 0.0)}
        rows = []
        for text in texts:
            said = [known[word] for word in text.lower().replace(",", " ").split() if word in known]
            rows.append(np.mean(said, axis=0) if said else (0.0, 1.0, 0.0))
        return np.array(rows).reshape(-1, 3)


@pytest.mark.parametrize(
    ("text", "word", "others", "wanted"),
    [
        ("Good crew but the food was bad", "crew", ["food"], "Good crew"),
        ("Good crew but the food was bad", "food", ["crew"], "but the food was bad"),
        ("The crew was good. The food was bad.", "food", ["crew"], "The food was bad."),
        ("The crew was good, the food was bad", "crew", ["food"], "The crew was good"),
        ("The crew was good, the food was bad", "food", ["crew"], "the food was bad"),
        ("The crew was good and the food was bad", "food", ["crew"], "and the food was bad"),
        ("Kind, patient and good crew", "crew", [], "Kind, patient and good crew"),
        ("Although the food was bad, the crew was good", "crew", ["food"], "the crew was good"),
        ("food (bad) and crew", "food", ["crew"], "food"),
        ("crew; food", "food", ["crew"], "food"),
        ("crew and food and price", "food", ["crew", "price"], "and food"),
        ("The food", "food", ["food"], "The food"),
        ("great crew - bad food", "food", ["crew"], "bad food"),
    ],
)
def test_the_clause_of_a_word(text, word, others, wanted):
    def place(w):
        return text.index(w), text.index(w) + len(w)

    start, end = clause(text, place(word), [place(other) for other in others if other != word])
    assert text[start:end] == wanted


def test_each_topic_has_a_sentiment_of_its_own():
    classifier = aspect.AspectClassifier(Fixed(), TopicClassifier(TAXONOMY))
    [found] = classifier.annotate(["Good crew but bad food, and I saw the price"])
    assert {a.label: a.decided_by for a in found} == {
        "crew": "fixed positive",
        "food": "fixed negative",
        "price": "fixed neutral",
    }
    assert {a.label: a.evidence for a in found} == {
        "crew": "Good crew",
        "food": "but bad food",
        "price": "and I saw the price",
    }
    whole, part = 0.5, 1.0  # the whole text is half good, half bad
    expected = (1 - aspect.CLAUSE) * (whole - whole) + aspect.CLAUSE * part
    assert [a.score for a in found if a.label == "crew"] == [pytest.approx(expected)]


def test_texts_without_a_known_topic_have_no_aspect_and_are_not_judged():
    engine = Fixed()
    found = aspect.AspectClassifier(engine, TopicClassifier(TAXONOMY)).annotate(["good morning", ""])
    assert found == [[Annotation(None, decided_by="blend")]] * 2
    assert engine.asked == []


def test_each_different_text_is_judged_once():
    engine = Fixed()
    aspect.AspectClassifier(engine, TopicClassifier(TAXONOMY)).annotate(["good food"] * 5)
    assert engine.asked == ["good food"]


def test_polarity_of_a_span():
    classifier = aspect.AspectClassifier(Fixed(), TopicClassifier(TAXONOMY))
    p = classifier.polarity("The soup was good but the bread was bad", (4, 8))
    assert p.shape == (3,)
    assert p.sum() == pytest.approx(1.0)
    assert p[2] > p[0]


def test_the_stand_in_asks_the_stand_ins():
    engine, quick = Fixed(), Fixed()
    quick.version = "quick-1"
    engine.stand_in = quick
    classifier = aspect.AspectClassifier(engine, TopicClassifier(TAXONOMY))
    assert classifier.stand_in is not None
    assert classifier.stand_in.version != classifier.version
    assert classifier.stand_in.annotate(["good food"])[0][0].decided_by == "quick positive"
    assert classifier.stand_in.stand_in is None


def test_with_a_real_engine_praise_and_blame_come_apart():
    classifier = aspect.AspectClassifier(VaderSentiment(), TopicClassifier(TAXONOMY))
    [found] = classifier.annotate(["The crew was wonderful and friendly, but the food was disgusting."])
    score = {a.label: a.score for a in found}
    assert score["crew"] > score["food"]
    assert score["food"] < 0
