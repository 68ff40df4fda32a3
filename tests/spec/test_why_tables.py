"""The tables that say why a figure moved, on small data: sums, nothing hidden given away, the same in any order."""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from metrics_marts import rows, warehouse

from vocpipe import metrics
from vocpipe.analysis.changes import means, nps, shares
from vocpipe.statistics import statistics
from vocpipe.statistics.change import adjusted
from vocpipe.warehouse.statistics import in_order, write

WHY = ("metrics.driver", "metrics.topic_impact", "metrics.change", "metrics.alert")
PARAMETERS = {"conf": 0.95, "min_n_show": 10}
TOPICS = ("crew", "delay", "seat", "rare")


def answers_of(seed: int, months: int = 14, effect: float = 3.0) -> dict[str, list[dict[str, Any]]]:
    """Answers of 60 customers a month who speak of topics; crew and delay go with the score, seat does not."""
    rng = np.random.default_rng(seed)
    responses, interactions, said = [], [], []
    for month in range(months):
        when = f"{2024 + month // 12}-{month % 12 + 1:02}-10 12:00"
        for i, customer in enumerate(rng.choice(200, size=60, replace=False)):
            key = f"R{month:02}{i:03}"
            about = [t for t, share in zip(TOPICS, (0.4, 0.3, 0.3, 0.02), strict=True) if rng.random() < share]
            polar = {t: int(rng.choice([-1, 1])) for t in about}
            score = 7 + effect * (polar.get("crew", 0) + polar.get("delay", 0)) / 2 + rng.normal(0, 2)
            responses.append(
                {"response_id": key, "interaction_id": key, "source": "s", "question_id": "Q1", "metric": "nps",
                 "scale_low": 0, "scale_high": 10, "score": int(np.clip(round(score), 0, 10)),
                 "customer_id": f"c{customer:03}", "occurred_at": when, "known_at": when, "loaded_at": when}
            )  # fmt: skip
            interactions.append(
                {"interaction_id": key, "channel": "survey", "customer_id": f"c{customer:03}", "occurred_at": when,
                 "topic": about[0] if about else None}
            )  # fmt: skip
            said += [{"response_id": key, "topic": t, "polarity": p} for t, p in polar.items()]
    tiers = [{"customer_id": f"c{i:03}", "attribute": "tier", "value": "gold" if i % 3 else "blue"} for i in range(200)]
    return {"responses": responses, "interactions": interactions, "customer_attributes": tiers, "said": said}


def made(tables: dict[str, list[dict[str, Any]]], spoken: str = "", **settings: str) -> duckdb.DuckDBPyConnection:
    """The metrics room and the four tables on these rows; ``spoken`` is SQL that gives texts their topics."""
    con = warehouse({}, **{"min_n_show": "10"} | settings)
    for name in ("responses", "interactions", "customer_attributes"):
        frame = pd.DataFrame(tables[name])  # row by row takes seconds
        con.execute(f"insert into marts.{name} by name select * from frame")
    con.execute("alter table marts.interactions add column topics varchar[]")
    con.execute(
        "create table marts.answer_topics (source varchar, response_id varchar, question_id varchar, metric varchar, "
        "topic varchar, polarity integer)"
    )
    said = pd.DataFrame(tables["said"])
    con.execute("insert into marts.answer_topics select 's', response_id, 'Q1', 'nps', topic, polarity from said")
    del frame, said
    if spoken:
        con.execute(spoken)
    metrics.build(con)
    for statistic in in_order([s for s in statistics("metrics") if s.TABLE in WHY]):
        write(con, statistic, PARAMETERS)
    return con


@pytest.fixture(scope="module")
def con():
    return made(answers_of(1))


# --------------------------------------------------------------------------- drivers and impact


def test_drivers_are_those_that_were_planted(con):
    found = {row["driver"]: row for row in rows(con, "from metrics.driver")}
    assert set(found) == {"crew", "delay", "seat", "rare"}
    assert found["crew"]["q_value"] < 0.001 and found["seat"]["p_value"] > 0.01
    assert sum(row["johnson_share"] for row in found.values()) == pytest.approx(1)
    assert found["crew"]["share_low"] > 0.25 and found["crew"]["n"] == 14 * 60


