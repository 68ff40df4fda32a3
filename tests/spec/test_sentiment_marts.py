"""Sentiment beside its channel and within its conversation."""

from __future__ import annotations

from datetime import datetime, timedelta

import duckdb
import pytest

from vocpipe.selects import PACKAGE, read_select
from vocpipe.warehouse import rows

DAY = datetime(2026, 3, 1)


@pytest.fixture
def con():
    con = duckdb.connect()
    for schema in ("staging", "enrichment", "facts"):
        con.execute(f"create schema {schema}")
    con.execute("create table staging.turns (interaction_id varchar, channel varchar, occurred_at timestamp)")
    con.execute("create table enrichment.texts (interaction_id varchar, text_id varchar)")
    con.execute("create table facts.text_findings (text_id varchar, sentiment_score double)")
    yield con
    con.close()


def said(con, channel, day, scores):
    for n, score in enumerate(scores):
        name = f"{channel}-{day}-{n}"
        at = DAY + timedelta(days=day, minutes=n)
        con.execute("insert into staging.turns values (?, ?, ?)", [name, channel, at])
        con.execute("insert into enrichment.texts values (?, ?)", [name, name])
        con.execute("insert into facts.text_findings values (?, ?)", [name, score])


def baselines(con):
    sql = read_select(PACKAGE / "facts" / "sentiment_baselines.sql").sql
    found = rows(con, f"select channel, said_on, count_baseline, sentiment_baseline from ({sql})")
    return {(channel, (on - DAY.date()).days): (count, mean) for channel, on, count, mean in found}


def test_the_baseline_is_the_mean_of_the_ninety_days_before(con):
    said(con, "tweet", 0, [-0.5] * 30)
    said(con, "tweet", 40, [0.5] * 10)
    said(con, "tweet", 90, [1.0])
    said(con, "tweet", 91, [1.0])
    found = baselines(con)
    assert found["tweet", 40] == (30, pytest.approx(-0.5))
    assert found["tweet", 90] == (40, pytest.approx(-0.25))  # day 0 is ninety days before; the day itself is not in it
    whole = (-15 + 5 + 2) / 42
    assert found["tweet", 91] == (42, pytest.approx(whole))  # eleven texts are too few: all of the channel


def test_too_few_texts_before_give_the_mean_of_all(con):
    said(con, "tweet", 0, [-1.0] * 29)
    said(con, "tweet", 5, [1.0] * 29)
    assert baselines(con) == {("tweet", 0): (58, 0.0), ("tweet", 5): (58, 0.0)}


def test_channels_never_mix_and_texts_without_a_score_do_not_count(con):
    said(con, "ticket", 0, [-0.9] * 31 + [None] * 9)
    said(con, "survey", 0, [0.7] * 31)
    said(con, "ticket", 3, [None, -0.9])
    said(con, "survey", 3, [0.7])
    found = baselines(con)
    assert found["ticket", 3] == (31, pytest.approx(-0.9))
    assert found["survey", 3] == (31, pytest.approx(0.7))


CONVERSATIONS = """
create table staging.conversations as
select c as conversation_id, 'desk' as source, 'web' as via, 'solved' as status, null as priority, null as assignee_id,
    null as owner_team, null as segments, null as rating, 1.0 as first_reply_minutes,
    2.0 as resolution_minutes, 0 as count_reopens,
    timestamp '2026-03-01' as created_at, null::timestamp as solved_at, timestamp '2026-03-01' as known_at,
    timestamp '2026-03-01' as loaded_at
from (values ('A'), ('B'), ('C')) as t(c)
"""
TURNS = """
create table facts.interactions as
select *, 'desk' as source, null as customer_id, null as topic, null as journey_stage, null as experience, null as need
from (values
    ('a1', 'A', 'ticket', timestamp '2026-03-01 10:00:00', null),
    ('a2', 'A', 'ticket', timestamp '2026-03-01 11:00:00', -0.8),
    ('a3', 'A', 'ticket', timestamp '2026-03-02 11:00:00', 0.1),
    ('a4', 'A', 'ticket', timestamp '2026-03-03 11:00:00', 0.6),
    ('a5', 'A', 'ticket', timestamp '2026-03-04 11:00:00', null),
    ('a6', 'A', 'tweet', timestamp '2026-03-05 11:00:00', -1.0),
    ('b1', 'B', 'ticket', timestamp '2026-03-01 10:00:00', -0.5),
    ('c1', 'C', 'ticket', timestamp '2026-03-01 10:00:00', null)
) as t(interaction_id, conversation_id, channel, occurred_at, sentiment_score)
"""


EFFORTS = """
create table facts.conversation_effort
(source varchar, conversation_id varchar, count_repeats integer, days_waited integer, effort double)
"""


def test_a_conversation_changes_from_the_first_score_to_the_last(con):
    con.execute(CONVERSATIONS)
    con.execute(TURNS)
    con.execute(EFFORTS)
    sql = read_select(PACKAGE / "facts" / "conversations.sql").sql
    columns = "conversation_id, interaction_id, count_turns, sentiment_start, sentiment_end, sentiment_change"
    assert [tuple(map(plain, row)) for row in rows(con, f"select {columns} from ({sql}) order by 1")] == [
        ("A", "a1", 5, -0.8, 0.6, 1.4),
        ("B", "b1", 1, -0.5, -0.5, 0.0),
        ("C", "c1", 1, None, None, None),
    ]


def plain(value):
    return round(float(value), 6) if value is not None and not isinstance(value, str | int) else value
