"""What every metric promises, over all files of the metrics room, and what the two published tables promise."""

from __future__ import annotations

import importlib.util
import math
import random
import re
import shutil
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlglot
from metrics_marts import SETTINGS, built, figure, rows

from vocpipe import metrics
from vocpipe.metrics.definitions import METHODS
from vocpipe.metrics.measuring import FURTHER

METRICS = metrics.read_metrics()
CHECKS = metrics.FOLDER.parent / "checks"
STEPS = sorted((metrics.FOLDER / "tables").glob("*.sql"))
ADDITIVE = [m.name for m in METRICS if m.marks["method"] not in FURTHER]
DESCRIBED = re.compile(r"(?:^|[\s.])(\w+),\s*--\s*(\S.*)$")
COLUMNS = (
    "metric metric_version grain period period_start period_end segment_type segment n n_customers n_eff value se "
    "ci_low ci_high conf method unit direction coverage low_base suppressed provisional as_of run_id code_version"
).split()
ALLOWED = {
    "unit": {"points", "share", "mean", "minutes", "days", "turns per customer", "currency"},
    "direction": {"up", "down"},
    "grain": {
        *("response", "customer", "conversation", "interaction", "order", "purchase", "send", "invitation", "journey"),
        "employee",
    },
    "method": set(METHODS),
    "timing": {"flow", "stock"},
    "within": {"channel"},
    "attributes": {"no"},
}
# Not the same, or not there, on other engines.
UNPORTABLE = (
    "asof",
    "using key",
    "round(",
    "quantile_cont",
    "percentile_cont",
    "median(",
    "list_",
    "qualify",
    "date_diff",
)


IDENTITIES = ("figures_unique", "segments_add_up", "months_add_up", "figures_from_parts", "components_add_up")


def some_marts(seed: int = 5) -> dict[str, list[dict[str, Any]]]:
    """A few hundred rows in which every metric has something to count."""
    chance = random.Random(seed)
    people = [f"c{i}" for i in range(40)] + [None] * 12
    moment = lambda: datetime(2025, 1, 1) + timedelta(minutes=chance.randrange(260_000))  # noqa: E731
    part = lambda: chance.choice(["product", "transaction", "interaction", None])  # noqa: E731
    about = lambda: {"topic": chance.choice(["delay", "crew", None]), "journey_stage": "air", "experience": part()}  # noqa: E731
    needs = ["meaning", "value", "accommodation", None]
    scales = [("nps", 0, 10), ("csat", 1, 5), ("ces", 1, 7), ("ces_v1", 1, 5)]
    return {
        "interactions": [
            {
                "interaction_id": f"I{i}",
                "channel": chance.choice(["survey", "tweet", "ticket"]),
                "customer_id": chance.choice(people),
                "occurred_at": moment(),
                "sentiment_score": chance.uniform(-1, 1),
                "need": chance.choice(needs),
                **about(),
            }
            for i in range(150)
        ],
        "responses": [
            {
                "response_id": f"R{i}",
                "interaction_id": f"I{i}",
                "source": "s",
                "question_id": metric,
                "metric": metric,
                "scale_low": low,
                "scale_high": high,
                "score": chance.randint(low, high),
                "customer_id": chance.choice(people),
                "occurred_at": moment(),
                "segments": chance.choice(['{"cabin": "first"}', '{"cabin": "economy"}', None]),
            }
            for i in range(100)
            for metric, low, high in scales
        ],
        "conversations": [
            {
                "conversation_id": f"T{i}",
                "customer_id": chance.choice(people),
                "status": "solved",
                "source": "z",
                "count_reopens": chance.randrange(2),
                "rating": chance.choice(["good", "bad"]),
                "created_at": (at := moment()),
                "solved_at": at + timedelta(hours=5),
                "count_turns": chance.randint(1, 2),
                "first_reply_minutes": chance.randrange(90),
                "resolution_minutes": chance.randrange(900),
                **about(),
            }
            for i in range(80)
        ],
        "orders": [
            {
                "order_id": f"O{i}",
                "customer_id": chance.choice(people),
                "ordered_at": moment(),
                "currency": chance.choice(["EUR", "USD"]),
                "is_cancelled": chance.random() < 0.1,
                "paid_amount": chance.randrange(9999) / 100,
            }
            for i in range(120)
        ],
        "sends": [
            {
                "source": "s",
                "send_id": f"M{i}",
                "campaign": chance.choice(["Trip survey", "Fares"]),
                "channel": "email",
                "customer_id": chance.choice(people),
                "is_delivered": chance.random() < 0.9,
                "is_paused": chance.random() < 0.2,
                "sent_at": moment(),
            }
            for i in range(90)
        ],
        "journeys": [
            {"journey_id": f"J{i}", "customer_id": f"c{i}", "peak_end": chance.uniform(-1, 1), "ended_at": moment()}
            for i in range(40)
        ],
        "journey_stages": [
            {
                "journey_id": f"J{i}",
                "customer_id": f"c{i}",
                "journey_stage": "air",
                "stage_score": chance.uniform(-1, 1),
                "last_at": moment(),
            }
            for i in range(40)
        ],
        "facts.employees": [
            {
                "employee_no": f"{i}",
                "recommend_score": chance.randint(0, 10),
                "engagement_score": chance.uniform(1, 5),
                "known_at": datetime(2024, 12, 1),
            }
            for i in range(20)
        ],
        "survey_weights": [
            {"period": "month" if month else "all", "period_start": month, "customer_id": who, "weight": weight}
            for who, weight in zip(people[:40], [0.5, 1.5] * 20, strict=True)
            for month in (None, *(datetime(2025, number, 1) for number in range(1, 8)))
        ],
        "customer_attributes": [
            {"customer_id": who, "attribute": "tier", "value": chance.choice(["gold", "blue"])}
            for who in people[:30]
            if who
        ],
        "customers": [
            {"customer_id": who, "p_alive": chance.random(), "is_p_alive_by_construction": False} for who in people[:25]
        ],
    }


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with built(
        some_marts(),
        min_n_show="1",
        time_zone="'Europe/Berlin'",
        repeat_days="60",
        contract_ended="'tier'",
        ended_values="'gold'",
    ) as con:
        yield con


