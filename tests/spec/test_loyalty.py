"""Loyalty by behaviour: the worked examples of docs/loyalty.md and the edges of every rule, small tables in and out."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from metrics_marts import built, figure, rows

import vocpipe
from vocpipe.settings import Settings
from vocpipe.settings.parts import LoyaltySettings
from vocpipe.statistics import buying_models, loyalty_by_nps, survival
from vocpipe.warehouse import set_variables, statistics
from vocpipe.warehouse.rooms import build_room

AS_OF = datetime(2025, 7, 1)
RULES = {"new_days": 90, "lapse_days": 90, "churn_days": 180, "loyal_purchases": 3, "loyal_within_days": 365}
PARAMETERS = {"as_of": AS_OF, "time_zone": "UTC", "min_n_show": 1, "conf": 0.95, **RULES}
CONTRACT = {"contract_ended": "state", "contract_length": "months", "ended_values": "ended,yes"}


def order(who: str, at: str | datetime, paid: float = 10.0, **more) -> dict:
    return {
        "order_id": f"{who} {at}", "customer_id": who, "ordered_at": pd.Timestamp(at), "is_cancelled": False,
        "currency": "EUR", "paid_amount": paid,
    } | more  # fmt: skip


def on_days(who: str, *days_ago: int, paid: float = 10.0) -> list[dict]:
    return [order(who, AS_OF - timedelta(days=ago), paid) for ago in days_ago]


@contextmanager
def facts(
    orders: list[dict], attributes: list[tuple[str, str, str]] = (), **more
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The facts of buying, and the answers and attributes that statistics read, as tables in memory."""
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'; create schema facts; create schema marts; create schema scores")
        set_variables(con, PARAMETERS | CONTRACT | more)
        columns = "order_id varchar, customer_id varchar, ordered_at timestamp, is_cancelled boolean, "
        con.execute(f"create table facts.orders ({columns} currency varchar, paid_amount double)")
        for row in orders:
            con.execute("insert into facts.orders values ($1, $2, $3, $4, $5, $6)", list(row.values()))
        con.execute(
            "create table facts.customer_attributes "
            "(customer_id varchar, attribute varchar, value varchar, valid_to timestamp)"
        )
        for row in attributes:
            con.execute("insert into facts.customer_attributes values ($1, $2, $3, null)", list(row))
        con.execute("create view marts.customer_attributes as from facts.customer_attributes")
        tables = ("purchase_days", "customer_purchases", "customer_rfm", "customer_contracts", "customer_relationships")
        build_room(con, "facts", only=tables)
        yield con


def column(con: duckdb.DuckDBPyConnection, name: str, table: str) -> dict:
    return dict(con.execute(f"select customer_id, {name} from facts.{table}").fetchall())


def test_the_settings_of_the_guide_are_settings():
    guide = (Path(vocpipe.__file__).parent / "docs" / "loyalty.md").read_text(encoding="utf-8")
    shown = tomllib.loads(guide.split("```toml\n")[1].split("```")[0])["loyalty"]
    settings = Settings.model_validate({"segments": ["Churn"], "loyalty": shown, "sources": []})
    assert shown.keys() == LoyaltySettings.model_fields.keys()
    assert settings.rules()["tenure"] == "first"
    with pytest.raises(ValueError, match="no segment of the settings"):
        Settings.model_validate({"segments": ["tier"], "loyalty": shown, "sources": []})
    with pytest.raises(ValueError, match="who is lost has lapsed before"):
        Settings.model_validate({"loyalty": {"lapse_days": 181}, "sources": []})


# --------------------------------------------------------------------------- what a customer bought


def test_a_purchase_is_a_day_and_its_money_is_what_was_kept():
    given = [
        order("a", "2025-01-02 09:00", 5.0),
        order("a", "2025-01-02 18:00", 6.0),
        order("a", "2025-03-03", 30.0),
        order("a", "2025-05-01", 0.0),  # given back: it was a purchase, and brought nothing
        order("a", "2025-06-30", 99.0, is_cancelled=True),
        order("b", "2025-06-01", 7.0),
        order("b", "2025-06-02", 7.0, currency="USD"),
    ]
    with facts(given) as con:
        a, b = rows(con, "from facts.customer_purchases order by customer_id")
    names = ("orders", "purchase_days", "frequency", "recency_days", "tenure_days", "revenue", "monetary_value")
    assert [a[name] for name in names] == [4, 3, 2, 61, 180, 41.0, 15.0]
    assert (b["frequency"], b["currency"], b["revenue"], b["monetary_value"]) == (1, None, None, None)


