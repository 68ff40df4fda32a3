"""The fast engine of sentiment: its features, its fit, its file, and that a text's answer is its own."""

from __future__ import annotations

import random
import zlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vocpipe.contracts import RunError
from vocpipe.enrichment import fit_fast, student
from vocpipe.enrichment.fast import FastSentiment
from vocpipe.enrichment.fit_sets import LabelledSet
from vocpipe.enrichment.grams import Reader, split_words
from vocpipe.enrichment.wording import plain

GOOD, BAD, DULL = "lovely great kind happy".split(), "awful bad rude lost".split(), "blue seat gate bag".split()


def invented(n=400, seed=3):
    r = random.Random(seed)
    labels = [r.randrange(3) for _ in range(n)]
    texts = [" ".join(r.choice((BAD, DULL, GOOD)[label] + DULL[:2]) for _ in range(5)) for label in labels]
    return texts, np.array(labels)


@pytest.fixture(scope="module")
def small():
    texts, labels = invented()
    return student.fit_student(texts, np.eye(3)[labels], least=1, steps=30)


# ------------------------------------------------------------------------------------------------ features


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("I'm SO happy!!!", ["I'm", "SO", "happy", "!!!"]),
        ("bad😂😂👍", ["bad", "😂", "😂", "👍"]),
        (":-) then :( and D:", [":-)", "then", ":(", "and", "D:"]),
        ("10:30, #BestDay @user", ["10", ":", "30", ",", "#BestDay", "@user"]),
        ("love/hate it... <3", ["love", "/", "hate", "it", "...", "<3"]),
        ("", []),
    ],
)
def test_words_emoticons_and_emoji_are_words_of_their_own(text, words):
    assert split_words(text) == words


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab &;#39amp@[]handle’“!?.:/htpw😍\u200d\ufe0f\n\t "), max_size=40))
def test_a_text_is_its_tokens(text):
    """The memory per token is only right if undoing a text token by token is undoing it as a whole."""
    assert [word for token in text.split() for word in plain(token).split()] == plain(text).split()


def marked(text, group):
    """The words of a text that carry a mark."""
    reader = Reader(lambda _: None)
    batch = reader.read([text])
    spans = {place: text[start:end] for start, end, place in reader.spans(text)}
    return [spans[place] for place in batch.marks[group][0].tolist() if place in spans]


def test_a_negation_reaches_to_the_next_punctuation_or_but():
    assert marked("I do not like this seat. It is old", "negated") == ["like", "this", "seat"]
    assert marked("it isn't cheap but good", "negated") == ["cheap"]
    assert marked("no a b c d e f g", "negated") == ["a", "b", "c", "d", "e", "f"]
    assert marked("all is well", "negated") == []


def test_what_stands_before_but_is_marked():
    assert marked("nice seat but cold food", "side") == ["nice", "seat"]
    assert marked("cold food", "side") == []


def test_a_negation_does_not_reach_into_the_next_text():
    reader = Reader(lambda _: None)
    batch = reader.read(["not", "good", "nice", "but"])
    assert [len(batch.marks[group][0]) for group in ("negated", "side", "skip")] == [0, 0, 0]
    assert batch.counts().tolist() == [1, 1, 1, 1]


def test_hashes_are_the_same_everywhere():
    """A model file is only right as long as these figures stand: other figures are another FORMAT."""
    lots = []
    reader = Reader(lots.append)
    batch = reader.read(["Not GOOD, soooo bad 😡 but #fine 123"])
    told = [lots[-1].word[1], lots[-1].piece[1], *(batch.marks[g][1] for g in ("pair", "skip", "negated", "side"))]
    assert [zlib.crc32(hashes.astype("<u8").tobytes()) for hashes in told] == HASHES


# crc32 of the hashes of words, pieces, pairs, skips, negated words and words before "but".
HASHES = [605549844, 1260662613, 3565835330, 3885914360, 2246862021, 3921427454]


