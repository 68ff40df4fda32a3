"""The accurate engine: what it gives, that nothing hangs on a text's company, and what it says of its reasons."""

import pickle

import numpy as np
import pytest

from vocpipe.enrichment import accurate
from vocpipe.enrichment.accurate import AccurateSentiment

WORDS = "the crew was kind but our bag never came and nobody at the gate could help us so thanks for nothing".split()
# As many lengths as a night's texts have: alone of their length, in pairs, in crowds.
TEXTS = [" ".join(WORDS[: 1 + n % 19]) + "!" * (n % 3) for n in range(40)] + ["", "ok 😀", " ".join(WORDS * 40)]


@pytest.fixture(scope="module")
def engine():
    return AccurateSentiment()


def test_a_result_does_not_hang_on_company_or_order(engine):
    together, features = engine.judged(TEXTS)
    backwards = engine.predict_proba(TEXTS[::-1])[::-1]
    alone = np.vstack([engine.predict_proba([text]) for text in TEXTS])
    # By construction the very same figures; another processor may compute one row by other instructions.
    np.testing.assert_allclose(backwards, together, rtol=0, atol=1e-6)
    np.testing.assert_allclose(alone, together, rtol=0, atol=1e-6)
    np.testing.assert_allclose(engine.features(TEXTS[7:9]), features[7:9], rtol=0, atol=1e-5)


def test_what_comes_back_has_its_shape(engine):
    p, features = engine.judged(["fine", "not fine at all"])
    assert p.shape == (2, 3)
    assert features.shape == (2, accurate.FEATURES)
    np.testing.assert_allclose(p.sum(axis=1), 1.0)
    np.testing.assert_array_equal(engine.predict_proba(["fine", "not fine at all"]), p)
    assert engine.features([]).shape == (0, accurate.FEATURES)


def test_score_and_probability_are_those_of_the_probabilities(engine):
    for row, [found] in zip(engine.predict_proba(TEXTS[:9]), engine.annotate(TEXTS[:9]), strict=True):
        assert found.score == pytest.approx(row[2] - row[0], abs=1e-6)
        assert found.probability == pytest.approx(row.max(), abs=1e-6)


def test_batches_are_of_one_length_and_hold_every_text_once():
    lengths = [5, 9, 5, 5, 300, 9, 2, 700]
    batches = list(accurate._batches(lengths))
    assert sorted({i for batch in batches for i in batch}) == list(range(len(lengths)))
    assert all(len({lengths[i] for i in batch}) == 1 and len(batch) >= 2 for batch in batches)
    many = list(accurate._batches([50] * 1000))
    assert sum(map(len, many)) == 1000
    assert max(map(len, many)) * 50 <= accurate.BATCH_TOKENS


def test_both_ends_of_a_long_text_are_read(engine):
    middle = "and then we went on to the next gate. " * 200
    assert len(engine._tokens([middle])[0]) == engine._most
    good = f"What a wonderful crew, thank you so much! {middle}"
    bad = f"What a horrible crew, never again! {middle}"
    end = f"{middle} Never again, this was the worst flight of my life."
    scores = [found.score for [found] in engine.annotate([good, bad, middle, end])]
    assert scores[0] > scores[1]
    assert scores[3] < scores[2]


def test_a_megabyte_of_anything_is_read_at_once(engine):
    texts = ["a" * 1_000_000, "bad " * 250_000, "😀" * 250_000, "\ud800 half a pair"]
    assert engine.predict_proba(texts).shape == (4, 3)


def test_explain_names_the_words_that_drove_it_where_they_stand(engine):
    text = "The  “food” was good, but the service was horrible &amp; slow 😡"
    first, *words = engine.explain(text)
    assert first.label == "negative"
    assert first.span_start is None
    assert "horrible" in [word.evidence for word in words][:2]
    assert [word.score for word in words] == sorted((word.score for word in words), reverse=True)
    for word in words:
        assert text[word.span_start : word.span_end] == word.evidence
        assert word.label == first.label
    without = text.replace(words[0].evidence, "", 1)
    column = engine.labels.index(first.label)
    dropped = engine.predict_proba([text])[0, column] - engine.predict_proba([without])[0, column]
    assert words[0].score == pytest.approx(dropped, abs=1e-6)


def test_a_copy_is_made_from_the_files_and_says_the_same(engine):
    sent = pickle.dumps(engine)
    assert len(sent) < 1000
    copy = pickle.loads(sent)
    assert copy.version == engine.version
    assert copy.annotate(TEXTS[:5]) == engine.annotate(TEXTS[:5])


def test_version_is_of_the_files_and_the_settings_of_probability_count(engine, tmp_path):
    for name in accurate.FILES:
        (tmp_path / name).write_bytes((accurate.TRAINED / name).read_bytes())
    same = AccurateSentiment(tmp_path)
    assert same.version == engine.version
    told = (tmp_path / "accurate.json").read_text()
    (tmp_path / "accurate.json").write_text(told.replace("{", '{"note": "cooler", ', 1))
    cooler = AccurateSentiment(tmp_path)
    assert cooler.version != engine.version
    cooler._temperatures = engine._temperatures + 1
    text = ["What a horrible crew, never again!"]
    assert cooler.predict_proba(text).max() < engine.predict_proba(text).max()
    assert cooler.predict(text) == engine.predict(text)