def test_impacts_that_add_up_do_so_in_every_period(con):
    for definition in ("impact_ols", "impact_ols_polarity"):
        sums = rows(
            con,
            "select sum(value) as total, max(nps) as nps, count(distinct topic) as topics from metrics.topic_impact "
            f"where definition = '{definition}' group by period, period_start",
        )
        assert len(sums) == 15
        for row in sums:
            assert row["total"] == pytest.approx(row["nps"], abs=1e-9)


def test_impact_without_the_answers_is_the_difference_of_two_nps(con):
    """NPS of all less that of answers that do not mention crew, counted anew."""
    nps = "100.0 * (count(case when score >= 9 then 1 end) - count(case when score <= 6 then 1 end)) / count(*)"
    crew = "response_id in (select response_id from marts.answer_topics where topic = 'crew')"
    [expected] = rows(
        con,
        f"select (select {nps} from marts.responses) - (select {nps} from marts.responses where not {crew}) as value",
    )
    [found] = rows(
        con, "from metrics.topic_impact where definition = 'impact_loo' and topic = 'crew' and period = 'all'"
    )
    assert found["value"] == pytest.approx(expected["value"])
    assert found["ci_low"] < found["value"] < found["ci_high"]


def test_a_topic_of_few_answers_is_named_and_not_shown(con):
    hidden = rows(con, "from metrics.topic_impact where topic = 'rare' and period = 'month'")
    assert hidden and all(row["suppressed"] and row["value"] is None and row["n"] < 10 for row in hidden)


# --------------------------------------------------------------------------- changes


def test_changes_are_those_of_the_figures_and_of_complete_periods_alone(con):
    """As of July 2025 the last month with answers, February, is complete."""
    pairs = rows(
        con,
        """
        select c.difference, v.value - b.value as expected, c.n, c.n_before, c.n_unpaired, c.n_paired
        from metrics.change as c
        join metrics.metric_value as v using (metric, period, period_start, segment_type, segment, unit)
        join metrics.metric_value as b
            on b.metric = v.metric and b.period = v.period and b.period_end = v.period_start
            and b.segment_type = v.segment_type and b.segment = v.segment and b.unit = v.unit
        where c.segment_type = 'all' and c.metric = 'nps'
        """,
    )
    assert len(pairs) == 13
    for row in pairs:
        assert row["difference"] == pytest.approx(row["expected"])
        assert row["n_unpaired"] + row["n_paired"] == row["n"] == 60  # each customer answers once a month
        assert row["n_paired"] > 5


def test_rate_and_mix_add_up_to_the_change_of_nps(con):
    for row in rows(con, "from metrics.change where segment = '(all)'"):
        assert row["rate_part"] + row["mix_part"] == pytest.approx(row["difference"])
        assert row["rate_low"] <= row["rate_part"] <= row["rate_high"]
    kinds = {row["segment_type"] for row in rows(con, "from metrics.change where segment = '(all)'")}
    assert kinds == {"channel", "topic", "journey_stage", "experience", "need", "language", "tier"}
    tiers = rows(
        con,
        "select period_start, sum(case when segment = '(all)' then -rate_part else rate_part end) as gap "
        "from metrics.change where segment_type = 'tier' and metric = 'nps' group by 1",
    )
    assert all(row["gap"] == pytest.approx(0, abs=1e-9) for row in tiers)


def test_what_is_hidden_stays_hidden(con):
    cells = rows(
        con,
        """
        select c.value, c.value_before, c.difference, c.rate_part, c.p_value, c.n_paired, c.suppressed
        from metrics.change as c
        join metrics.metric_value as v using (metric, period, period_start, segment_type, segment, unit)
        left join metrics.metric_value as b
            on b.metric = v.metric and b.period = v.period and b.period_end = v.period_start
            and b.segment_type = v.segment_type and b.segment = v.segment and b.unit = v.unit
        where v.suppressed or b.suppressed
        """,
    )
    assert cells
    assert all(row.pop("suppressed") and set(row.values()) == {None} for row in cells)
    assert not rows(con, "select 1 from metrics.alert where segment like '%rare%'")


