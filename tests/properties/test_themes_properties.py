"""Themes do not depend on the order of rows, and a night with a few more texts keeps their ids."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from themes import lamp, other

from vocpipe.analysis.theme_ids import fresh, keep_ids
from vocpipe.analysis.themes import Known, find

TODAY = date(2026, 6, 30)


def night(lamps, others):
    texts = [("lamp", n, lamp(7 * n)) for n in range(lamps)] + [("rest", n, other(n)) for n in range(others)]
    return pd.DataFrame(
        [{"interaction_id": f"{kind}:{n}", "text": text, "customer": f"{kind}:{n}", "topic": "unknown",
          "occurred_on": TODAY - timedelta(n % 60), "topics": ["unknown"]} for kind, n, text in texts]
    )  # fmt: skip


@pytest.fixture(scope="module")
def first():
    return find(night(20, 100), TODAY)


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 2**16))
def test_the_order_of_rows_does_not_matter(first, seed):
    again = find(night(20, 100).sample(frac=1, random_state=seed), TODAY)
    pd.testing.assert_frame_equal(again.themes, first.themes)
    assert set(again.members.itertuples(index=False)) == set(first.members.itertuples(index=False))


@settings(max_examples=5, deadline=None)
@given(lamps=st.integers(20, 40), others=st.integers(100, 130))
def test_more_texts_keep_the_id(first, lamps, others):
    known = [Known(first.themes["theme_id"].item(), first.themes["words"].item(), set(first.members["interaction_id"]))]
    assert known[0].theme_id in find(night(lamps, others), TODAY, known).themes["theme_id"].tolist()


names = st.sets(st.sampled_from("abcdefghij"), min_size=1)


@given(found=st.dictionaries(st.integers(0, 5), names, max_size=5), known=st.lists(names, max_size=4))
def test_no_two_groups_get_the_id_of_one_undecided_theme(found, known):
    themes = [Known(f"t_{n}", [], frozenset(members)) for n, members in enumerate(known)]
    ids = keep_ids({n: ([], members) for n, members in found.items()}, themes)
    assert set(ids) == set(found)
    assert len(set(ids.values())) == len(ids)


@given(members=names, used=st.sets(st.text(), max_size=3))
def test_a_fresh_id_is_new(members, used):
    made = fresh(members, used)
    assert made not in used
    assert fresh(members, {*used, made}) != made
