"""The whole job on a generated scenario of real texts whose every answer is known (skips where it is not at hand)."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest
from project import read_quickly

import vocpipe
from vocpipe import pipeline
from vocpipe.proposing import init

AS_OF = datetime(2025, 7, 1)
METRICS = {"nps": ("nps", 1), "csat": ("csat_top2_pct", 100), "csat_mean": ("csat_mean", 1), "ces": ("ces_mean", 1)}


@pytest.fixture(scope="module")
def project(shared, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("scenario")
    script = shared / "tools" / "build_scenario.py"
    command = [sys.executable, script, "--out", folder, "--seed", "4711", "--customers", "2000"]
    subprocess.run(command, check=True, capture_output=True)
    init(folder, {}, force=False)
    read_quickly(folder)
    pipeline.run(folder, as_of=AS_OF)
    return folder


@pytest.fixture(scope="module")
def told(project):
    return json.loads((project / "truth.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def ask(project):
    with vocpipe.connect(project) as con:
        yield lambda sql: con.execute(sql).fetchall()


def figures(ask, metric, period="all", segment_type="all"):
    found = ask(
        "select strftime(period_start, '%Y-%m'), segment, n, value from metrics.metric_value "
        f"where metric = '{metric}' and period = '{period}' and segment_type = '{segment_type}'"
    )
    return {(month if period == "month" else segment): (n, value) for month, segment, n, value in found}


def persons(project, ask):
    """Person of each customer, by the records of the customer record that were joined."""
    person = pd.read_csv(project / "truth_crm.csv").set_index("customer_id").person
    linked = ask(
        "select customer_id, record_id from marts.customer_records "
        "where person_kind = 'customer_record' and unlinked_at is null"
    )
    found: dict[str, set[int]] = {}
    for customer, record in linked:
        found.setdefault(customer, set()).add(int(person[record]))
    return found


@pytest.mark.parametrize("metric", METRICS)
def test_survey_figures_equal_the_truth_overall_and_by_month(told, ask, metric):
    key, scale = METRICS[metric]
    count = "n" if metric == "nps" else "n_csat"
    overall = told["surveys"]["overall"]
    ((n, value),) = figures(ask, metric).values()
    assert (n, value) == (overall[count], pytest.approx(overall[key] / scale, abs=1e-4))
    months = figures(ask, metric, period="month")
    for month, expected in told["surveys"]["by_month_utc"].items():
        if expected:
            n, value = months[month]
            assert n == expected[count]
            assert value is None or value == pytest.approx(expected[key] / scale, abs=1e-4)


def test_ticket_and_purchase_figures_equal_the_truth(told, ask):
    tickets, loyalty = told["tickets"], told["loyalty"]
    ((n, value),) = figures(ask, "ticket_csat").values()
    assert n == tickets["csat_good"] + tickets["csat_bad"]
    assert value == pytest.approx(tickets["csat_good_pct"] / 100, abs=1e-6)
    assert figures(ask, "first_reply_minutes")["all"][1] == tickets["median_first_reply_min"]
    assert figures(ask, "repeat_rate")["all"][1] == pytest.approx(loyalty["repeat_rate"], abs=0.01)
    churned = loyalty["churned_180d"] / told["generator"]["customers"]
    assert figures(ask, "churn_rate")["all"][1] == pytest.approx(churned, abs=0.01)
    assert figures(ask, "revenue")["all"][1] == pytest.approx(loyalty["paid_revenue"], abs=0.5)


def test_every_valid_interaction_is_there_once_and_goes_to_the_right_person(project, told, ask):
    truth = pd.read_csv(project / "truth_interactions.csv", dtype={"interaction_id": str}, keep_default_na=False)
    truth = truth[truth.valid == 1].set_index("interaction_id")
    person = persons(project, ask)
    assert all(len(found) == 1 for found in person.values())
    linkable = set(told["rules"]["linkable"].removeprefix("link_rule in ").split(", "))
    seen, wrong, missed = set(), 0, 0
    for channel, source_id, customer in ask("select channel, source_id, customer_id from marts.interactions"):
        key = f"Z{source_id}" if channel == "ticket" else source_id
        assert key not in seen
        seen.add(key)
        row = truth.loc[key]
        wrong += customer is not None and person[customer] != {row.person}
        missed += customer is None and row.link_rule in linkable
        assert not (row.link_rule == "not_a_customer" and customer)
    assert seen == set(truth.index)
    assert wrong == 0
    assert missed <= 0.001 * len(truth)


def test_nps_by_tier_is_that_of_the_persons_own_tiers(project, ask):
    tier = pd.read_csv(project / "truth_persons.csv").set_index("person").loyalty_tier
    person = persons(project, ask)
    scores: dict[str, list[int]] = {}
    for customer, score in ask("select customer_id, score from marts.responses where metric = 'nps'"):
        if customer:
            scores.setdefault(tier[next(iter(person[customer]))], []).append(score)
    found = figures(ask, "nps", segment_type="loyalty_tier")
    for name, values in scores.items():
        promoters, detractors = sum(v >= 9 for v in values), sum(v <= 6 for v in values)
        assert found[name] == (len(values), pytest.approx(100 * (promoters - detractors) / len(values)))


def test_rows_in_are_rows_used_and_rows_set_aside(told, ask):
    ((rows_in, used, aside),) = ask("select sum(rows_in), sum(rows_used), sum(rows_set_aside) from quality.loads")
    assert rows_in == used + aside
    traps = told["traps"]
    reasons = dict(ask("select reason, count(*) from quality.quarantine where unit = 'row' group by reason"))
    assert reasons["a preview or test of the survey, no customer"] >= traps["survey_preview"]
    assert reasons["an older version of the same thing"] == traps["ticket_older_versions"] + traps["tweets_seen_twice"]