def test_a_period_that_may_still_change_is_left_out():
    with made(answers_of(1, months=3), as_of="timestamp '2024-04-05'") as con:
        starts = rows(con, "select distinct period_start from metrics.change where metric = 'nps'")
        assert [f"{row['period_start']:%Y-%m}" for row in starts] == ["2024-02"]


# --------------------------------------------------------------------------- alerts


SPOKEN = """
    insert into marts.interactions (interaction_id, channel, customer_id, conversation_id, occurred_at, topics)
    select concat('T', day, '-', i), 'tweet', concat('c', 100 + (7 * i) % 60), concat('T', day, '-', i),
        timestamp '2024-11-04' + day * interval 1 day,
        case
            when i < case when day >= 27 * 7 - 7 then 9 else 2 end then ['delay']
            when i < 12 and day >= 27 * 7 - 7 then ['strike']
            else ['other']
        end
    from range(27 * 7) as d(day), range(40) as t(i)
"""


def test_a_topic_that_spikes_and_one_that_is_new_alarm():
    """Two tweets a day about delays for half a year, nine in the last week; nobody spoke of a strike before."""
    with made(answers_of(1, months=2), SPOKEN, as_of="timestamp '2025-05-12'") as con:
        found = {(row["kind"], row["segment"]): row for row in rows(con, "from metrics.alert where unit = 'texts'")}
        assert set(found) == {("topic_spike", "tweet+delay"), ("new_topic", "tweet+strike")}
        spike = found["topic_spike", "tweet+delay"]
        assert (spike["value"], f"{spike['period_start']:%Y-%m-%d}") == (63, "2025-05-05")
        assert spike["expected"] == pytest.approx(14, rel=0.05)
        assert spike["text"] == (
            "63 texts on tweet speak of delay in the week of 2025-05-05, where 14.0 were to be expected."
        )


def test_one_angry_customer_is_no_trend():
    alone = SPOKEN.replace("100 + (7 * i) % 60", "1")
    with made(answers_of(1, months=2), alone, as_of="timestamp '2025-05-12'") as con:
        assert not rows(con, "from metrics.alert where unit = 'texts'")


def test_a_fall_of_nps_is_a_change_and_leaves_the_chart():
    tables = answers_of(2)
    for row in tables["responses"]:
        if row["occurred_at"].startswith("2025-02"):
            row["score"] = 0
    with made(tables) as con:
        found = rows(con, "from metrics.alert where metric = 'nps' and segment_type = 'all'")
        assert {row["kind"] for row in found} == {"change", "xmr", "ewma"}
        assert {row["severity"] for row in found} == {"worse"}
        said = next(row["text"] for row in found if row["kind"] == "change")
        assert said.startswith("nps (points) fell from ") and " to -100 in the month of 2025-02-01 (n = 60" in said


def test_ids_of_alerts_stay_and_nothing_depends_on_the_order_of_rows():
    tables = answers_of(2, months=3)
    for row in tables["responses"]:
        if row["occurred_at"].startswith("2024-03"):
            row["score"] = 0
    turned = {name: list(reversed(found)) for name, found in tables.items()}
    with made(tables) as one, made(turned) as other:
        for table in WHY:
            assert rows(one, f"from {table} order by all") == rows(other, f"from {table} order by all"), table
        assert rows(one, "select alert_id from metrics.alert")


def test_what_is_fresh_is_of_the_latest_complete_month_and_the_rest_is_history():
    """February falls and March recovers: in March's night the fall is history."""
    tables = answers_of(2, months=4)
    for row in tables["responses"]:
        if row["occurred_at"].startswith("2024-02"):
            row["score"] = 0
    with made(tables, as_of="timestamp '2024-04-20'") as con:
        found = rows(con, "select is_fresh, period_start, severity from metrics.alert where segment_type = 'all'")
        months = {(row["is_fresh"], f"{row['period_start']:%Y-%m}", row["severity"]) for row in found}
        assert months == {(True, "2024-03", "better"), (False, "2024-02", "worse")}


