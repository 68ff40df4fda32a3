"""Checks that look at a night against the nights before: each on small tables, with and without what it looks for."""

from __future__ import annotations

from datetime import datetime

import duckdb
import pytest

from vocpipe.warehouse import rows
from vocpipe.warehouse.checking import checks, places_of

SELECTS = {select.name: (severity, select) for severity, select in checks()}


@pytest.fixture
def con():
    with duckdb.connect() as made:
        made.execute("""
            create schema raw; create schema staging; create schema marts; create schema quality;
            create schema enrichment;
            set variable as_of = timestamp '2026-07-01 02:00:00'; set variable run_id = 'now';
            create table raw.loads (source varchar, loaded_at timestamp, rows_in bigint, rows_unchanged bigint,
                problem varchar);
            create table staging.declared_sources (source varchar, stale_days integer);
            create table marts.interactions (channel varchar, known_at timestamp, occurred_at timestamp,
                sentiment varchar);
            create table quality.runs (run_id varchar, started_at timestamp, outcome varchar, model_versions varchar);
            create table enrichment.versions (classifier varchar, version varchar, rank integer);
        """)
        yield made


def offending(con, name):
    """Where a check does not hold."""
    _, select = SELECTS[name]
    return places_of(con, select) if rows(con, select.sql) else []


def loads(con, days, *, unchanged=0, problem=None):
    for day in days:
        at = datetime(2026, 6, day, 2)
        con.execute("insert into raw.loads values ('crm', $1, 5, $2, $3)", [at, unchanged, problem])


@pytest.mark.parametrize(
    ("stale_days", "days", "is_stale"),
    [
        (0, [25, 26, 27, 28], False),  # three days without one: a weekend
        (0, [24, 25, 26, 27], True),
        (0, [2, 9, 16, 23], False),  # once a week
        (0, [20, 21], False),  # too few to speak of a rhythm
        (2, [28], True),
        (3, [28], False),
    ],
)
def test_a_source_is_stale_by_its_own_rhythm_or_the_settings(con, stale_days, days, is_stale):
    con.execute("insert into staging.declared_sources values ('crm', $1)", [stale_days])
    loads(con, days)
    loads(con, [30], unchanged=5)  # the same rows again are nothing new
    loads(con, [30], problem="the file is empty")
    assert offending(con, "source_is_stale") == (["source crm"] if is_stale else [])


def said(con, channel, day, count, sentiment="neutral"):
    at = datetime.fromisoformat(f"2026-{day}T12:00:00")
    con.execute("insert into marts.interactions select $1, $2, $2, $3 from range($4)", [channel, at, sentiment, count])


WEEKS = ("05-29", "06-05", "06-12", "06-19")


@pytest.mark.parametrize(
    ("last", "expected"), [(60, []), (29, ["channel tweet"]), (400, ["channel tweet"]), (0, ["channel tweet"])]
)
def test_volume_is_held_against_each_of_the_four_weeks_before(con, last, expected):
    for day, count in zip(WEEKS, (60, 100, 80, 120), strict=True):
        said(con, "tweet", day, count)
        said(con, "survey", day, 10)  # too few to say anything
    said(con, "tweet", "06-28", last)
    said(con, "tweet", "07-01", 500)  # today is not over
    assert offending(con, "volume_out_of_line") == expected


@pytest.mark.parametrize(("negative", "expected"), [(40, []), (110, ["channel ticket"])])
def test_sentiment_that_shifts_beyond_chance_is_told(con, negative, expected):
    said(con, "ticket", "06-10", 150)
    said(con, "ticket", "06-10", 50, "negative")
    said(con, "ticket", "06-28", 160 - negative)
    said(con, "ticket", "06-28", negative, "negative")
    assert offending(con, "sentiment_shifted") == expected


@pytest.mark.parametrize(("outcome", "version", "expected"), [
    ("published", "fast-1", []), ("published", "fast-2", ["classifier sentiment"]), ("failed", "fast-2", []),
])  # fmt: skip
def test_another_version_of_a_model_is_told_once(con, outcome, version, expected):
    con.execute("insert into enrichment.versions values ('sentiment', $1, 0), ('language', '1', 0)", [version])
    con.execute(
        "insert into quality.runs values ('before', timestamp '2026-06-30', $1, $2)",
        [outcome, '{"sentiment": "fast-1"}'],
    )
    assert offending(con, "model_changed") == expected


def test_an_answer_or_order_that_is_lost_stops_the_publish(con):
    con.execute("""
        create table staging.answers as
            select 'q' as source, 'R1' as response_id, 'Q1' as question_id, timestamp '2026-01-01' as known_at,
                9 as score;
        create table marts.responses as from staging.answers;
        create table staging.orders as select 'shop' as source, 'O1' as order_id;
        create table marts.orders as from staging.orders;
    """)
    assert SELECTS["answers_arrive"][0] == SELECTS["orders_arrive"][0] == "fail"
    assert (offending(con, "answers_arrive"), offending(con, "orders_arrive")) == ([], [])
    con.execute("insert into marts.orders from staging.orders; delete from marts.responses")
    assert (offending(con, "answers_arrive"), offending(con, "orders_arrive")) == (["source q"], ["source shop"])


def test_a_stopped_source_is_told_by_name(con):
    con.execute("create table staging.stopped_sources as select 'crm' as source, 'no column' as problem")
    assert offending(con, "source_is_stopped") == ["source crm"]
