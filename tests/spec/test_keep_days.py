"""Rows that a source keeps no longer go with their texts, at the end of a run; figures of their time stay."""

from __future__ import annotations

from datetime import datetime

import pytest
from project import AS_OF, qualtrics, response, tweet, tweets, write

from vocpipe import settings
from vocpipe.contracts import UsageError
from vocpipe.proposing import init
from vocpipe.warehouse import retention, rows

OLD = "my bag was lost and I cried"
FIGURE = "'nps', '1', 'response', 'month', timestamp '2024-01-01', 'all', 'all', 'points', 7"


@pytest.fixture
def project(tmp_path):
    """Tweets of 2024 and 2026 that are kept for a year, a survey that is kept for good."""
    write(tmp_path, {
        "x/tweets.jsonl": tweets(tweet(1, OLD, created_at="2024-01-05T12:00:00.000Z"),
                                 tweet(2, "lovely crew", created_at="2026-03-01T12:00:00.000Z")) + b"{a broken piece",
        "q/survey.csv": qualtrics([response(n, 9) for n in range(12)]),
    })  # fmt: skip
    init(tmp_path, {}, force=False)
    path = tmp_path / "vocpipe.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('format = "x_api_json"', 'format = "x_api_json"\nkeep_days = 365'), encoding="utf-8")
    return tmp_path


def made(con) -> None:
    """What the rest of a run leaves: texts with their caches, figures, a table that names the interactions."""
    con.execute("create or replace table enrichment.texts as select interaction_id, md5(verbatim) as text_id, "
                "verbatim as redacted from staging.turns where verbatim is not null")  # fmt: skip
    con.execute("insert into enrichment.redactions select text_id, redacted from enrichment.texts")
    con.execute("create or replace table facts.interactions as select interaction_id, verbatim from staging.turns")
    con.execute("create schema if not exists metrics")
    for name in retention.FIGURES:
        con.execute(f"create or replace table metrics.{name} (metric varchar, metric_version varchar, grain varchar, "
                    "period varchar, period_start timestamp, segment_type varchar, segment varchar, unit varchar, "
                    f"n bigint); insert into metrics.{name} values ({FIGURE})")  # fmt: skip


def texts_left(con) -> str:
    """All texts of the work file."""
    found = rows(con, "select body from raw.records union all select body from raw.rejects union all "
                      "select redacted from enrichment.texts union all select redacted from enrichment.redactions "
                      "union all select verbatim from facts.interactions")  # fmt: skip
    return "\n".join(text or "" for (text,) in found)


def test_rows_and_texts_past_their_time_go_and_all_others_stay(project, staged):
    with staged(project) as con:
        con.execute("create schema if not exists facts")
        made(con)
        assert OLD in texts_left(con) and "a broken piece" in texts_left(con)
        before = rows(con, "select count(*) from raw.records")[0][0]
        assert retention.erase(con, settings.load(project), AS_OF) == 1
        left = texts_left(con)
        assert OLD not in left and "lovely crew" in left and "a broken piece" in left  # that piece came this very night
        assert rows(con, "select count(*) from raw.records") == [(before - 1,)]
        assert rows(con, "select sum(rows_erased)::bigint from raw.loads") == [(1,)]
        assert rows(con, "select count(*) from facts.interactions where verbatim = 'lovely crew'") == [(1,)]
        assert retention.erase(con, settings.load(project), AS_OF) == 0


def test_a_piece_that_could_not_be_read_goes_when_its_load_is_past_its_time(project, staged):
    with staged(project) as con:
        con.execute("create schema if not exists facts")
        made(con)
        con.execute("update raw.loads set loaded_at = timestamp '2024-02-01' where source = 'x_api'")
        retention.erase(con, settings.load(project), AS_OF)
        assert "a broken piece" not in texts_left(con)
        assert rows(con, "select distinct body from raw.rejects") == [("[erased]",)]


def test_figures_of_a_month_whose_rows_are_gone_stay_as_they_were(project, staged):
    with staged(project) as con:
        con.execute("create schema if not exists facts")
        made(con)
        retention.erase(con, settings.load(project), AS_OF)
        for name in retention.FIGURES:  # the next night finds no answer of that month
            con.execute(f"delete from metrics.{name}")
        retention.restore_figures(con)
        for name in retention.FIGURES:
            assert rows(con, f"select period_start, n from metrics.{name}") == [(datetime(2024, 1, 1), 7)]


def test_without_a_limit_nothing_is_erased(project, staged):
    path = project / "vocpipe.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("keep_days = 365\n", ""), encoding="utf-8")
    with staged(project) as con:
        assert retention.erase(con, settings.load(project), AS_OF) == 0


def test_no_days_at_all_are_refused(project):
    path = project / "vocpipe.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("keep_days = 365", "keep_days = 0"), encoding="utf-8")
    with pytest.raises(UsageError, match="keep_days"):
        settings.load(project)
