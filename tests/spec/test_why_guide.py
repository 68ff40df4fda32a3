"""Every query of the guide runs on the published sample, and its tables are in order there."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

import vocpipe

GUIDE = (files("vocpipe") / "docs/why.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```sql\n(.*?)```", GUIDE, flags=re.DOTALL)


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_of_the_guide_runs(published, query):
    with vocpipe.connect(published) as con:
        result = con.execute(query)
        assert result.fetchall() or "q_value <= 0.10" in query or "metrics.alert" in query


def test_every_method_of_the_guide_is_one_of_the_table(published):
    with vocpipe.connect(published) as con:
        used = {row[0].removesuffix("_paired") for row in con.execute("select method from metrics.change").fetchall()}
    assert used <= set(re.findall(r"\(`(\w+)`\)", GUIDE)) | {"split"}


def test_the_sample_adds_up(published):
    with vocpipe.connect(published) as con:
        gaps = con.execute(
            "select abs(sum(value) - max(nps)) from metrics.topic_impact where definition = 'impact_ols' "
            "group by period, period_start"
        ).fetchall()
        assert gaps and all(gap < 1e-9 for (gap,) in gaps)
        [[off]] = con.execute(
            "select max(abs(difference - rate_part - mix_part)) from metrics.change where segment = '(all)'"
        ).fetchall()
        assert off < 1e-9