# --------------------------------------------------------------------------- the files


@pytest.mark.parametrize("metric", METRICS, ids=lambda m: m.name)
def test_a_metric_says_what_it_is(metric):
    assert "One row per" in metric.definition, "the first comment says what is counted and its grain"
    assert metric.marks.keys() >= {"unit", "direction", "grain", "method", "timing", "version"}
    for key, allowed in ALLOWED.items():
        assert metric.marks.get(key) in {*allowed, None}, key
    assert int(metric.marks["version"]) >= 1


@pytest.mark.parametrize("metric", METRICS, ids=lambda m: m.name)
def test_a_metric_gives_events(metric):
    """Its SELECT names numerator, denominator, customer, event, and when: a time, the period itself, or both."""
    names = set(sqlglot.parse_one(metric.sql, read="duckdb").named_selects)
    assert names >= {"event_id", "customer_id", "numerator", "denominator"}
    assert names & {"event_at", "period_no"}


@pytest.mark.parametrize("path", [*(metrics.FOLDER / f"{m.name}.sql" for m in METRICS), *STEPS], ids=lambda p: p.stem)
def test_sql_is_commented_short_and_portable(path: Path):
    sql = path.read_text(encoding="utf-8")
    assert sql.startswith("--") and len(sql.splitlines()) <= 90
    code = "\n".join(line.split("--")[0] for line in sql.splitlines()).lower()
    assert [word for word in UNPORTABLE if word in code] == []
    assert len(sqlglot.transpile(sql, read="duckdb", write="spark", unsupported_level=sqlglot.ErrorLevel.RAISE)) == 1
    described = {found[1] for line in sql.splitlines() if (found := DESCRIBED.search(line))}
    assert set(sqlglot.parse_one(sql, read="duckdb").named_selects) - {"*"} - described == set()


def test_a_new_metric_is_one_new_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / "metrics"
    shutil.copytree(metrics.FOLDER, folder)
    sql = (folder / "csat.sql").read_text(encoding="utf-8").replace("scale_high - 1", "scale_high")
    (folder / "csat_top_box.sql").write_text(sql, encoding="utf-8")
    monkeypatch.setattr(metrics, "FOLDER", folder)
    with built(some_marts()) as con:
        top, two = figure(con, "csat_top_box"), figure(con, "csat")
    assert top["n"] == two["n"] and 0 < top["value"] < two["value"]


# --------------------------------------------------------------------------- the tables


def test_the_columns_are_as_promised(con):
    assert [row["column_name"] for row in rows(con, "describe metrics.metric_value")] == COLUMNS


@pytest.mark.parametrize("select", metrics.published_tables(), ids=lambda select: select.name)
def test_every_column_is_described(con, select):
    assert "ne row per" in select.definition
    assert [row["column_name"] for row in rows(con, f"describe {select.table}")] == list(select.columns)


def test_nothing_else_is_left_behind(con):
    left = rows(
        con,
        "select table_name from duckdb_tables() where temporary "
        "union all select view_name from duckdb_views() where temporary and not internal",
    )
    assert left == []


@pytest.mark.parametrize("metric", METRICS, ids=lambda m: m.name)
def test_every_metric_is_published_by_period_and_segment(con, metric):
    found = rows(con, f"from metrics.metric_value where metric = '{metric.name}'")
    assert {row["period"] for row in found} == {"all", "month"}
    if metric.marks.get("attributes") != "no":
        assert any(row["segment_type"].endswith("tier") and row["segment"].endswith("gold") for row in found)
    for row in found:
        assert (row["direction"], row["grain"], row["method"]) == tuple(
            metric.marks[k] for k in ("direction", "grain", "method")
        )
        is_worth_one = row["method"] == "adjusted_wald" and row["n_eff"] is not None and row["n_eff"] < 3
        if row["ci_low"] is not None and not is_worth_one:  # 1 answer: -98.5 above -100
            assert row["ci_low"] <= row["value"] <= (row["ci_high"] or math.inf)


