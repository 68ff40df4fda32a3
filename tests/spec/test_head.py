"""A head learnt from labels: with few it is the engine, with many it is better; it is read back as it was written."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from vocpipe.contracts import RunError, TextChoices, UsageError
from vocpipe.enrichment import cards, fit_head, head

LABELS = head.LABELS


class Engine:
    """An engine that knows 'good' and 'bad' and nothing else, with two features that tell nothing."""

    name = "sentiment"
    version = "plain-1-0"
    labels = LABELS
    examples = ()

    def predict_proba(self, texts):
        z = np.array([[2.0 * ("bad" in t), 0.5, 2.0 * ("good" in t)] for t in texts]).reshape(-1, 3)
        e = np.exp(z)
        return e / e.sum(axis=1, keepdims=True)

    def features(self, texts):
        return np.array([[len(t), t.count("e")] for t in texts], dtype=float).reshape(-1, 2)


class Judging(Engine):
    """The same in one pass."""

    def judged(self, texts):
        return super().predict_proba(texts), super().features(texts)

    def predict_proba(self, texts):
        raise AssertionError("the model would run twice")

    features = predict_proba


def said(n, seed=0):
    """Texts of 40 authors: 'mint' is praise here and 'slow' a complaint, which the engine does not know."""
    rng = np.random.default_rng(seed)
    words = ["mint", "slow", "good", "bad", "gate", "plane"]
    sense = {"mint": "positive", "good": "positive", "slow": "negative", "bad": "negative"}
    key = rng.choice(words, n)
    filler = rng.choice(["the crew was", "my seat is", "today all seemed", "we found it"], n)
    return [f"{f} {k}" for f, k in zip(filler, key, strict=True)], [sense.get(k, "neutral") for k in key]


def fitted(n):
    texts, labels = said(n)
    return fit_head.fit_head(Engine(), texts, labels, [str(i % 40) for i in range(n)])


@pytest.fixture(scope="module")
def taught():
    return fitted(300)


def test_many_labels_teach_what_the_engine_does_not_know(taught, tmp_path):
    head.save(taught[0], tmp_path / "h.npz")
    model = head.AdaptedSentiment(Engine(), tmp_path / "h.npz")
    assert model.predict(["that was mint", "so slow", "good", "the gate"]) == [
        "positive", "negative", "positive", "neutral"
    ]  # fmt: skip
    p = model.predict_proba(said(50, 1)[0])
    assert p.shape == (50, 3)
    assert np.allclose(p.sum(axis=1), 1)
    [found, *why] = model.explain("we found it slow")
    assert found.label == "negative"
    assert (why[0].evidence, why[0].span_start, why[0].span_end) == ("slow", 12, 16)
    assert model.predict_proba([]).shape == (0, 3)


@pytest.mark.parametrize("n", [12, 40, 120])
def test_labels_that_say_nothing_new_leave_the_engine_much_as_it_is(tmp_path, n):
    """Labels drawn from the engine's own probabilities: there is nothing to learn."""
    texts, _ = said(n)
    rng = np.random.default_rng(7)
    labels = [rng.choice(LABELS, p=p) for p in Engine().predict_proba(texts)]
    made, losses = fit_head.fit_head(Engine(), texts, labels, [None] * n)
    head.save(made, tmp_path / "h.npz")
    other = said(100, 9)[0]
    gap = np.abs(
        head.AdaptedSentiment(Engine(), tmp_path / "h.npz").predict_proba(other) - Engine().predict_proba(other)
    )
    assert gap.mean() < 0.1
    assert set(losses) >= {"engine", "dense 100", "meaning 100", "words 20", "pieces 20", "mixture"}


def test_a_text_is_judged_the_same_in_any_company_and_process(taught, tmp_path):
    head.save(taught[0], tmp_path / "h.npz")
    model = head.AdaptedSentiment(Engine(), tmp_path / "h.npz")
    assert apart(model, said(8, 2)[0]) < 1e-6  # the encoder's vectors are of single precision
    own = len(Engine().features([""])[0])
    bare = replace(
        taught[0], encoder="", **{name: getattr(taught[0], name)[:own] for name in ("mean", "scale", "dense")}
    )
    head.save(bare, tmp_path / "bare.npz")
    assert apart(head.AdaptedSentiment(Engine(), tmp_path / "bare.npz"), said(30, 2)[0]) < 1e-9


def apart(model, texts):
    """How far what is said of texts together is from what is said of each alone, by a copy in another process."""
    alone = np.concatenate([pickle.loads(pickle.dumps(model)).predict_proba([t]) for t in texts])
    return np.abs(model.predict_proba(texts) - alone).max()


class Silent:
    """An engine with probabilities alone, as the fast one."""

    name, version, labels, examples = "sentiment", "silent-1-0", LABELS, ()
    predict_proba = Engine.predict_proba


