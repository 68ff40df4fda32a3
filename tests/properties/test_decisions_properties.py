"""Judgements hold together: what they amount to is what a naive reading says, and taking one back can be undone."""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vocpipe import decisions
from vocpipe.contracts import UsageError
from vocpipe.decisions import Decision, Record

RECORDS = [Record("crm", str(n)) for n in range(6)]
JUDGEMENTS = st.lists(
    st.tuples(st.sampled_from(["same", "different"]), st.sampled_from(RECORDS), st.sampled_from(RECORDS)).filter(
        lambda told: told[1] != told[2]
    ),
    max_size=14,
)


def made(told):
    at = datetime(2026, 7, 1)
    return [Decision(f"{n:016x}", verdict, a, b, "Eva", "seen", at) for n, (verdict, a, b) in enumerate(told)]


def together(accepted, a, b):
    """Whether judgements make two records one person: everybody whom a reaches, step by step."""
    reached = {a}
    while True:
        more = {r for d in accepted if d.verdict == "same" for r in (d.a, d.b) if {d.a, d.b} & reached}
        if more <= reached:
            return b in reached
        reached |= more


def apart(accepted, a, b):
    return any(
        d.verdict == "different"
        and ((together(accepted, a, d.a) and together(accepted, b, d.b))
             or (together(accepted, a, d.b) and together(accepted, b, d.a)))
        for d in accepted
    )  # fmt: skip


@given(JUDGEMENTS)
def test_they_amount_to_what_a_naive_reading_says(told):
    found = decisions.consistent(made(told))
    accepted = []
    for decision in made(told):
        against = apart if decision.verdict == "same" else together
        is_refused = against(accepted, decision.a, decision.b)
        assert (decision.decision_id in found.conflicts) == is_refused
        if not is_refused:
            accepted.append(decision)
    for a in RECORDS:
        for b in RECORDS:
            naive = "same" if together(accepted, a, b) else "different" if apart(accepted, a, b) else None
            assert found.verdict(a, b) == naive


@given(JUDGEMENTS)
def test_what_is_named_against_a_judgement_is_enough_to_refuse_it(told):
    all_made = {decision.decision_id: decision for decision in made(told)}
    for decision_id, against in decisions.consistent(all_made.values()).conflicts.items():
        refused = all_made[decision_id]
        assert against
        if refused.verdict == "different":
            assert together(against, refused.a, refused.b)
        else:
            assert [d.verdict for d in against] == ["different"]


@settings(max_examples=40, deadline=None)
@given(JUDGEMENTS, st.randoms(use_true_random=False))
def test_withdrawing_and_judging_again_gives_the_same_standing_pairs(told, random):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for verdict, a, b in told:
            try:
                decisions.judge(folder, verdict, a, b, "Eva", "seen")
            except UsageError:
                with pytest.raises(UsageError):  # it is refused as long as nothing is withdrawn
                    decisions.judge(folder, verdict, a, b, "Ole", "seen")
        before = decisions.pairs(folder)
        assert all(pair.conflict is None for pair in before)
        for pair in random.sample(before, len(before)):
            decisions.withdraw(folder, pair.decision_id, "Eva", "mixed up")
        assert decisions.pairs(folder) == []
        for pair in random.sample(before, len(before)):
            decisions.judge(folder, pair.verdict, Record(*pair[2:4]), Record(*pair[4:6]), "Eva", "seen")
        assert {pair[1:6] for pair in decisions.pairs(folder)} == {pair[1:6] for pair in before}