def test_days_are_those_of_the_business_zone():
    given = [order("a", "2025-01-02 23:30"), order("a", "2025-01-03 00:30")]
    with facts(given) as utc, facts(given, time_zone="America/New_York") as local:
        assert column(utc, "purchase_days", "customer_purchases") == {"a": 2}
        assert column(local, "purchase_days", "customer_purchases") == {"a": 1}


def test_equal_values_share_a_score():
    """Six customers bought once, two twice, two often: six share 1, the next is ahead of 6/10 and has 4."""
    given = [row for i in range(6) for row in on_days(f"once{i}", 100 - i)]
    given += [row for i in range(2) for row in on_days(f"twice{i}", 50, 40)]
    given += on_days("often", 50, 40, 30, 20, paid=100) + on_days("always", 50, 40, 30, 20, 10, paid=100)
    with facts(given) as con:
        frequency = column(con, "rfm_frequency", "customer_rfm")
        money, all_three = column(con, "rfm_monetary", "customer_rfm"), column(con, "rfm", "customer_rfm")
        recency = column(con, "rfm_recency", "customer_rfm")
    assert {frequency[f"once{i}"] for i in range(6)} == {1}
    assert (frequency["twice0"], frequency["twice1"], frequency["often"], frequency["always"]) == (4, 4, 5, 5)
    assert (recency["once0"], recency["once5"], recency["twice0"], recency["always"]) == (1, 3, 4, 5)
    assert (money["once0"], money["twice0"], money["always"], all_three["always"]) == (1, 4, 5, "555")


def test_money_is_ranked_within_its_currency():
    worth = [("EUR", 1), ("JPY", 160)]
    given = [order(f"{name}{i}", "2025-06-01", each * i, currency=name) for name, each in worth for i in range(5)]
    given += [order("both", "2025-06-01"), order("both", "2025-06-02", currency="JPY")]
    with facts(given) as con:
        money = column(con, "rfm_monetary", "customer_rfm")
    assert [money[f"EUR{i}"] for i in range(5)] == [money[f"JPY{i}"] for i in range(5)] == [1, 2, 3, 4, 5]
    assert money["both"] is None


@pytest.mark.parametrize(
    ("days_ago", "stage"),
    [
        ([0], "new"), ([89], "new"), ([89, 60, 30], "new"), ([90], "lapsing"), ([400, 179], "lapsing"),
        ([180], "lost"), ([300, 200], "lost"), ([200, 89], "active"), ([364, 200, 89], "loyal"),
        ([365, 200, 89], "active"), ([500, 300, 200, 10], "loyal"),
    ],
)  # fmt: skip
def test_the_stage_of_a_relationship(days_ago, stage):
    with facts(on_days("a", *days_ago)) as con:
        assert column(con, "relationship_stage", "customer_relationships") == {"a": stage}


def test_an_ended_contract_is_lost_whatever_was_bought():
    told = [("a", "state", "Ended"), ("b", "state", "runs"), ("b", "months", "7"), ("c", "months", "x")]
    with facts(on_days("a", 1), told) as con:
        assert column(con, "relationship_stage", "customer_relationships") == {"a": "lost", "b": "active"}
        assert column(con, "contract_length", "customer_contracts") == {"a": None, "b": 7}


# --------------------------------------------------------------------------- figures


