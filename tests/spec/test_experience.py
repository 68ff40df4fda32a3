"""Total experience and its parts, journeys with peak and end, employees: small tables in, worked examples out."""

from __future__ import annotations

from datetime import datetime, timedelta

import duckdb
import pytest
from metrics_marts import answers, built, figure, rows

from vocpipe.selects import PACKAGE, read_select

DAY = datetime(2025, 3, 10)

# --------------------------------------------------------------------------- product, transaction, interaction


def told(parts: dict[str, tuple[int, int, int]], who=lambda i: None) -> dict:
    """Answers by part: promoters, passives, detractors."""
    scores, of = [], []
    for part, (up, middle, down) in parts.items():
        scores += [10] * up + [8] * middle + [0] * down
        of += [part] * (up + middle + down)
    interactions = [
        {"interaction_id": f"i{i}", "channel": "survey", "experience": part, "need": part, "occurred_at": DAY}
        for i, part in enumerate(of)
    ]
    return {
        "interactions": interactions,
        "responses": answers(scores, interaction_id=lambda i: f"i{i}", customer_id=who),
    }


GUIDE = {"product": (30, 10, 20), "transaction": (5, 5, 10), "interaction": (12, 4, 4)}


def test_the_total_is_the_mean_of_its_parts_as_in_the_guide():
    with built(told(GUIDE), min_n_show="10") as con:
        parts = [figure(con, f"tcx_{name}")["value"] for name in GUIDE]
        total, pooled = figure(con, "tcx"), figure(con, "nps")["value"]
    assert parts == pytest.approx([100 / 6, -25, 40])
    assert total["value"] == pytest.approx(sum(parts) / 3)
    assert (total["n"], pooled) == (100, pytest.approx(13))
    assert total["ci_low"] < total["value"] < total["ci_high"]
    assert total["method"] == "mean_of_parts"


def test_a_part_of_few_takes_the_total_with_it():
    with built(told(GUIDE | {"transaction": (3, 3, 3)}), min_n_show="10") as con:
        part, total = figure(con, "tcx_transaction"), figure(con, "tcx")
        assert figure(con, "tcx_product")["value"] == pytest.approx(100 / 6)
    assert (part["n"], part["value"], part["suppressed"]) == (9, None, True)
    assert (total["value"], total["se"], total["ci_low"], total["suppressed"]) == (None, None, None, True)


def test_without_a_part_there_is_no_total():
    with built(told({"product": (9, 9, 9), "interaction": (9, 9, 9)}), min_n_show="10") as con:
        assert figure(con, "tcx")["value"] is None


def test_the_error_of_the_total_is_that_of_unrelated_parts_where_nobody_answers_twice():
    with built(told(GUIDE), min_n_show="10") as con:
        total = figure(con, "tcx")["se"]
        apart = [
            figure(con, f"tcx_{name}")["se"] * ((n - 1) / n) ** 0.5 for name, n in zip(GUIDE, (60, 20, 20), strict=True)
        ]
    assert total == pytest.approx(sum(se**2 for se in apart) ** 0.5 / 3 * (100 / 99) ** 0.5, rel=1e-6)


def test_a_customer_who_speaks_of_all_parts_is_one():
    """Everybody says the same of all three parts: the total is as unsure as one part, not as a third of three."""
    same = dict.fromkeys(GUIDE, (8, 4, 8))
    with built(told(same, who=lambda i: f"c{i % 20}"), min_n_show="10") as con:
        assert figure(con, "tcx")["se"] == pytest.approx(figure(con, "tcx_product")["se"], rel=1e-6)


def test_a_total_does_not_give_a_hidden_part_away():
    """Silver's transaction is hidden since blue's is small: silver has no total either."""
    tables = told(GUIDE, who=lambda i: f"c{i}")
    blue = [f"c{i}" for i in range(62)]  # all of product and two of transaction
    tables["customer_attributes"] = [
        {"customer_id": f"c{i}", "attribute": "tier", "value": "blue" if f"c{i}" in blue[30:] else "silver"}
        for i in range(100)
    ]
    with built(tables, min_n_show="10") as con:
        part = figure(con, "tcx_transaction", segment_type="tier", segment="silver")
        total = figure(con, "tcx", segment_type="tier", segment="silver")
    assert (part["n"], part["suppressed"]) == (18, True)
    assert (total["value"], total["suppressed"]) == (None, True)


# --------------------------------------------------------------------------- journeys


