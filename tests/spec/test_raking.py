"""Raking against the figures that R's survey package prints, and what weights do to a published figure."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from metrics_marts import answers, built, figure, rows, warehouse

from vocpipe import metrics
from vocpipe.analysis.raking import CannotRake, rake
from vocpipe.selects import PACKAGE, read_select
from vocpipe.statistics import survey_weights

# California schools (apiclus1): stype, sch.wide, schools in the sample, sum of api00, weight after raking.
CELLS = [
    ("E", "No", 12, 7156, 39.8392362469),
    ("E", "Yes", 132, 86281, 29.8706754926),
    ("H", "No", 3, 1978, 67.1255292413),
    ("H", "Yes", 11, 6682, 50.3294011162),
    ("M", "No", 8, 4851, 49.0690721641),
    ("M", "Yes", 17, 10935, 36.7910248644),
]
MARGINS = {"stype": {"E": 4421, "H": 755, "M": 1018}, "wide": {"No": 1072, "Yes": 5122}}


def schools() -> pd.DataFrame:
    return pd.DataFrame([cell[:2] for cell in CELLS for _ in range(cell[2])], columns=["stype", "wide"])


def test_weights_and_mean_of_the_survey_package():
    """tests/rakecheck.Rout.save of R's survey: mean api00 641.23 after raking to two margins."""
    raked = rake(schools(), MARGINS)
    by_cell = np.split(raked.weights, np.cumsum([cell[2] for cell in CELLS])[:-1])
    assert [w[0] for w in by_cell] == pytest.approx([cell[4] for cell in CELLS], abs=1e-6)
    assert all(np.ptp(w) < 1e-9 for w in by_cell)
    total = sum(w[0] * cell[3] for w, cell in zip(by_cell, CELLS, strict=True))
    assert total / raked.weights.sum() == pytest.approx(641.230320927, abs=1e-6)
    assert raked.n_eff == pytest.approx(raked.weights.sum() ** 2 / (raked.weights**2).sum())
    assert raked.design_effect == pytest.approx(183 / raked.n_eff)
    assert (raked.count_trimmed, raked.warning) == (0, None)


def test_the_order_of_respondents_does_not_matter():
    mixed = schools().sample(frac=1, random_state=3)
    assert rake(mixed, MARGINS).weights == pytest.approx(rake(schools(), MARGINS).weights[mixed.index])


def test_an_empty_cell_is_refused_with_a_sentence():
    with pytest.raises(CannotRake, match="nobody with stype 'H' has answered: put it together with another value"):
        rake(schools().query("stype != 'H'"), MARGINS)


def test_a_value_without_a_base_is_refused():
    with pytest.raises(CannotRake, match="stype has nobody with 'M' in the customer base"):
        rake(schools(), {"stype": {"E": 4421, "H": 755}})


def test_large_weights_are_cut_and_the_rest_raked_again():
    """One of 50 stands for half of the base by one margin; the other margin leaves room to take off from it."""
    tier = ["gold"] * 4 + ["blue"] * 46
    raked = rake(pd.DataFrame({"tier": tier}), {"tier": {"gold": 500, "blue": 500}})
    assert raked.count_trimmed == 4
    assert raked.weights[:4].sum() == pytest.approx(500)
    assert raked.warning is not None and "design effect" in raked.warning


# --------------------------------------------------------------------------- the weights of answers


def frames(gold: int = 2, blue: int = 8) -> dict[str, pd.DataFrame]:
    """Half of the base is gold; `gold` and `blue` of them answered in March."""
    base = pd.DataFrame({"customer_id": [f"c{i:02}" for i in range(40)]})
    tier = ["gold"] * 20 + ["blue"] * 20
    answered = [*base.customer_id[:gold], *base.customer_id[20 : 20 + blue]]
    march = pd.Timestamp("2025-03-01")
    told = [(period, start, who) for period, start in (("all", pd.NaT), ("month", march)) for who in answered]
    return {
        "answered": pd.DataFrame(told, columns=["period", "period_start", "customer_id"]),
        "base": base,
        "attributes": base.assign(attribute="tier", value=tier),
    }


