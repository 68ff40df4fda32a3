"""Figures of a classifier: as scikit-learn has them, with intervals that know who wrote what."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score, recall_score

from vocpipe.analysis import classification

LABELS = ("negative", "neutral", "positive")


def drawn(n, seed=0, right=0.7):
    rng = np.random.default_rng(seed)
    truth = rng.choice(LABELS, n, p=(0.6, 0.25, 0.15))
    said = np.where(rng.random(n) < right, truth, rng.choice(LABELS, n))
    return list(truth), list(said)


def by_name(figures):
    return {figure.metric: figure for figure in figures}


def test_figures_are_those_of_scikit_learn():
    truth, said = drawn(500)
    found = by_name(classification.of_labels(truth, said, [None] * 500))
    assert found["accuracy"].value == pytest.approx(np.mean(np.array(truth) == said))
    assert found["macro_f1"].value == pytest.approx(f1_score(truth, said, average="macro"))
    assert found["macro_recall"].value == pytest.approx(recall_score(truth, said, average="macro"))
    assert found["accuracy"].n == found["accuracy"].n_authors == 500
    assert (found["accuracy"].ci_low, found["accuracy"].ci_high) == classification.wilson(
        sum(a == b for a, b in zip(truth, said, strict=True)), 500
    )


def test_a_label_that_is_said_but_never_true_counts_in_macro_f1_alone():
    truth, said = ["negative", "negative", "positive"], ["negative", "neutral", "positive"]
    found = by_name(classification.of_labels(truth, said, [None] * 3))
    assert found["macro_recall"].value == pytest.approx(0.75)
    assert found["macro_f1"].value == pytest.approx(f1_score(truth, said, average="macro"))


def test_intervals_are_wider_where_few_authors_wrote_much():
    truth, said = drawn(60)
    alone = by_name(classification.of_labels(truth * 10, said * 10, [None] * 600))["macro_f1"]
    same = by_name(classification.of_labels(truth * 10, said * 10, [str(i % 60) for i in range(600)]))["macro_f1"]
    assert same.value == alone.value
    assert same.n_authors == 60
    assert same.ci_high - same.ci_low > 2 * (alone.ci_high - alone.ci_low)


def test_intervals_hold_the_truth_about_nineteen_times_in_twenty():
    """Of accuracy .8: 0.7 right, and a third of the other guesses."""
    held = 0
    for seed in range(100):
        truth, said = drawn(300, seed)
        authors = [str(i // 3) for i in range(300)]
        [accuracy, *_] = classification.of_labels(truth, said, authors)
        held += accuracy.ci_low <= 0.8 <= accuracy.ci_high
    assert held >= 88


def test_calibration_and_net_sentiment():
    p = np.array([[0.9, 0.1, 0.0], [0.85, 0.15, 0.0], [0.1, 0.2, 0.7], [0.2, 0.6, 0.2]])
    found = by_name(
        classification.of_probabilities(["negative", "positive", "positive", "neutral"], p, LABELS, [None] * 4)
    )
    assert found["calibration_error"].value == pytest.approx((0.1 + 0.85 + 0.3 + 0.4) / 4)
    assert found["net_sentiment_true"].value == pytest.approx(0.25)
    assert found["net_sentiment"].value == pytest.approx((-0.9 - 0.85 + 0.6) / 4)
    assert found["net_sentiment_gap"].value == pytest.approx((-0.9 - 0.85 + 0.6) / 4 - 0.25)


def test_a_better_model_has_a_gain_with_an_interval_above_zero_and_a_like_one_has_not():
    truth, said = drawn(600)
    _, other = drawn(600)
    rng = np.random.default_rng(5)
    better = [t if rng.random() < 0.5 else s for t, s in zip(truth, said, strict=True)]
    authors = [str(i // 2) for i in range(600)]
    found = classification.gain("macro_f1", truth, said, better, authors)
    assert 0 < found.ci_low < found.value < found.ci_high
    assert classification.gain("macro_f1", truth, said, said, authors).value == 0
    shuffled = [s if rng.random() < 0.97 else o for s, o in zip(said, rng.permutation(other), strict=True)]
    assert classification.gain("macro_f1", truth, said, shuffled, authors).ci_low <= 0


def test_no_texts_have_no_figures():
    assert classification.of_labels([], [], []) == []
    with pytest.raises(ValueError, match="no texts"):
        classification.gain("accuracy", [], [], [], [])


def test_an_author_is_held_out_as_a_whole_and_on_every_run_the_same():
    authors = [str(i % 200) for i in range(2000)]
    out = classification.held_out(authors, authors, 0.3)
    assert (out == classification.held_out(authors, authors, 0.3)).all()
    assert all(len(set(out[i::200])) == 1 for i in range(200))
    assert 0.2 < out.mean() < 0.4
