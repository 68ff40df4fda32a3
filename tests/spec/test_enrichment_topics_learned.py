"""Topics learnt from labels: what is told, what is refused, and that keywords are blended in and never lost."""

import pickle
import re

import numpy as np
import pytest

from vocpipe.contracts import TextChoices, UsageError
from vocpipe.enrichment import Taxonomy, Topic, cards
from vocpipe.enrichment.encoder import Encoder
from vocpipe.enrichment.learned_topic import FILE, load_learned
from vocpipe.enrichment.topic import TopicClassifier, build
from vocpipe.enrichment.topic_model import TopicModel, load_topic_model
from vocpipe.enrichment.topic_views import Wording, fit_linear, fit_logistic, phrases


def topic(slug, *keywords, seeds=()):
    return Topic(slug, slug.title(), "…", "service", "product", keywords=dict.fromkeys(keywords, 2.0), seeds=seeds)


TAXONOMY = Taxonomy("small", (
    topic("baggage", "suitcase"), topic("food", "meal", seeds=("the soup was cold",)), topic("refund", "refund*"),
))  # fmt: skip
SAID = {
    "baggage": ["My luggage never arrived", "They lost both of our bags", "Where is my trunk, it is not on the belt",
                "Bags were left behind in Oslo", "Two days without my clothes, the bag is missing"],
    "food": ["The chicken was raw and cold", "Lovely breakfast with fresh fruit", "They ran out of sandwiches",
             "No vegetarian dish on board", "The coffee tasted burnt"],
    "refund": ["I want my money back", "Still waiting for the reimbursement", "Pay me what you owe me",
               "When will you return the fare I paid", "You never credited my card"],
}  # fmt: skip
UNSEEN = {
    "baggage": "our bag did not come with us",
    "food": "the dinner was cold and tasteless",
    "refund": "give me my money back now",
}
FAR = ["how old is the moon", "play some jazz music", "what is the square root of nine"]


def rows():
    return [text for said in SAID.values() for text in said], [[slug] for slug, said in SAID.items() for _ in said]


@pytest.fixture(scope="module")
def model():
    return TopicModel.fit(*rows(), TAXONOMY)


@pytest.fixture(scope="module")
def folder(model, tmp_path_factory):
    path = tmp_path_factory.mktemp("trained")
    model.save(path / FILE)
    card = {"classifier": "topic", "version": "learned", "trained_at": "2026-01-01T00:00:00Z"}
    cards.use(path, "topic", cards.put(path, "topic", model.save, card))
    return path


@pytest.fixture(scope="module")
def learned(folder):
    return build(TAXONOMY, TextChoices(trained=folder))


def test_without_a_model_the_keywords_decide(tmp_path):
    assert isinstance(build(TAXONOMY, TextChoices(trained=tmp_path)), TopicClassifier)


def test_what_no_keyword_knows_is_learnt(learned):
    assert TopicClassifier(TAXONOMY).predict(list(UNSEEN.values())) == ["unknown"] * 3
    assert learned.predict(list(UNSEEN.values())) == list(UNSEEN)


def test_a_keyword_keeps_its_say_against_the_model(learned):
    found = learned.annotate(["A refund please"])[0][0]
    assert (found.label, found.evidence, found.decided_by) == ("refund", "refund", "keywords")


def test_far_texts_are_unknown_and_never_the_nearest_label(learned):
    assert learned.predict(FAR) == ["unknown"] * 3
    assert (learned.predict_proba(FAR).argmax(axis=1) == len(learned.labels) - 1).all()


def test_the_label_shows_its_words(learned):
    text = "Hello — the BREAKFAST was not good"
    found = learned.annotate([text])[0][0]
    assert found.label == "food" and "BREAKFAST" in found.evidence == text[found.span_start : found.span_end]


def test_explain_tells_words_and_what_their_absence_costs(learned):
    found = learned.explain("They lost my bags and my suitcase")
    assert found[0].label == "baggage"
    kinds = {a.decided_by.split()[0] for a in found[1:]}
    assert {"keyword", "word", "missed"} <= kinds
    assert max((a for a in found if a.decided_by.startswith("missed")), key=lambda a: a.score).evidence in (
        "bags", "suitcase", "lost")  # fmt: skip


def test_probabilities_and_labels_agree_in_any_company(learned):
    texts = [*UNSEEN.values(), *FAR, "", "A refund please", "\ud800 half a pair", "🍲" * 40]
    p = learned.predict_proba(texts)
    np.testing.assert_allclose(p.sum(axis=1), 1.0)
    assert [learned.labels[i] for i in p.argmax(axis=1)] == learned.predict(texts)
    np.testing.assert_allclose(np.vstack([learned.predict_proba([text]) for text in texts]), p, atol=1e-6)
    alone = [learned.annotate([text])[0] for text in texts]
    assert [[a.label for a in found] for found in alone] == [[a.label for a in f] for f in learned.annotate(texts)]


def test_the_stand_in_needs_no_encoder(learned, monkeypatch):
    monkeypatch.setattr(Encoder, "encode", lambda *_: pytest.fail("the encoder was asked"))
    stand_in = learned.stand_in
    assert stand_in.name == "topic" and stand_in.version != learned.version and stand_in.stand_in is None
    assert stand_in.predict(["my refund", "the suitcase is gone"]) == ["refund", "baggage"]


