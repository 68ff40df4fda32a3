"""Questions that responses leave empty: which count as offered, and the share of them with its interval."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from project import qualtrics, response, write

from vocpipe.proposing import init
from vocpipe.selects import PACKAGE, read_select
from vocpipe.warehouse import rows

TABLES = {
    "staging.answers": "source varchar, response_id varchar, question_id varchar, metric varchar, score integer, "
    "superseded_at timestamp",
    "staging.turns": "source varchar, source_id varchar, question_id varchar, channel varchar, verbatim varchar",
    "staging.unanswered": "source varchar, response_id varchar, question_id varchar, metric varchar",
    "facts.interactions": "interaction_id varchar, source varchar, source_id varchar, channel varchar, "
    "customer_id varchar, occurred_at timestamp",
}


def figures(given: list[tuple[str | None, bool]], least: int = 1) -> list[dict]:
    """The table for one question, of responses with their customer and whether they leave it empty."""
    with duckdb.connect() as con:
        con.execute("create schema staging; create schema facts")
        for name, columns in TABLES.items():
            con.execute(f"create table {name} ({columns})")
        for number, (who, is_empty) in enumerate(given):
            key = f"R{number}"
            con.execute(
                "insert into facts.interactions values ($1, 's', $2, 'survey', $3, '2026-02-28 23:30')",
                [f"s:{key}", key, who],
            )
            if is_empty:
                con.execute("insert into staging.unanswered values ('s', $1, 'Q1', 'nps')", [key])
            else:
                con.execute("insert into staging.answers values ('s', $1, 'Q1', 'nps', 9, null)", [key])
        con.execute(f"set variable z = 1.959963984540054; set variable min_n_show = {least}")
        con.execute("set variable time_zone = 'Europe/Berlin'")
        found = con.execute(read_select(PACKAGE / "quality" / "item_nonresponse.sql").sql)
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def test_the_share_left_empty_has_wilsons_interval_and_its_local_month():
    """15 of 148 (Newcombe 1998a): .0624 to .1605. Half past eleven in London is March in Berlin."""
    whole, month = figures([(f"c{n}", n < 15) for n in range(148)])
    assert (whole["period"], whole["n"], whole["n_empty"], whole["value"]) == ("all", 148, 15, pytest.approx(15 / 148))
    assert (whole["ci_low"], whole["ci_high"]) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert (month["period"], str(month["period_start"]), month["n"]) == ("month", "2026-03-01 00:00:00", 148)


def test_customers_who_always_leave_it_empty_are_one_each():
    """Thirty customers answer four times: five never, the others always. That tells what thirty answers tell."""
    alone = figures([(f"c{n}", n < 5) for n in range(30)])[0]
    often = figures([(f"c{n % 30}", n % 30 < 5) for n in range(120)])[0]
    assert often["value"] == pytest.approx(alone["value"])
    assert often["ci_high"] - often["ci_low"] == pytest.approx(alone["ci_high"] - alone["ci_low"], rel=0.02)


def test_few_responses_are_not_shown():
    whole, _ = figures([("a", False), (None, True)], least=10)
    assert whole["suppressed"] and whole["n"] == 2
    assert (whole["n_empty"], whole["value"], whole["ci_low"], whole["ci_high"]) == (None, None, None, None)


def test_nobody_leaving_it_empty_has_a_bound_above_nought():
    whole, _ = figures([(None, False)] * 20)
    assert (whole["value"], whole["ci_low"]) == (0, 0)
    assert whole["ci_high"] == pytest.approx(0.1611, abs=5e-5)


def test_what_a_file_offers_and_a_response_leaves_empty_is_unanswered(tmp_path: Path, staged):
    """Of finished responses alone; a score outside of the scale is no empty one."""
    given = [response(1, 9), response(2, "", text=" ") | {"Q4": " "}, response(3, 11), response(4, "", Finished="0")]
    folder = write(tmp_path, {"a.csv": qualtrics(given)})
    init(folder, {}, force=True)
    with staged(folder) as con:
        found = rows(con, "select response_id, question_id, metric from staging.unanswered order by all")
    assert found == [("R_2", "Q1", "nps"), ("R_2", "Q4", None)]