def test_keys_are_unique_and_the_same_in_both_tables(con):
    keys = "metric, metric_version, grain, period, period_start, segment_type, segment, unit"
    values, parts = (
        con.execute(f"select {keys} from metrics.{t}").fetchall() for t in ("metric_value", "metric_component")
    )
    assert len(values) == len(set(values))
    assert sorted(map(str, values)) == sorted(map(str, parts))


@pytest.mark.parametrize("metric", ADDITIVE)
def test_values_and_errors_are_recomputed_from_the_parts(con, metric):
    sql = f"""
        select v.value, v.se, p.*
        from metrics.metric_value as v
        join metrics.metric_component as p using (metric, period, period_start, segment_type, segment, unit)
        where metric = '{metric}'
    """
    for row in rows(con, sql):
        points = 1 if row["promoters"] is None else 100
        if points == 100:
            assert row["promoters"] + row["passives"] + row["detractors"] == pytest.approx(row["sum_w"])
            assert 100 * (row["promoters"] - row["detractors"]) / row["sum_w"] == pytest.approx(row["value"])
        if row["denominator"] is None:
            assert row["numerator"] == pytest.approx(row["value"])
        elif row["n"] == 0:
            assert row["value"] is None
        else:
            mean, g = row["numerator"] / row["denominator"], row["n_clusters"]
            assert points * mean == pytest.approx(row["value"])
            spread = row["cluster_ws2"] - 2 * mean * row["cluster_wws"] + mean**2 * row["cluster_ww"]
            if g > 1:
                assert points * math.sqrt(max(spread, 0) * g / (g - 1)) / row["sum_w"] == pytest.approx(
                    row["se"], abs=1e-5
                )


@pytest.mark.parametrize(
    "metric", [m.name for m in METRICS if m.marks.get("attributes") != "no" and "within" not in m.marks]
)
def test_tiers_add_up_to_all(con, metric):
    sql = f"""
        select segment_type, period, period_start, unit, sum(n) as n,
            sum(sum_w) as w, sum(sum_ws) as ws, sum(sum_ws2) as ws2
        from metrics.metric_component where metric = '{metric}' and segment_type in ('all', 'tier')
        group by all
    """
    whole, parts = (
        {(r["period"], r["period_start"], r["unit"]): r for r in rows(con, sql) if r["segment_type"] == kind}
        for kind in ("all", "tier")
    )
    assert whole and whole.keys() == parts.keys()
    for key, row in whole.items():
        assert [parts[key][c] for c in ("n", "w", "ws", "ws2")] == pytest.approx(
            [row[c] for c in ("n", "w", "ws", "ws2")]
        ), key


@pytest.mark.parametrize("name", IDENTITIES)
def test_accounting_identities_hold_and_are_seen_where_they_do_not(con, name):
    """Each check finds nothing, and finds the one figure or part that is put out of order."""
    check = (CHECKS / f"{name}.sql").read_text(encoding="utf-8")
    assert check.startswith("-- fail: ")
    assert rows(con, check) == []
    con.execute("begin")
    one = "metric = 'nps' and segment_type = 'tier' and segment = 'gold' and period = 'all'"
    con.execute(f"update metrics.metric_component set sum_ws = sum_ws + 1, promoters = promoters + 1 where {one}")
    con.execute(f"update metrics.metric_value set value = value + 1 where {one}")
    con.execute(f"insert into metrics.metric_value select * from metrics.metric_value where {one}")
    assert rows(con, check)
    con.execute("rollback")


def test_answers_are_cut_by_their_own_segments(con):
    found = rows(con, "select segment from metrics.metric_value where metric = 'nps' and segment_type = 'cabin'")
    assert {row["segment"] for row in found} == {"first", "economy", "(none)"}


def test_every_metric_has_a_naive_twin():
    """The property that SQL and a naive version agree is kept for every file of the room."""
    path = Path(__file__).parent.parent / "properties" / "test_metrics_agree.py"
    spec = importlib.util.spec_from_file_location("naive_twins", path)
    assert spec and spec.loader
    twins = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = twins  # dataclasses look their module up
    spec.loader.exec_module(twins)
    assert sorted(twins.METRICS) == [metric.name for metric in METRICS]


def test_a_second_run_changes_nothing(con):
    before = con.execute("from metrics.metric_value").fetchall()
    metrics.build(con)
    assert con.execute("from metrics.metric_value").fetchall() == before
    assert SETTINGS["run_id"] == f"'{before[0][-2]}'"
