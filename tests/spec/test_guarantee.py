"""A threshold with a guaranteed recall: by hand, over resamples, and where labels do not suffice."""

from __future__ import annotations

import numpy as np
import pytest

from vocpipe.analysis.guarantee import SEQUENCE, choose, lower_bound

TARGET = 0.9


def drawn(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Customers whose score tells much, but not all, of their distress; the plain rules find most of those who are."""
    truth = rng.random(count) < 0.3
    score = np.clip(rng.normal(np.where(truth, -0.35, 0.35), 0.35), -1, 1)
    return score, score < -0.3, truth


def test_the_lower_bound_is_that_of_clopper_and_pearson():
    assert lower_bound(29, 29) == pytest.approx(0.05 ** (1 / 29))
    assert lower_bound(0, 10) == 0
    assert lower_bound(45, 50) == pytest.approx(0.8011, abs=5e-4)  # binom.test(45, 50, alternative = "greater") of R


def test_the_guaranteed_recall_holds_in_the_resamples_that_it_promises():
    """A population whose recall is known at every threshold, 200 times labelled anew."""
    rng = np.random.default_rng(20261128)
    score, plain, truth = drawn(rng, 200_000)
    kept = chosen = naive = 0
    for _ in range(200):
        some = rng.integers(0, len(score), 400)
        found = choose(score[some], plain[some], truth[some], TARGET)
        caught = plain if found.threshold is None else plain | (score <= found.threshold)
        kept += not found.is_guaranteed or (caught & truth).sum() / truth.sum() >= TARGET
        chosen += found.is_guaranteed
        guess = next(
            t for t in SEQUENCE[::-1] if ((score[some] <= t) & truth[some]).sum() >= TARGET * truth[some].sum()
        )
        naive += ((score <= guess) & truth).sum() >= TARGET * truth.sum()
    assert kept >= 0.94 * 200
    assert chosen >= 0.9 * 200  # it is no guarantee by refusing
    assert naive < 0.9 * 200  # without a bound the target would be missed much more often


def test_the_strictest_threshold_that_holds_is_taken():
    truth = np.repeat([True, False], [100, 100])
    score = np.concatenate([np.full(98, -0.42), [0.9, 0.9], np.full(100, 0.2)])
    found = choose(score, np.zeros(200, bool), truth, TARGET)
    assert found.threshold == -0.4
    assert (found.recall, found.precision, found.is_guaranteed) == (0.98, 1.0, True)
    assert found.recall_low == pytest.approx(lower_bound(98, 100))


def test_where_the_plain_rules_hold_the_target_there_is_no_threshold():
    found = choose(np.zeros(60), np.ones(60, bool), np.ones(60, bool), TARGET)
    assert (found.threshold, found.is_guaranteed) == (None, True)
    assert "the plain rules alone hold" in found.outcome


@pytest.mark.parametrize("count", [0, 1, 28])
def test_too_few_labels_say_so(count):
    found = choose(np.full(count, -0.9), np.ones(count, bool), np.ones(count, bool), TARGET)
    assert (found.threshold, found.is_guaranteed) == (None, False)
    assert f"{count} labelled customers are in distress, a guarantee needs 29 at least" in found.outcome


def test_a_score_that_is_not_there_is_at_or_below_nothing():
    found = choose(np.full(50, np.nan), np.zeros(50, bool), np.ones(50, bool), TARGET)
    assert (found.threshold, found.recall, found.is_guaranteed) == (None, 0.0, False)
    assert "no threshold on the sentiment score" in found.outcome