def test_a_move_that_several_segments_share_is_told_once(con):
    """All answers came by survey: NPS by channel is NPS."""
    told = "select segment_type from metrics.alert where metric = 'nps' and kind = 'change'"
    assert "channel" not in {row["segment_type"] for row in rows(con, told)}
    counted = rows(
        con,
        "select segment_type, q_value from metrics.change where metric = 'nps' and p_value is not null "
        "and period_start = timestamp '2024-05-01' and segment_type in ('all', 'channel')",
    )
    assert len(counted) == 2 and len({row["q_value"] for row in counted}) == 1


def test_a_night_is_judged_by_its_own_tests():
    """q of a pair of months is that of its own tests, however many months stand before it."""
    table = pd.DataFrame(
        {"period": "month", "period_start": pd.to_datetime(["2026-01-01"] * 3 + ["2026-02-01"] * 3),
         "metric": list("abcabc"), "metric_version": 1, "unit": "points", "n_before": 50, "n": 50,
         "value_before": 1.0, "value": 2.0, "p_value": [0.001, 0.002, 0.003, 0.04, 0.5, np.nan]}
    )  # fmt: skip
    twice = pd.concat([table, table[3:4]], ignore_index=True)  # the same events under another segment
    assert adjusted(table).round(6).tolist()[:5] == [0.003, 0.003, 0.003, 0.08, 0.5]
    assert adjusted(twice).round(6).tolist()[3] == adjusted(twice).round(6).tolist()[6] == 0.08


def test_few_nights_say_anything_where_nothing_happens():
    """2,000 nights of 60 tests of means, shares and NPS: a tenth of the nights flag something, and few tests in all."""
    rng = np.random.default_rng(6)
    nights, tests = 2000, 60
    p = np.empty((nights, tests))
    for kind in range(3):
        at = slice(kind * 20, kind * 20 + 20)
        own = rng.integers(0, 11, (2, nights, 20, 40), dtype=np.int8)
        if kind == 0:
            mean, se = own.mean(axis=-1), own.std(axis=-1, ddof=1) / 40**0.5
            p[:, at] = means(mean[0], se[0], 39, mean[1], se[1], 39).p_value
        elif kind == 1:
            k = (own >= 4).sum(axis=-1)
            p[:, at] = shares(k[0], 40, k[1], 40).p_value
        else:
            counts = np.stack([(own <= 6).sum(-1), ((own > 6) & (own < 9)).sum(-1), (own >= 9).sum(-1)], axis=-1)
            p[:, at] = nps(counts[0], counts[1]).p_value
    starts = np.repeat(pd.date_range("2000-01-01", periods=nights, freq="D"), tests)
    table = pd.DataFrame({"period": "month", "period_start": starts, "metric": np.arange(nights * tests) % tests})
    table = table.assign(metric_version=1, unit="", n_before=40, n=40, value_before=0, value=0, p_value=p.ravel())
    is_flagged = adjusted(table).to_numpy().reshape(nights, tests) <= 0.1
    assert 0.08 <= is_flagged.any(axis=1).mean() <= 0.12
    assert is_flagged.mean() <= 0.005


@pytest.mark.slow
def test_where_nothing_happens_little_is_flagged():
    """Three worlds in which topics and months mean nothing: no more than the nominal share is flagged."""
    drivers, changes, flagged = [], [], 0
    for seed in range(3):
        with made(answers_of(seed, months=6, effect=0)) as con:
            drivers += [row["p_value"] for row in rows(con, "from metrics.driver")]
            changes += [
                row["p_value"]
                for row in rows(con, "from metrics.change where segment_type = 'all' and p_value is not null")
            ]
            flagged += len(rows(con, "from metrics.driver where q_value <= 0.1"))
    assert np.mean(np.array(drivers) < 0.05) <= 0.25 and np.mean(np.array(changes) < 0.05) <= 0.12
    assert flagged <= 1