# ------------------------------------------------------------------------------------------------ fit and file


def test_a_student_learns_and_the_same_input_gives_the_same_student(small):
    texts, labels = invented(200, seed=4)
    classifier = FastSentiment(small)
    assert (classifier.predict_proba(texts).argmax(axis=1) == labels).mean() > 0.95
    again = student.fit_student(invented()[0], np.eye(3)[invented()[1]], least=1, steps=30)
    assert all(np.array_equal(small.tables[group], again.tables[group]) for group in small.tables)


def test_a_student_says_what_the_fit_says(small):
    """The classifier adds words up as the fit does with its matrices."""
    texts, _ = invented(50, seed=5)
    texts += ["Not good, but LOVELY and sooooo kind :)", "awful 😡😡"]
    design = student._design(texts, 1, small)
    weights = np.concatenate([small.tables[g] / np.float32(student.FREEDOM[g]) for g in student.GROUPS])
    logits = design.texts @ (design.all_words @ weights) + design.all_marks @ weights + small.intercept
    np.testing.assert_allclose(FastSentiment(small).logits(texts), logits, atol=1e-5)


def test_from_a_student_on_only_what_is_learnt_changes(small):
    texts, labels = ["zork zork", "the gate", "plim plim"] * 40, [0, 1, 2] * 40
    taught = student.fit_student(texts, np.eye(3)[labels], start=small, least=1)
    said = ["zork zork", "plim", "lovely great", "awful rude"]
    assert FastSentiment(taught).predict(said) == ["negative", "positive", "positive", "negative"]
    assert FastSentiment(small).predict(said[:2]) != ["negative", "positive"]
    assert np.array_equal(taught.tables["side"], small.tables["side"])


def test_soft_labels_are_learnt_as_they_are():
    texts = ["alpha", "beta"] * 300
    soft = np.array([[0.6, 0.3, 0.1], [0.1, 0.2, 0.7]] * 300)
    p = FastSentiment(student.fit_student(texts, soft, strength=0.01)).predict_proba(["alpha", "beta"])
    np.testing.assert_allclose(p, soft[:2], atol=0.02)


def test_labels_must_be_as_many_as_texts():
    with pytest.raises(ValueError, match="2 texts, but labels"):
        student.fit_student(["a", "b"], np.eye(3))


def test_calibration_makes_a_boastful_model_modest(small):
    texts, labels = invented(300, seed=6)
    wrong = np.where(np.arange(300) % 3 == 0, (labels + 1) % 3, labels)
    modest = fit_fast.calibrated(small, [LabelledSet("s", texts, wrong, np.zeros(300, bool), 1.0)])
    boastful = FastSentiment(small).predict_proba(texts).max(axis=1).mean()
    assert modest.temperature > 1
    assert abs(FastSentiment(modest).predict_proba(texts).max(axis=1).mean() - 2 / 3) < abs(boastful - 2 / 3)


def test_calibration_cools_long_texts_that_are_no_truer_than_short_ones(small):
    """Texts of one kind of word are right two times in three, whether of five words or of two hundred."""
    r = np.random.default_rng(7)
    labels, sizes = r.choice([0, 2], 600), np.where(np.arange(600) % 2 == 0, 5, 200)
    texts = [" ".join([(BAD, DULL, GOOD)[k][0]] * n) for k, n in zip(labels, sizes, strict=True)]
    wrong = np.where(np.arange(600) % 6 < 2, 2 - labels, labels)
    model = fit_fast.calibrated(small, [LabelledSet("s", texts, wrong, np.zeros(600, bool), 1.0)])
    short, long = (FastSentiment(model).predict_proba(texts)[sizes == n].max(axis=1).mean() for n in (5, 200))
    assert model.cooling > 0 and abs(long - short) < 0.2