def test_a_copy_in_another_process_says_the_same(learned):
    sent = pickle.dumps(learned)
    copy = pickle.loads(sent)
    assert len(sent) < 10_000 and copy.version == learned.version
    assert copy.annotate(list(UNSEEN.values())) == learned.annotate(list(UNSEEN.values()))


def test_the_taxonomy_may_change_under_a_model(folder, model):
    changed = Taxonomy("small", (topic("refund", "refund*", "chargeback"), topic("crew", "crew"), TAXONOMY.topics[0]))
    learned = load_learned(changed, TopicClassifier(changed), folder / FILE)
    assert learned.predict(["They lost our bags", "a chargeback", "the crew was kind"]) == ["baggage", "refund", "crew"]
    again = load_topic_model(folder / FILE, TAXONOMY)
    np.testing.assert_allclose(again.probabilities(FAR), model.probabilities(FAR), atol=1e-3)


def test_several_topics_a_text():
    texts, labels = rows()
    both = [f"{a} and {b.lower()}" for a, b in zip(SAID["baggage"], SAID["food"], strict=True)]
    model = TopicModel.fit([*texts, *both], [*labels, *([["baggage", "food"]] * len(both))], TAXONOMY)
    p = model.probabilities(["Our suitcase is missing and the meal was cold"])[0]
    assert model.blends[True].several and p[0] > 0.5 < p[1] and p[2] < 0.5


def test_labels_that_are_not_in_the_taxonomy_are_told():
    with pytest.raises(UsageError, match=re.escape("The topic 'crew' is not in the taxonomy 'small'")):
        TopicModel.fit(["The crew was kind"], [["crew"]], TAXONOMY)
    with pytest.raises(UsageError, match="No labelled text is left"):
        TopicModel.fit(["Hm"], [["unknown"]], TAXONOMY)
    with pytest.raises(UsageError, match="2 texts, but 1 lists"):
        TopicModel.fit(["a", "b"], [["food"]], TAXONOMY)


def test_figures_on_texts_it_was_not_fitted_on(model):
    told = model.evaluate([*UNSEEN.values(), "hm"], [*([slug] for slug in UNSEEN), ["unknown"]])
    assert (told["n"], told["accuracy"], told["macro_f1"]) == (3, 1.0, 1.0)
    assert 0.3 < told["accuracy_low"] < told["accuracy_high"] == 1.0
    wrong = model.evaluate(list(UNSEEN.values()), [["food"], ["refund"], ["baggage"]])
    assert wrong["accuracy"] == 0 == wrong["macro_f1"] and wrong["calibration_error"] > 0.4
    with pytest.raises(UsageError, match="No labelled text is left to measure"):
        model.evaluate(["hm"], [[]])


def test_a_broken_file_is_told(tmp_path):
    (tmp_path / FILE).write_bytes(b"no model")
    with pytest.raises(UsageError, match=r"topic\.npz cannot be read; train it again"):
        load_topic_model(tmp_path / FILE, TAXONOMY)


def test_phrases_keep_their_place():
    text = "@voc_air My bag &amp; I: bag’s gone http://x.y/z [phone]"
    found = list(phrases(text))
    assert [p.words for p in found] == ["my", "bag", "i", "bag's", "gone", "my bag", "bag i", "i bag's", "bag's gone"]
    assert all(text[p.start : p.end].lower().replace("’", "'") == p.words for p in found[:5])


def test_a_topic_without_texts_says_no():
    y = np.array([[1, 0, 0], [0, 1, 0], [1, 0, 0], [0, 1, 0]])
    x = np.array([[1.0, 0.0], [0.0, 1.0], [0.9, 0.1], [0.1, 0.9]])
    for fit in (fit_linear, fit_logistic):
        weights, level = fit(x, y, 10.0)
        assert (x @ weights.T + level).argmax(axis=1).tolist() == [0, 1, 0, 1]
        assert not weights[2].any() and (x @ weights.T + level)[:, 2].max() < (x @ weights.T + level)[:, :2].max()


def test_unlabelled_texts_tell_how_common_a_word_is():
    before = Wording.fit(["bag lost", "bag late"])
    after = Wording.fit(["bag lost", "bag late"], ["lost lost", "lost again", "lost"])
    assert before.words == after.words
    place = before.words.index("lost")
    assert after.idf[place] < before.idf[before.words.index("late")]


# ---------------------------------------------------------------------------- the encoder


def test_a_vector_does_not_depend_on_its_company():
    texts = [text for said in SAID.values() for text in said] + FAR + ["", "İ" * 2000]
    encoder = Encoder()
    vectors = encoder.encode(texts)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    np.testing.assert_allclose(np.vstack([encoder.encode([text]) for text in texts]), vectors, atol=1e-6)
    assert encoder.encode([]).shape == (0, 384)


def test_texts_of_one_meaning_are_near():
    a, b, c = Encoder().encode(["my luggage is lost", "they lost my suitcase", "the soup was cold"])
    assert a @ b > 0.6 > 0.3 > a @ c