def meant(n, seed):
    """Texts of which only the sense tells the label, in words that hardly come twice."""
    rng = np.random.default_rng(seed)
    senses = {
        "positive": ["lovely", "superb", "splendid", "marvellous", "delightful", "gorgeous", "brilliant", "terrific"],
        "negative": ["dreadful", "horrid", "lousy", "dismal", "ghastly", "rotten", "pathetic", "miserable"],
    }
    labels = rng.choice(list(senses), n).tolist()
    return [f"{rng.choice(senses[label])} {rng.integers(1e9)}" for label in labels], labels


def test_the_encoder_is_asked_only_where_it_surely_helps_and_never_beside_a_fast_engine(tmp_path):
    texts, labels = meant(160, 0)
    mixed_up = np.random.default_rng(3).permutation(labels).tolist()
    assert fit_head.fit_head(Engine(), texts, mixed_up, [None] * len(texts))[0].encoder == "", "nothing to learn"
    made, losses = fit_head.fit_head(Engine(), texts, labels, [None] * len(texts))
    assert made.encoder and losses["meaning 100"] < losses["dense 100"]
    head.save(made, tmp_path / "h.npz")
    told, truth = meant(60, 1)
    found = head.AdaptedSentiment(Engine(), tmp_path / "h.npz").predict(told)
    assert np.mean([one == other for one, other in zip(found, truth, strict=True)]) > 0.9
    lone, losses = fit_head.fit_head(Silent(), texts, labels, [None] * len(texts))
    assert lone.encoder == "" and "meaning 100" not in losses
    head.save(replace(made, encoder="gone"), tmp_path / "old.npz")
    with pytest.raises(RunError, match="another sentence encoder: run `vocpipe train` anew"):
        head.AdaptedSentiment(Engine(), tmp_path / "old.npz")


def test_whom_a_text_speaks_to_is_a_word_of_it():
    one, other, same = head.counted(["@united thanks", "@delta thanks", "#united thanks"])[:, : 1 << head.BITS]
    assert (one != other).nnz and not (one != same).nnz


def test_an_engine_that_gives_both_at_once_is_asked_once(taught, tmp_path):
    head.save(taught[0], tmp_path / "h.npz")
    texts = said(20, 4)[0]
    one = head.AdaptedSentiment(Engine(), tmp_path / "h.npz").predict_proba(texts)
    assert np.array_equal(head.AdaptedSentiment(Judging(), tmp_path / "h.npz").predict_proba(texts), one)


def test_a_head_fits_its_own_engine_alone(taught, tmp_path):
    head.save(taught[0], tmp_path / "h.npz")
    version = head.AdaptedSentiment(Engine(), tmp_path / "h.npz").version
    card = {"classifier": "sentiment", "version": version, "trained_at": "2026-01-01T00:00:00Z"}
    model_id = cards.put(tmp_path, "sentiment", lambda path: head.save(taught[0], path), card)
    assert version == f"plain-adapted-1-{model_id}"
    choices = TextChoices(trained=tmp_path)
    engine = Engine()
    assert head.adapted(engine, choices) is engine, "not before it is put in use"
    cards.use(tmp_path, "sentiment", version)
    assert head.adapted(engine, choices).version == version
    other = Engine()
    other.version = "vader-1-0"
    assert head.adapted(other, choices) is other, "another engine is named in the settings"
    other.version = "plain-1-1"
    with pytest.raises(RunError, match=r"fitted on plain-1-0, not on plain-1-1: run `vocpipe train` anew"):
        head.adapted(other, choices)
    cards.use(tmp_path, "sentiment", cards.SHIPPED)
    assert head.adapted(other, choices) is other


def test_a_version_that_is_not_there_cannot_be_used(tmp_path):
    with pytest.raises(UsageError, match="there is no model sentiment=x: write sentiment=shipped"):
        cards.use(tmp_path, "sentiment", "x")
    with pytest.raises(UsageError, match="name one of sentiment, student, topic"):
        cards.use(tmp_path, "mood", "x")


@pytest.mark.parametrize("content", [b"", b"PK no archive", b"{}"])
def test_a_damaged_head_is_told_with_what_to_do(tmp_path, content):
    (tmp_path / "h.npz").write_bytes(content)
    with pytest.raises(RunError, match="run `vocpipe train` anew"):
        head.load(tmp_path / "h.npz")


def test_a_file_that_is_named_but_gone_is_told(tmp_path):
    (tmp_path / "current.json").write_text('{"sentiment": "adapted-1-00000000"}')
    with pytest.raises(RunError, match="is not there"):
        cards.in_use(tmp_path, "sentiment")


@pytest.mark.parametrize(("texts", "labels"), [(["a"] * 30, ["neutral"] * 30), (["a"] * 3, list(LABELS))])
def test_too_few_labels_are_refused(texts, labels):
    with pytest.raises(ValueError, match="too few labels"):
        fit_head.fit_head(Engine(), texts, labels, [None] * len(texts))