@pytest.fixture
def facts():
    con = duckdb.connect()
    con.execute("create schema facts; set variable journey_days = 30; set variable as_of = timestamp '2025-05-15'")
    con.execute(
        "create table facts.interactions (interaction_id varchar, customer_id varchar, channel varchar, "
        "journey_stage varchar, sentiment_score double, occurred_at timestamp)"
    )
    yield con
    con.close()


def journeys(con, turns):
    for i, (day, stage, score) in enumerate(turns):
        row = [f"i{i}", "ana", "tweet", stage, score, DAY + timedelta(days=day)]
        con.execute("insert into facts.interactions values (?, ?, ?, ?, ?, ?)", row)
    con.execute(f"create table facts.journey_turns as {read_select(PACKAGE / 'facts' / 'journey_turns.sql').sql}")
    found = {}
    for name in ("journeys", "journey_stages"):
        sql = read_select(PACKAGE / "marts" / f"{name}.sql").sql
        found[name] = rows(con, f"from ({sql}) order by journey_no")
    return found["journeys"], found["journey_stages"]


def test_peak_and_end_as_in_the_guide(facts):
    (journey,), stages = journeys(facts, [(0, "book", 0.2), (1, "airport", -0.9), (2, "airport", 0.4)])
    assert (journey["most_extreme_score"], journey["last_score"]) == (-0.9, 0.4)
    assert journey["peak_end"] == pytest.approx(-0.25)
    assert journey["mean_score"] == pytest.approx(-0.1)
    assert (journey["count_interactions"], journey["count_stages"]) == (3, 2)
    assert (journey["first_stage"], journey["last_stage"]) == ("book", "airport")
    scores = {row["journey_stage"]: row["stage_score"] for row in stages}
    assert scores == {"book": pytest.approx(0.2), "airport": pytest.approx(-0.25)}


def test_a_journey_ends_after_thirty_silent_days(facts):
    found, _ = journeys(facts, [(0, "book", 0.1), (30, "book", 0.2), (61, "book", 0.3)])
    assert [row["count_interactions"] for row in found] == [2, 1]
    assert [row["is_open"] for row in found] == [False, True]


def test_of_equally_extreme_scores_the_negative_counts(facts):
    (journey,), _ = journeys(facts, [(0, None, 0.5), (1, None, -0.5), (2, None, 0.1)])
    assert journey["peak_end"] == pytest.approx(-0.2)


def test_what_cannot_be_scored_is_passed_over(facts):
    (journey,), (stage,) = journeys(facts, [(0, "book", 0.6), (1, "book", None)])
    assert (journey["last_score"], journey["peak_end"], stage["count_interactions"]) == (0.6, 0.6, 2)


# --------------------------------------------------------------------------- employees


def staff(count, **scores):
    return {
        "facts.employees": [
            {"employee_no": f"{i}", "known_at": DAY} | {k: v(i) for k, v in scores.items()} for i in range(count)
        ],
        "orders": [{"order_id": "o", "ordered_at": DAY}],
    }


def test_enps_is_the_nps_of_employees():
    with built(staff(20, recommend_score=lambda i: [10, 10, 7, 3][i % 4])) as con:
        got = figure(con, "enps")
    assert (got["n"], got["n_customers"], got["coverage"]) == (20, 0, None)
    assert got["value"] == pytest.approx(25)


def test_nothing_is_made_of_fewer_than_ten_employees_whatever_the_settings_say():
    with built(staff(9, recommend_score=lambda i: 10, engagement_score=lambda i: 3.0), min_n_show="1") as con:
        for table in ("metric_value", "metric_component"):
            assert rows(con, f"from metrics.{table} where metric in ('enps', 'engagement')") == []


def test_a_question_is_about_recommending_by_its_name_and_its_answers(facts):
    facts.execute("create schema staging")
    facts.execute(
        "create table staging.employees "
        "(source varchar, employee_id varchar, item varchar, score double, known_at timestamp)"
    )
    told_by = {"would_recommend": (9, 4), "job_satisfaction": (3, 4), "recommend_percent": (80, 40)}
    for item, scores in told_by.items():
        for who, score in zip("ab", scores, strict=True):
            facts.execute("insert into staging.employees values ('s', ?, ?, ?, ?)", [who, item, score, DAY])
    found = rows(facts, f"from ({read_select(PACKAGE / 'facts' / 'employees.sql').sql}) order by employee_id")
    assert [row["recommend_score"] for row in found] == [9, 4]
    assert [row["engagement_score"] for row in found] == [41.5, 22]
