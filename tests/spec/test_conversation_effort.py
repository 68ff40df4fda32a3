"""Effort of a ticket by what happened: small tables in, points and their parts out."""

from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

import vocpipe

SQL = (Path(vocpipe.__file__).parent / "facts" / "conversation_effort.sql").read_text(encoding="utf-8")
AS_OF = datetime(2026, 3, 20)


@pytest.fixture
def con():
    with duckdb.connect(":memory:") as con:
        con.execute("create schema staging")
        con.execute("create schema facts")
        con.execute(
            "create table staging.conversations (source varchar, conversation_id varchar, created_at timestamp, "
            "solved_at timestamp, count_reopens integer)"
        )
        con.execute(
            "create table facts.interactions (source varchar, conversation_id varchar, interaction_id varchar, "
            "channel varchar, customer_id varchar, topic varchar, occurred_at timestamp)"
        )
        con.execute("set variable as_of = timestamp '2026-03-20'")
        yield con


def ticket(con, number, *, day=1, turns=1, reopens=0, days=0, customer="c1", topic="bags", solved=True):
    opened = datetime(2026, 3, day, 9)
    end = opened + timedelta(days=days) if solved else None
    con.execute("insert into staging.conversations values ('desk', ?, ?, ?, ?)", [number, opened, end, reopens])
    for n in range(turns):
        con.execute(
            "insert into facts.interactions values ('desk', ?, ?, 'ticket', ?, ?, ?)",
            [number, f"{number}-{n}", customer, topic, opened + timedelta(minutes=n)],
        )


def efforts(con):
    found = con.sql(SQL).fetchall()
    return {number: (further, repeats, waited, effort) for _, number, further, repeats, waited, effort in found}


def test_the_worked_example_of_its_head(con):
    ticket(con, "a", turns=3, reopens=1, days=2)
    assert efforts(con) == {"a": (2, 0, 2, pytest.approx(5 / 9))}


def test_a_ticket_solved_at_once_is_no_effort(con):
    ticket(con, "a")
    assert efforts(con)["a"] == (0, 0, 0, 0.0)


def test_more_of_any_part_is_never_less_effort_and_never_one(con):
    for part in ("turns", "reopens", "days"):
        for n in range(1, 20):
            ticket(con, f"{part}{n:02}", customer=f"{part}{n}", **{part: n})
    found = efforts(con)
    for part in ("turns", "reopens", "days"):
        rising = [found[f"{part}{n:02}"][3] for n in range(1, 20)]
        assert rising == sorted(rising)
        assert 0 <= rising[0] < rising[-1] < 1


def test_repeats_are_earlier_tickets_of_the_customer_on_the_topic_within_14_days(con):
    ticket(con, "first", day=1)
    ticket(con, "second", day=10)
    ticket(con, "third", day=18)
    ticket(con, "other topic", day=11, topic="food")
    ticket(con, "other customer", day=11, customer="c2")
    ticket(con, "unknown 1", day=11, topic="unknown")
    ticket(con, "unknown 2", day=12, topic="unknown")
    ticket(con, "nobody 1", day=11, customer=None)
    ticket(con, "nobody 2", day=12, customer=None)
    repeats = {number: found[1] for number, found in efforts(con).items()}
    assert repeats == {
        "first": 0,
        "second": 1,
        "third": 1,  # the first one was 17 days before
        "other topic": 0,
        "other customer": 0,
        "unknown 1": 0,
        "unknown 2": 0,
        "nobody 1": 0,
        "nobody 2": 0,
    }
    assert efforts(con)["second"][3] > efforts(con)["first"][3]


def test_a_ticket_that_is_not_solved_waits_until_the_run(con):
    ticket(con, "a", day=10, solved=False)
    assert efforts(con)["a"][2] == (AS_OF.date() - datetime(2026, 3, 10).date()).days


def test_a_ticket_without_turns_or_reopens_on_record_has_those_parts_at_nought(con):
    ticket(con, "a", turns=0, reopens=None)
    assert efforts(con)["a"] == (0, 0, 0, 0.0)