def test_a_cooled_model_is_kept_and_its_reasons_add_up(small, tmp_path):
    replace(small, cooling=0.3).save(tmp_path / "cool.npz")
    cool, text = FastSentiment(tmp_path / "cool.npz"), "lovely seat " * 60
    assert cool.predict_proba([text]).max() < FastSentiment(small).predict_proba([text]).max()
    np.testing.assert_allclose(cool.logits(["lovely seat"]), FastSentiment(small).logits(["lovely seat"]), atol=0.05)
    pull = sum(score for *_, score in cool._reasons(text)) * cool._model.temperature
    logits, empty = cool.logits([text])[0], cool._model.intercept
    assert pull == pytest.approx((logits[1] - logits[0]) - (empty[1] - empty[0]), abs=1e-6)


def test_a_file_holds_the_model(small, tmp_path):
    small.save(tmp_path / "a.npz")
    small.save(tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    texts, _ = invented(100, seed=7)
    kept, fitted = FastSentiment(tmp_path / "a.npz"), FastSentiment(small)
    np.testing.assert_allclose(kept.predict_proba(texts), fitted.predict_proba(texts), atol=0.02)
    assert kept.version != FastSentiment().version


def test_a_file_that_is_no_model_is_told(tmp_path, small):
    (tmp_path / "text.npz").write_bytes(b"not a model")
    np.savez(tmp_path / "other.npz", x=np.zeros(3))
    for name in ("text.npz", "other.npz", "none.npz"):
        with pytest.raises(RunError, match=f"{name} is no model of the fast sentiment engine: train it again"):
            student.load(tmp_path / name)


def test_a_file_of_another_format_is_told(tmp_path, small, monkeypatch):
    monkeypatch.setattr(student, "FORMAT", 0)
    small.save(tmp_path / "old.npz")
    monkeypatch.undo()
    with pytest.raises(RunError, match=r"old.npz is of format 0, this version reads 1"):
        student.load(tmp_path / "old.npz")


# ------------------------------------------------------------------------------------------------ the classifier


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(max_size=60), max_size=8), st.randoms())
def test_an_answer_does_not_depend_on_the_company(shipped, texts, r):
    alone = [shipped.annotate([text])[0] for text in texts]
    assert shipped.annotate(texts) == alone
    order = r.sample(range(len(texts)), len(texts))
    assert shipped.annotate([texts[i] for i in order]) == [alone[i] for i in order]


def test_an_answer_does_not_depend_on_what_was_read_before(shipped):
    texts, _ = invented(40, seed=8)
    assert FastSentiment().annotate(texts[::-1])[::-1] == shipped.annotate(texts)


@pytest.fixture(scope="module")
def shipped():
    return FastSentiment()


def test_a_full_memory_is_emptied(shipped, monkeypatch):
    from vocpipe.enrichment import fast

    texts = [f"word{i} is lovely" for i in range(50)]
    before = shipped.annotate(texts)
    monkeypatch.setattr(fast, "MAX_TOKENS", 10)
    assert shipped.annotate(texts) == before
    assert shipped.annotate(texts) == before


def test_the_reasons_of_a_label(shipped):
    label, *reasons = shipped.explain("The crew was lovely, but my bag is lost and nobody cares :(")
    assert label.label == "negative" and label.span_start is None
    assert [abs(reason.score) for reason in reasons] == sorted((abs(r.score) for r in reasons), reverse=True)
    assert {reason.evidence for reason in reasons if reason.label == "negative"} >= {":(", "nobody"}
    assert "lovely" in {reason.evidence for reason in reasons if reason.label == "positive"}


@pytest.mark.parametrize("text", ["Great staff, thank you so much!", "lovely", "not good but cheap 😡", "I don&#39;t"])
def test_reasons_add_up_to_the_logits(shipped, text):
    pull = sum(score for *_, score in shipped._reasons(text)) * shipped._model.temperature
    logits, empty = shipped.logits([text])[0], shipped._model.intercept
    assert pull == pytest.approx((logits[1] - logits[0]) - (empty[1] - empty[0]), abs=1e-6)