def test_repeat_rate_with_equal_time():
    """a came back after 30 days, b after 200, c after 31, d is not yet seen for 30 days."""
    given = [
        *(order("a", "2025-01-01"), order("a", "2025-01-31"), order("b", "2024-12-01"), order("b", "2025-06-19")),
        *(order("c", "2025-05-01"), order("c", "2025-06-01"), order("d", "2025-06-01"), order("d", "2025-06-02")),
    ]
    with built({"orders": given}, repeat_days="30") as con:
        got = figure(con, "repeat_rate_equal")
        may = figure(con, "repeat_rate_equal", period="month", period_start="2025-05-01 00:00:00")
        assert (figure(con, "repeat_rate")["n"], figure(con, "repeat_rate")["value"]) == (4, 1)
    assert (got["n"], got["value"]) == (3, pytest.approx(1 / 3))
    assert (may["n"], may["value"]) == (1, 0)


@pytest.mark.parametrize(("as_of", "n"), [("2025-04-01 23:59", []), ("2025-04-02", [1])])
def test_time_is_over_when_its_last_day_is(as_of, n):
    with built({"orders": [order("a", "2025-03-02")]}, repeat_days="30", as_of=f"timestamp '{as_of}'") as con:
        found = rows(con, "select n from metrics.metric_value where metric = 'repeat_rate_equal' and period = 'all'")
    assert [row["n"] for row in found] == n


def test_retention_by_cohort():
    """Three first bought in April, of whom a came back in May, b in June; d in May. July is not over."""
    bought = [("a", "04-01"), ("a", "05-31"), ("b", "04-30"), ("b", "06-01"), ("c", "04-10"), ("c", "04-20")]
    given = [order(who, f"2025-{day}") for who, day in [*bought, ("d", "05-05"), ("d", "07-01")]]
    with built({"orders": given}, as_of="timestamp '2025-07-15'") as con:
        found = rows(
            con,
            "select period, strftime(period_start, '%m') as month, unit, n, value from metrics.metric_value "
            "where metric = 'retention' and segment_type = 'all'",
        )
    cells = {(r["period"], r["month"], r["unit"]): (r["n"], r["value"]) for r in found}
    third = pytest.approx(1 / 3)
    assert cells == {
        ("month", "04", "share, month 1"): (3, third),
        ("month", "04", "share, month 2"): (3, third),
        ("month", "04", "share, month 3"): (0, None),
        ("month", "05", "share, month 1"): (1, 0),
        ("month", "05", "share, month 2"): (0, None),
        ("all", "04", "share, month 1"): (4, pytest.approx(1 / 4)),
        ("all", "04", "share, month 2"): (3, third),
        ("all", "04", "share, month 3"): (0, None),
    }


def test_days_between_purchases_count_those_that_go_on():
    """Gaps 10, 20, 30 closed and 25, 181 open: of the closed ones the median is 20, of all it is 30."""
    given = [*on_days("a", 211, 201, 181), *on_days("b", 55, 25)]
    with built({"orders": given}) as con:
        got = figure(con, "interpurchase_days")
    assert (got["n"], got["n_customers"], got["value"], got["method"]) == (3, 2, 30, "kaplan_meier")


def test_churn_that_the_record_tells_and_churn_that_the_model_fears():
    spells = [("a", "runs", None, "2025-03-01"), ("a", "Yes ", "2025-03-01", None), ("b", "runs", None, None)]
    names = ("customer_id", "value", "valid_from", "valid_to")
    tables = {
        "orders": [order("a", "2025-01-01")],
        "customer_attributes": [{"attribute": "contract"} | dict(zip(names, spell, strict=True)) for spell in spells],
        "customers": [
            {"customer_id": "b", "signed_up_on": "2025-02-01", "p_alive": 0.25, "is_p_alive_by_construction": False},
            {"customer_id": "a", "p_alive": 1.0, "is_p_alive_by_construction": True},
        ],
    }
    with built(tables) as con:
        found = rows(con, "select strftime(period_start, '%m') as month, n, value from metrics.metric_value "
                     "where metric = 'churn_contractual' and period = 'month' and segment_type = 'all'")  # fmt: skip
        feared = figure(con, "churn_probability")
    assert [(r["month"], r["n"], r["value"]) for r in found] == [
        ("01", 1, 0), ("02", 2, 0), ("03", 2, 0.5), ("04", 2, 0.5), ("05", 2, 0.5), ("06", 2, 0.5),
    ]  # fmt: skip
    assert (feared["n"], feared["value"]) == (1, 0.75)


