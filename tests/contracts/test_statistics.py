"""What every table of statistics promises, over all modules of vocpipe/statistics."""

from __future__ import annotations

import re

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from vocpipe.statistics import Statistic, statistics

FOUND = [*statistics("scores"), *statistics("metrics")]


@pytest.mark.parametrize("statistic", FOUND, ids=lambda s: s.TABLE)
def test_a_statistic_says_what_it_is(statistic: Statistic) -> None:
    assert re.fullmatch(r"(scores|metrics)\.[a-z][a-z0-9_]*", statistic.TABLE)
    assert re.search(r"(?i)\bone row per\b", statistic.DEFINITION)
    assert statistic.COLUMNS
    for name, (kind, said) in statistic.COLUMNS.items():
        assert re.fullmatch(r"[a-z][a-z0-9_]*", name)
        assert duckdb.sql(f"select cast(null as {kind})") is not None
        assert said.strip().endswith(".") or ")" in said[-2:], f"{name}: a sentence"


@pytest.mark.parametrize("statistic", FOUND, ids=lambda s: s.TABLE)
def test_what_a_statistic_reads_is_ordered_and_to_its_left(statistic: Statistic) -> None:
    allowed = {"scores": {"facts", "scores"}, "metrics": {"facts", "scores", "marts", "metrics"}}
    schema = statistic.TABLE.split(".")[0]
    for name, select in statistic.READS.items():
        (tree,) = sqlglot.parse(select, read="duckdb")
        assert isinstance(tree, exp.Query)
        assert tree.args.get("order"), f"{name}: say in which order rows come"
        assert {table.db for table in tree.find_all(exp.Table) if table.db} <= allowed[schema]
