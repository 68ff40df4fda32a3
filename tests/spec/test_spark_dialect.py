"""A SELECT in the words of Spark, and what is said where Spark cannot be started; needs neither Java nor PySpark."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from vocpipe.contracts import RunError, UsageError
from vocpipe.settings.engine import EngineSettings
from vocpipe.spark import exchange, session
from vocpipe.spark.dialect import read, tables_of, translated

VALUES = {"as_of": datetime(2026, 7, 1), "days": 3, "z": 1.5, "zone": "Europe/Berlin", "none": None}


def spark(select: str) -> str:
    return translated(read(select), VALUES)


@pytest.mark.parametrize(
    ("duckdb", "expected"),
    [
        ("getvariable('days') + 1", "CAST(3 AS BIGINT) + 1"),
        ("coalesce(getvariable('none'), getvariable('z'))", "COALESCE(NULL, CAST('1.5' AS DOUBLE))"),
        ("getvariable('as_of')", "CAST('2026-07-01 00:00:00' AS TIMESTAMP_NTZ)"),
        ("a / b", "TRY_DIVIDE(CAST((a) AS DOUBLE), CAST((b) AS DOUBLE))"),
        ("a + to_days(2)", "a + MAKE_DT_INTERVAL(CAST(2 AS INT), 0, 0, 0)"),
        ("cast(a as date) - cast(b as date)", "CAST(DATEDIFF(CAST(a AS DATE), CAST(b AS DATE)) AS BIGINT)"),
        ("(a at time zone 'UTC') at time zone 'Asia/Tokyo'", "CONVERT_TIMEZONE('UTC', 'Asia/Tokyo', a)"),
        (
            "(a at time zone 'Asia/Tokyo') at time zone 'UTC'",
            "CASE WHEN CONVERT_TIMEZONE('UTC', 'Asia/Tokyo', CONVERT_TIMEZONE('Asia/Tokyo', 'UTC', a) + INTERVAL '1' "
            "HOUR) = a THEN CONVERT_TIMEZONE('Asia/Tokyo', 'UTC', a) + INTERVAL '1' HOUR ELSE "
            "CONVERT_TIMEZONE('Asia/Tokyo', 'UTC', a) END",
        ),
        ("concat('no ', a)", "CONCAT('no ', COALESCE(CAST(a AS STRING), ''))"),
        ("floor(a)", "CAST(FLOOR(a) AS DOUBLE)"),
        ("cast(floor(a) as integer)", "CAST(FLOOR(a) AS INT)"),
        ("date_trunc('month', a)", "CAST(DATE_TRUNC('MONTH', a) AS TIMESTAMP_NTZ)"),
        ("sum(a order by b)", "SUM(a)"),
        ("a[1]", "a[0]"),
    ],
)
def test_where_the_engines_would_differ_spark_is_told_what_duckdb_means(duckdb: str, expected: str) -> None:
    assert spark(f"select {duckdb} as x from t") == f"SELECT {expected} AS x FROM t"


def test_rules_reach_what_stands_inside_each_other() -> None:
    assert spark("select (a / b) / floor(c / d) from t").count("TRY_DIVIDE") == 3


def test_nulls_are_last_in_either_direction() -> None:
    told = spark("select row_number() over (order by a, b desc) from t")
    assert "ORDER BY a NULLS LAST, b DESC" in told  # in Spark nulls are last where it goes down


def test_schemas_are_part_of_the_names_of_views() -> None:
    assert spark("select turns.a from facts.turns") == "SELECT turns.a FROM facts__turns AS turns"
    read_by = tables_of(read("with a as (select * from facts.b) select * from a cross join c"))
    assert {table.sql() for table in read_by} == {"facts.b", "c"}


@pytest.mark.parametrize(
    ("select", "advice"),
    [("select array_agg(a) from t", "order by"), ("select a at time zone 'UTC' from t", "in pairs")],
)
def test_what_is_not_portable_is_refused_with_the_portable_way(select: str, advice: str) -> None:
    with pytest.raises(ValueError, match=advice):
        spark(select)


def test_types_of_both_engines() -> None:
    assert exchange.spark_type("DECIMAL(18,6)[]") == "array<decimal(18,6)>"
    assert exchange.spark_type("TIMESTAMP") == "timestamp_ntz"
    with pytest.raises(RunError, match="INTERVAL"):
        exchange.spark_type("INTERVAL")


# ------------------------------------------------------------------------------------------------ what may be missing


def test_a_missing_extra_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r'pip install "vocpipe\[spark\]"'):
        session.require_parts()


def test_a_missing_java_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(session, "find_spec", lambda name: name)
    monkeypatch.setenv("PATH", str(tmp_path))
    for home in ("", str(tmp_path)):
        monkeypatch.setenv("JAVA_HOME", home)
        with pytest.raises(UsageError, match="needs Java 17"):
            session.require_parts()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"kind": "spark"}, "belong together"),
        ({"master": "local[2]"}, "belong together"),
        ({"options": {"spark.executor.memory": "8g"}}, "take them away"),
    ],
)
def test_settings_of_the_engine_fit_together(given: dict, told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        EngineSettings.model_validate(given)