def test_weights_stand_for_the_customer_record():
    made = survey_weights.make(frames(), {"margins": json.dumps(["tier"])})
    assert list(made.columns) == [*survey_weights.COLUMNS]
    for _, period in made.groupby("period"):
        assert period.weight.tolist() == pytest.approx([2.5] * 2 + [0.625] * 8)


def test_without_margins_there_are_no_weights():
    assert len(survey_weights.make(frames(), {"margins": "[]"})) == 0


def test_a_period_that_cannot_be_weighted_says_why():
    made = survey_weights.make(frames(gold=0), {"margins": json.dumps(["tier"])})
    assert made.weight.isna().all()
    assert made.warning.str.contains("nobody with tier 'gold' has answered").all()


def test_the_weighted_nps_has_its_own_name_and_counts_its_weights():
    made = survey_weights.make(frames(), {"margins": json.dumps(["tier"])})
    given = answers([10] * 2 + [0] * 8, customer_id=lambda i: f"c{i if i < 2 else i + 18:02}")
    weights = [
        {**row, "period_start": None if row["period"] == "all" else row["period_start"]}
        for row in made[["period", "period_start", "customer_id", "weight"]].to_dict("records")
    ]
    with built({"responses": given, "survey_weights": weights}) as con:
        got, plain = figure(con, "nps_weighted"), figure(con, "nps_customer")
        month = figure(con, "nps_weighted", period="month")
        con.execute("create schema quality")
        told = rows(con, read_select(PACKAGE / "quality" / "weights.sql").sql)
    assert plain["value"] == -60
    assert (got["value"], month["value"]) == (pytest.approx(0, abs=1e-9), pytest.approx(0, abs=1e-9))
    assert got["n"] == 10 and got["n_eff"] < 10 / 1.5
    assert got["ci_low"] < -60 and got["ci_high"] > 60
    assert [row["design_effect"] for row in told] == pytest.approx([10 * (2 * 2.5**2 + 8 * 0.625**2) / 100] * 2)


def test_weighted_and_clustered_error_as_in_r_survey():
    """i = 1..60: score (7i) mod 11, weight 1 + i mod 4, 25 customers or 60 (svymean of R's survey)."""
    for people, error in ((25, 0.146036806906), (60, 0.116101131317)):
        given = [
            {"customer_id": f"c{i % people:02}", "score": 7 * i % 11, "weight": 1 + i % 4, "i": i} for i in range(1, 61)
        ]
        events = ", ".join(
            f"('e{g['i']}', '{g['customer_id']}', timestamp '2025-03-01', "
            f"{g['weight'] * ((g['score'] >= 9) - (g['score'] <= 6))}, {g['weight']})"
            for g in given
        )
        assert weighted_error(events) == pytest.approx((-0.433333333333, error), abs=1e-11)


def weighted_error(events: str) -> tuple[float, float]:
    marks = {"unit": "points", "direction": "up", "grain": "response", "method": "adjusted_wald", "version": "1"} | {
        "timing": "flow"
    }
    sql = f"select * from (values {events}) as e(event_id, customer_id, event_at, numerator, denominator)"
    con = warehouse({"customer_attributes": [], "orders": [], "responses": answers([1], customer_id=None)})
    with con:
        con.execute("insert into marts.orders select 'o' || i, 'c' || lpad(i::varchar, 2, '0'), "
                    "timestamp '2025-03-01', 'EUR', false, 1 from range(61) as r(i)")  # fmt: skip
        con.execute("set variable periods = 'all'")
        metric = metrics.Metric("weighted", "", marks, sql)
        metrics.prepare(con, [metric])
        metrics.measure(con, [metric])
        metrics.make(con, "measured")
        found = con.execute("select value, se from measured where segment_type = 'all'").fetchall()[0]
    return found[0] / 100, found[1] / 100