# --------------------------------------------------------------------------- tables of statistics


def made(con: duckdb.DuckDBPyConnection, statistic, **more) -> list[dict]:
    con.execute("create schema if not exists metrics")
    statistics.write(con, statistic, PARAMETERS | more)
    return rows(con, f"from {statistic.TABLE}")


def answers(con: duckdb.DuckDBPyConnection, *given: tuple[str, int, int]) -> None:
    con.execute(
        "create table marts.responses (customer_id varchar, score integer, occurred_at timestamp, response_id varchar, "
        "metric varchar, superseded_at timestamp)"
    )
    for i, (who, score, ago) in enumerate(given):
        at = AS_OF - timedelta(days=ago)
        con.execute("insert into marts.responses values ($1, $2, $3, $4, 'nps', null)", [who, score, at, f"R{i}"])


def test_answers_against_later_purchases():
    """p answered 10 and came back after 90 days; q after 91; d not; e answered too lately; s on the very day; n before
    any purchase; of p's two answers the later one counts whose days are over."""
    given = [*on_days("p", 400, 110), *on_days("q", 400, 109), *on_days("d", 300), *on_days("e", 300, 10),
             *on_days("s", 300, 200), *on_days("n", 100)]  # fmt: skip
    with facts(given) as con:
        answers(con, ("p", 0, 300), ("p", 10, 200), ("p", 10, 90), ("q", 9, 200), ("d", 3, 200), ("e", 0, 90),
                ("s", 6, 200), ("n", 9, 200), (None, 9, 200))  # fmt: skip
        found = {(r["horizon_days"], r["nps_group"]): r for r in made(con, loyalty_by_nps)}
    assert [(key, r["n"], r["value"]) for key, r in found.items()] == [
        ((90, "detractor"), 2, 0), ((90, "promoter"), 2, 0.5), ((180, "detractor"), 2, 0), ((180, "promoter"), 2, 1),
    ]  # fmt: skip
    assert found[180, "detractor"]["difference"] is None


def test_the_difference_has_newcombes_interval():
    """9 of 10 against 3 of 10: 0.1705 to 0.8090 (Newcombe 1998, table II)."""
    got = loyalty_by_nps.difference((9, 10), (3, 10))
    assert list(got.values()) == pytest.approx([0.6, 0.1705, 0.8090], abs=5e-5)


def test_small_groups_are_hidden_and_nobody_gives_no_rows():
    with facts(on_days("p", 400)) as con:
        answers(con, ("p", 10, 200))
        (near, far) = made(con, loyalty_by_nps, min_n_show=2)
        con.execute("delete from marts.responses")
        assert made(con, loyalty_by_nps) == []
    assert (near["suppressed"], near["n"], near["value"], near["n_bought"]) == (True, 1, None, None)
    assert far["horizon_days"] == 180


def test_curves_by_segment():
    given = [*on_days("a", 100, 90), *on_days("b", 100, 80), *on_days("c", 100), *on_days("d", 50)]
    told = [(who, "tier", tier) for who, tier in zip("abc", ("x", "x", "y"), strict=True)]
    told += [("a", "state", "yes"), ("a", "months", "3"), ("b", "state", "runs"), ("b", "months", "5")]
    with facts(given, told) as con:
        found = made(con, survival)
        models = {row["model"] for row in made(con, buying_models)}
    curve = {(r["curve"], r["segment_type"], r["segment"], r["time"]): r for r in found}
    first = curve["second_purchase", "all", "all", 10]
    assert (first["n_at_risk"], first["n_events"], first["survival"], first["log_rank_p"]) == (4, 1, 0.75, None)
    assert curve["second_purchase", "tier", "x", 20]["survival"] == 0
    assert 0 < curve["second_purchase", "tier", "x", 20]["log_rank_p"] < 1
    assert curve["contract", "all", "all", 3]["survival"] == 0.5
    assert not any(key[1] == "state" for key in curve)
    assert models == {"bg_nbd", "gamma_gamma", "sbg"}