def test_a_text_without_a_word_is_neutral(shipped):
    assert shipped.predict(["", "  ", "\n"]) == ["neutral"] * 3


def test_the_shipped_file_is_small(shipped):
    from importlib.resources import files

    size = len(files("vocpipe.enrichment").joinpath("trained/fast.npz").read_bytes())
    assert size <= 3_000_000


# ------------------------------------------------------------------------------------------------ the command


def test_the_model_can_be_fitted_again(tmp_path, capsys):
    import csv
    import json

    def labelled(name, seed):
        texts, labels = invented(300, seed)
        with (tmp_path / name).open("w", encoding="utf-8", newline="") as lines:
            rows = csv.writer(lines)
            rows.writerow(["said", "label", "who"])
            rows.writerows(
                [t + f" n{i}", student.LABELS[k], f"author{i % 60}"]
                for i, (t, k) in enumerate(zip(texts, labels, strict=True))
            )
        return f"{tmp_path / name}:said:label:who"

    texts, labels = invented(200, seed=9)
    with (tmp_path / "teacher.csv").open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines).writerows(
            [["text", *student.LABELS], *([t, *(np.eye(3)[k] * 0.7 + 0.1)] for t, k in zip(texts, labels, strict=True))]
        )
    arguments = ["--set", labelled("fit.csv", 1), "--check", labelled("check.csv", 2)]
    arguments += ["--teacher", str(tmp_path / "teacher.csv")]
    fit_fast.main([*arguments, "--out", str(tmp_path / "fast.npz")])
    told = dict(line.split(": ", 1) for line in capsys.readouterr().out.splitlines())
    assert list(told) == ["check, other authors", "check, all"]
    assert json.loads(told["check, other authors"])["macro_recall"] > 0.9
    assert json.loads(told["check, all"])["n"] == 300
    assert FastSentiment(tmp_path / "fast.npz").predict(["lovely great kind"]) == ["positive"]


def test_a_command_without_data_is_told(tmp_path, capsys):
    with pytest.raises(SystemExit):
        fit_fast.main(["--out", str(tmp_path / "fast.npz")])
    assert "nothing to fit on" in capsys.readouterr().err


def test_a_text_to_check_is_not_fitted_on_whatever_its_links(monkeypatch):
    fitted = []

    def kept(texts, *_, **__):
        fitted.extend(texts)
        return student.Student(
            {g: np.zeros((1 << student.BITS[g], 2), np.float32) for g in student.GROUPS}, np.zeros(2)
        )

    monkeypatch.setattr(student, "fit_student", kept)
    twice = ["Gate 4 is great! http://a.example/x1", "@Air_Kind gate 4 is great", "gate 5 is great", "👍", "👎"]
    fit = LabelledSet("fit", twice, np.array([2, 2, 2, 2, 0]), np.zeros(5, bool), 1.0)
    check = LabelledSet("check", ["@user Gate 4 is great", "👎"], np.array([2, 0]), np.zeros(2, bool), 1.0)
    fit_fast.fit([fit], {}, [check])
    assert fitted == ["gate 5 is great", "👍"]


def test_label_and_teacher_are_learnt_together():
    s = LabelledSet("s", ["a", "b"], np.array([0, 2]), np.zeros(2, bool), 1.0)

    def told(label):
        return fit_fast.Lesson(np.eye(3)[label], 1.0)

    texts, soft, weights = fit_fast.examples([s], {"a": told(1), "c": told(2)})
    assert texts == ["a", "b", "c"]
    np.testing.assert_allclose(soft, [[0.3, 0.7, 0], [0, 0, 1], [0, 0, 1]])
    assert weights.mean() == pytest.approx(1) and weights[0] > weights[1]  # the rarer classes weigh more
