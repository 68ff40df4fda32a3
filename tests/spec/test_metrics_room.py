"""The metrics room, small tables in and figures out: printed reference values and the edges of every definition."""

from __future__ import annotations

import json
import math

import pytest
from metrics_marts import answers, built, figure, rows
from scipy import stats

Z = 1.959963984540054


def of_counts(detractors: int, passives: int, promoters: int) -> dict:
    scores = [0] * detractors + [8] * passives + [10] * promoters
    with built({"responses": answers(scores)}) as con:
        return figure(con, "nps")


# --------------------------------------------------------------------------- NPS


@pytest.mark.parametrize(
    ("shape", "variance"), [((1, 2, 3), 5 / 9), ((1, 0, 1), 1), ((0, 1, 1), 0.25), ((1, 1, 1), 2 / 3)]
)
def test_nps_variance_of_the_r_package(shape, variance):
    """Unknown people are clusters of one, so the error is the trinomial one with n - 1 (R package NPS has n)."""
    n, got = sum(shape), of_counts(*shape)
    assert (got["se"] / 100) ** 2 * (n - 1) == pytest.approx(variance, abs=1e-12)
    assert got["value"] == pytest.approx(100 * (shape[2] - shape[0]) / n)


def test_nps_of_a_half_a_third_a_sixth():
    """Half promoters, a third passives, a sixth detractors, n = 324: NPS 1/3, variance 5/9, error .0414."""
    got = of_counts(54, 108, 162)
    assert got["value"] == pytest.approx(100 / 3)
    assert got["se"] == pytest.approx(4.14, abs=0.01)


@pytest.mark.parametrize(
    ("shape", "low", "high"),
    [((8, 13, 15), -0.06280259443, 0.4217769534), ((395, 476, 291), -0.1330837042, -0.04545706836)],
)
def test_nps_interval_of_the_r_package(shape, low, high):
    got = of_counts(*shape)
    assert (got["ci_low"], got["ci_high"]) == pytest.approx((100 * low, 100 * high), abs=1e-6)
    assert got["method"] == "adjusted_wald"


def test_nps_error_clustered_by_customer_as_in_r_survey():
    """i = 1..60: score (7i) mod 11, customer i mod 25; R survey svymean gives -.45 and .134344042515."""
    scores = [7 * i % 11 for i in range(1, 61)]
    with built({"responses": answers(scores, customer_id=lambda i: f"c{(i + 1) % 25}")}) as con:
        got = figure(con, "nps")
    assert got["value"] / 100 == pytest.approx(-0.45, abs=1e-12)
    assert got["se"] / 100 == pytest.approx(0.134344042515, abs=1e-11)
    assert (got["n"], got["n_customers"], got["coverage"]) == (60, 25, 1.0)


def test_interval_does_not_collapse_and_error_does():
    got = of_counts(0, 0, 12)
    assert got["value"] == 100 and got["se"] == 0
    assert got["ci_low"] < 80 and got["ci_high"] == 100


def test_nps_customer_takes_the_latest_answer_of_the_period():
    given = answers(
        [0, 10, 9, 2],
        customer_id=lambda i: ["a", "a", "a", None][i],
        occurred_at=lambda i: ["2025-02-01", "2025-03-01", "2025-03-05", "2025-03-01"][i],
    )
    with built({"responses": given}) as con:
        assert figure(con, "nps_customer")["n"] == 1
        assert figure(con, "nps_customer")["value"] == 100
        months = rows(
            con, "from metrics.metric_value where metric = 'nps_customer' and period = 'month' and segment_type = 'all'"
        )
        assert [(m["n"], m["value"]) for m in months] == [(1, -100), (1, 100)]
        assert figure(con, "nps")["n"] == 4


@pytest.mark.parametrize("reverse", [False, True])
def test_ties_go_to_the_latest_load_then_the_highest_id(reverse):
    given = answers([0, 10, 8], customer_id="a", loaded_at=lambda i: ["2025-06-02", "2025-06-03", "2025-06-03"][i])
    with built({"responses": given[::-1] if reverse else given}) as con:
        assert figure(con, "nps_customer")["value"] == 0  # R0002, the 8


def test_superseded_answers_do_not_count():
    given = answers([0, 10], superseded_at=lambda i: "2025-04-01" if i == 0 else None)
    with built({"responses": given}) as con:
        assert figure(con, "nps")["value"] == 100


# --------------------------------------------------------------------------- satisfaction and effort


def test_csat_counts_the_two_highest_of_the_scale():
    with built({"responses": answers([5, 4, 3, 1], "csat", 1, 5)}) as con:
        got, mean = figure(con, "csat"), figure(con, "csat_mean")
    assert (got["value"], got["unit"], got["method"]) == (0.5, "share", "wilson")
    middle, half = (2 + Z**2 / 2) / (4 + Z**2), Z / (4 + Z**2) * math.sqrt(1 + Z**2 / 4)
    assert (got["ci_low"], got["ci_high"]) == pytest.approx((middle - half, middle + half))
    assert (mean["value"], mean["unit"]) == (3.25, "mean")


def test_means_of_two_scales_are_two_series():
    given = [*answers([5, 4], "csat", 1, 5), *answers([7, 5], "csat", 1, 7, response_id=lambda i: f"S{i}")]
    with built({"responses": given}) as con:
        assert figure(con, "csat_mean", unit="mean")["value"] == 4.5
        assert figure(con, "csat_mean", unit="mean 1-7")["value"] == 6


def test_mean_with_students_interval_clipped_to_the_scale():
    with built({"responses": answers([7, 7, 6, 5, 7], "ces", 1, 7)}) as con:
        got = figure(con, "ces")
    error = math.sqrt(3.2 / 4 / 5)
    assert got["se"] == pytest.approx(error)
    assert got["ci_low"] == pytest.approx(6.4 - stats.t.ppf(0.975, 4) * error)
    assert got["ci_high"] == 7
    assert got["direction"] == "up"


@pytest.mark.parametrize("n", [12, 201, 202, 230])
def test_students_quantile_below_and_beyond_the_table(n):
    with built({"responses": answers([1 + i % 7 for i in range(n)], "ces", 1, 7)}) as con:
        got = figure(con, "ces")
    assert (got["ci_high"] - got["value"]) / got["se"] == pytest.approx(stats.t.ppf(0.975, n - 1), abs=1e-6)


def test_one_answer_has_a_value_and_no_interval():
    with built({"responses": answers([7], "ces", 1, 7)}) as con:
        got = figure(con, "ces")
    assert (got["value"], got["se"], got["ci_low"], got["ci_high"]) == (7, None, None, None)


def test_answers_all_alike_have_no_error_at_all():
    with built({"responses": answers([5] * 41, "csat", 1, 5, customer_id=lambda i: f"c{i % 7}")}) as con:
        assert figure(con, "csat_mean")["se"] == 0


def test_both_wordings_of_effort_stay_apart():
    given = [*answers([7, 5, 2], "ces", 1, 7), *answers([1, 2], "ces_v1", 1, 5, response_id=lambda i: f"V{i}")]
    with built({"responses": given}) as con:
        assert figure(con, "ces")["n"] == 3
        assert figure(con, "ces_agree")["value"] == pytest.approx(2 / 3)
        first = figure(con, "ces_v1")
    assert (first["value"], first["direction"], first["unit"]) == (1.5, "down", "mean")


# --------------------------------------------------------------------------- tickets


def ticket(number: int, **more) -> dict:
    return {
        "conversation_id": f"T{number}",
        "status": "solved",
        "created_at": "2025-03-31 23:00",
        "solved_at": "2025-04-01 02:00",
    } | more


def test_ticket_csat_counts_ratings_only_and_belongs_to_the_solving():
    tickets = [ticket(1, rating="good"), ticket(2, rating="bad"), ticket(3), ticket(4, rating="good")]
    with built({"conversations": tickets}) as con:
        got = figure(con, "ticket_csat")
        assert (got["n"], got["value"]) == (3, pytest.approx(2 / 3))
        assert str(figure(con, "ticket_csat", period="month")["period_start"]) == "2025-04-01 00:00:00"


def test_medians_with_order_statistics():
    minutes = [5, 1, 9, 3, 7, 11, 13, 15, 17, 19]
    tickets = [ticket(i, first_reply_minutes=m, resolution_minutes=2 * m) for i, m in enumerate(minutes)]
    with built({"conversations": [*tickets, ticket(99, status="open", solved_at=None)]}) as con:
        first, solved = figure(con, "first_reply_minutes"), figure(con, "resolution_minutes")
        assert str(figure(con, "first_reply_minutes", period="month")["period_start"]) == "2025-03-01 00:00:00"
    assert (first["value"], first["ci_low"], first["ci_high"]) == (10, 3, 17)  # ranks 2 and 9 of 10: exact 97.9 %
    assert (solved["n"], solved["value"], solved["se"], solved["unit"]) == (10, 20, None, "minutes")


def test_a_median_of_five_has_no_bound_of_95_percent():
    with built({"conversations": [ticket(i, first_reply_minutes=i) for i in range(5)]}) as con:
        got = figure(con, "first_reply_minutes")
    assert (got["value"], got["ci_low"], got["ci_high"]) == (2, None, None)


# --------------------------------------------------------------------------- interactions


def said(number: int, channel: str, **more) -> dict:
    return {"interaction_id": f"I{number}", "channel": channel, "occurred_at": "2025-03-05", "topic": "delay"} | more


def test_sentiment_is_never_pooled_over_channels():
    given = [
        said(1, "tweet", sentiment_score=-0.5),
        said(2, "tweet", sentiment_score=-0.1),
        said(3, "survey", sentiment_score=0.9),
    ]
    with built({"interactions": given}) as con:
        found = rows(con, "from metrics.metric_value where metric = 'net_sentiment' and period = 'all'")
    assert {row["segment_type"] for row in found} == {
        "channel",
        "channel+topic",
        "channel+journey_stage",
        "channel+experience",
        "channel+need",
        "channel+language",
    }
    assert {(r["segment"], r["n"]) for r in found if r["segment_type"] == "channel+topic"} == {
        ("tweet+delay", 2),
        ("survey+delay", 1),
    }
    assert next(r["value"] for r in found if r["segment"] == "tweet") == pytest.approx(-0.3)


def test_contact_rate_counts_turns_per_active_customer():
    given = [
        said(1, "ticket", customer_id="a"),
        said(2, "ticket", customer_id="a", occurred_at="2025-06-01"),
        said(3, "ticket", occurred_at="2025-06-02"),  # of somebody unknown
        said(4, "tweet", customer_id="b", occurred_at="2025-06-03"),
        said(5, "tweet", customer_id="old", occurred_at="2024-06-30 23:59"),  # more than 365 days before as_of
    ]
    bought = [{"order_id": "O1", "customer_id": "c", "ordered_at": "2024-12-01", "is_cancelled": False}]
    with built({"interactions": given, "orders": bought}) as con:
        got = figure(con, "contact_rate")
        march = figure(con, "contact_rate", period="month", period_start="2025-03-01 00:00:00")
    assert (got["n"], got["n_customers"], got["value"]) == (3, 3, 1.0)
    assert got["coverage"] == pytest.approx(2 / 3)
    assert (march["n"], march["value"]) == (3, pytest.approx(1 / 3))  # a, c and still old
    assert got["method"] == "poisson_byar"
    exact = (0.0253, 5.5716)  # Poisson bounds of 1
    assert (march["ci_low"] * 3, march["ci_high"] * 3) == pytest.approx(exact, abs=0.05)
    assert (got["ci_low"] * 3, got["ci_high"] * 3) < (0.6187, 8.7673)  # of 3, two of which one customer wrote
    assert got["ci_high"] * 3 > 8.7673


def test_a_rate_over_nobody_is_null():
    with built({"interactions": [said(1, "ticket")]}) as con:
        got = figure(con, "contact_rate")
    assert (got["n"], got["value"], got["ci_low"], got["ci_high"], got["suppressed"]) == (0, None, None, None, True)


def test_linked_share():
    with built(
        {"interactions": [said(1, "tweet"), said(2, "tweet", customer_id="a"), said(3, "survey", customer_id="a")]}
    ) as con:
        assert figure(con, "linked_share")["value"] == pytest.approx(2 / 3)
        assert figure(con, "linked_share", segment_type="channel", segment="tweet")["value"] == 0.5


# --------------------------------------------------------------------------- loyalty


def bought(number: int, who: str | None, at: str, **more) -> dict:
    return {
        "order_id": f"O{number}",
        "customer_id": who,
        "ordered_at": at,
        "is_cancelled": False,
        "currency": "EUR",
        "paid_amount": 10.0,
    } | more


ORDERS = [
    bought(1, "a", "2025-01-02 23:30"),
    bought(2, "a", "2025-01-03 00:30"),  # the next day in UTC, the same in New York
    bought(3, "b", "2024-10-01"),
    bought(4, "b", "2025-06-01", is_cancelled=True, paid_amount=0.0),
    bought(5, "c", "2025-06-30", paid_amount=None),
    bought(6, None, "2025-06-30"),
]


@pytest.mark.parametrize(("zone", "repeaters"), [("'UTC'", 1), ("'America/New_York'", 0)])
def test_repeat_rate_counts_purchase_days_of_the_business_zone(zone, repeaters):
    with built({"orders": ORDERS}, time_zone=zone) as con:
        got = figure(con, "repeat_rate")
    assert (got["n"], got["value"]) == (3, pytest.approx(repeaters / 3))


def test_repeat_rate_at_each_months_end():
    with built({"orders": ORDERS}) as con:
        got = rows(
            con, "from metrics.metric_value where metric = 'repeat_rate' and period = 'month' and segment_type = 'all'"
        )
    assert [(f"{r['period_start']:%Y-%m}", r["n"], r["value"]) for r in got][:4] == [
        ("2024-10", 1, 0),
        ("2024-11", 1, 0),
        ("2024-12", 1, 0),
        ("2025-01", 2, 0.5),
    ]


@pytest.mark.parametrize(("days", "churned"), [("178", 2), ("179", 2), ("180", 1), ("273", 1), ("274", 0)])
def test_churn_counts_days_from_the_last_purchase_to_as_of(days, churned):
    """a bought last on 3 January, 179 days before, b on 1 October (273; the cancelled order is none), c yesterday."""
    with built({"orders": ORDERS}, churn_days=days) as con:
        got = figure(con, "churn_rate")
    assert (got["n"], got["value"]) == (3, pytest.approx(churned / 3))


def test_churn_at_a_months_end_looks_at_what_had_been_bought_by_then():
    with built({"orders": ORDERS}, churn_days="31") as con:
        month = {
            f"{r['period_start']:%Y-%m}": r
            for r in rows(con, "from metrics.metric_value where metric = 'churn_rate' and period = 'month'")
            if r["segment_type"] == "all"
        }
    assert (month["2024-10"]["n"], month["2024-10"]["value"]) == (1, 1.0)  # 1 October to 1 November
    assert (month["2025-01"]["n"], month["2025-01"]["value"]) == (2, 0.5)


def test_revenue_by_currency_has_no_interval():
    with built({"orders": [*ORDERS, bought(7, "a", "2025-02-01", currency="USD", paid_amount=5.5)]}) as con:
        euros, dollars = figure(con, "revenue", unit="EUR"), figure(con, "revenue", unit="USD")
    assert (euros["n"], euros["value"], euros["ci_low"], euros["se"], euros["conf"]) == (4, 40, None, None, None)
    assert euros["coverage"] == 0.75
    assert (dollars["n"], dollars["value"], dollars["method"]) == (1, 5.5, "none")


# --------------------------------------------------------------------------- periods


def test_periods_are_cut_in_the_business_zone():
    given = answers([10, 0], occurred_at=lambda i: ["2025-03-31 21:59", "2025-03-31 22:00"][i])  # midnight in Berlin
    with built({"responses": given}, time_zone="'Europe/Berlin'") as con:
        found = rows(con, "from metrics.metric_value where metric = 'nps' and segment_type = 'all'")
    assert [
        (r["period"], f"{r['period_start']:%Y-%m-%d}", f"{r['period_end']:%Y-%m-%d}", r["value"]) for r in found
    ] == [
        ("all", "2025-03-31", "2025-07-02", 0),
        ("month", "2025-03-01", "2025-04-01", 100),
        ("month", "2025-04-01", "2025-05-01", -100),
    ]


def test_other_periods_on_demand():
    with built(
        {"responses": answers([10, 0], occurred_at=lambda i: f"2025-03-{9 + i:02} 12:00")}, periods="'day,week,quarter'"
    ) as con:
        found = rows(con, "from metrics.metric_value where metric = 'nps' and segment_type = 'all'")
    assert [(r["period"], f"{r['period_start']:%m-%d}", f"{r['period_end']:%m-%d}", r["n"]) for r in found] == [
        ("day", "03-09", "03-10", 1),
        ("day", "03-10", "03-11", 1),
        ("quarter", "01-01", "04-01", 2),
        ("week", "03-03", "03-10", 1),
        ("week", "03-10", "03-17", 1),
    ]


@pytest.mark.parametrize(("as_of", "provisional"), [("2025-04-14", True), ("2025-04-15", False), ("2025-07-01", False)])
def test_a_period_is_provisional_until_the_watermark(as_of, provisional):
    with built({"responses": answers([10])}, as_of=f"timestamp '{as_of}'") as con:
        assert figure(con, "nps", period="month")["provisional"] is provisional


# --------------------------------------------------------------------------- segments and hiding


def tiers(sizes: dict[str, int]) -> dict:
    who = [tier for tier, size in sizes.items() for _ in range(size)]
    known = [{"customer_id": f"c{i}", "attribute": "tier", "value": tier} for i, tier in enumerate(who)]
    return {"responses": answers([10] * len(who), customer_id=lambda i: f"c{i}"), "customer_attributes": known}


def hidden(sizes: dict[str, int], **settings: str) -> set[str]:
    with built(tiers(sizes), min_n_show="10", **settings) as con:
        found = rows(con, "from metrics.metric_value where metric = 'nps' and period = 'all' and segment_type = 'tier'")
    assert all((row["value"] is None) == row["suppressed"] for row in found)
    return {row["segment"] for row in found if row["suppressed"]}


def test_small_cells_are_hidden_and_their_rows_kept():
    assert hidden({"blue": 40, "silver": 9, "gold": 9}) == {"silver", "gold"}


def test_a_lone_hidden_cell_takes_the_next_smallest_with_it():
    assert hidden({"blue": 40, "silver": 20, "gold": 9}) == {"silver", "gold"}
    assert hidden({"blue": 40, "silver": 20, "gold": 10}) == set()


def test_low_base():
    with built(tiers({"blue": 30, "gold": 29}), min_n_show="10") as con:
        assert figure(con, "nps", segment_type="tier", segment="gold")["low_base"] is True
        assert figure(con, "nps", segment_type="tier", segment="blue")["low_base"] is False


def test_people_who_are_not_known_have_a_segment_of_their_own():
    tables = tiers({"blue": 2, "gold": 1})
    tables["responses"] = [*tables["responses"], *answers([0], response_id="X")]
    with built(tables) as con:
        assert figure(con, "nps", segment_type="tier", segment="(unknown)")["value"] == -100
        assert figure(con, "nps")["coverage"] == 0.75
        assert figure(con, "nps", segment_type="topic", segment="(none)")["n"] == 4


def test_an_answer_keeps_the_tier_of_its_time_and_its_author_is_one_customer():
    """Blue, Gold since March, Blue again since April; a second attribute that changes in between changes nothing."""
    given = answers([0, 10, 10, 0], customer_id="a", occurred_at=lambda i: f"2025-0{i + 2}-10")
    spells = [
        ("tier", "blue", None, "2025-03-01"),
        ("tier", "gold", "2025-03-01", "2025-04-01"),
        ("tier", "blue", "2025-04-01", None),
        ("town", "Oslo", None, "2025-04-20"),
    ]
    names = ("attribute", "value", "valid_from", "valid_to")
    known = [{"customer_id": "a"} | dict(zip(names, spell, strict=True)) for spell in spells]
    others = answers([10, 0], customer_id="b", response_id=lambda i: f"S{i}")
    known.append({"customer_id": "b", "attribute": "tier", "value": "blue"})
    with built({"responses": [*given, *others], "customer_attributes": known}) as con:
        found = {name: figure(con, "nps", segment_type="tier", segment=name) for name in ("blue", "gold")}
        latest = figure(con, "nps_customer", segment_type="tier", segment="blue")
        towns = {name: figure(con, "nps", segment_type="town", segment=name)["n"] for name in ("Oslo", "(unknown)")}
    assert (found["gold"]["n"], found["gold"]["value"], found["gold"]["se"]) == (1, 100, None)
    assert (found["blue"]["n"], found["blue"]["n_customers"]) == (5, 2)
    mean = -1 / 5
    spread = (-1 - 3 * mean) ** 2 + (0 - 2 * mean) ** 2  # of a: two detractors and a promoter; of b: one of each
    assert found["blue"]["se"] / 100 == pytest.approx(math.sqrt(2 * spread) / 5)
    assert (latest["n"], latest["value"]) == (2, -100)
    assert towns == {"Oslo": 3, "(unknown)": 3}


def test_a_stock_takes_the_attribute_of_the_periods_end():
    bought = [{"order_id": "O1", "customer_id": "a", "ordered_at": "2025-02-10", "paid_amount": 1.0}]
    known = [
        {"customer_id": "a", "attribute": "tier", "value": "blue", "valid_to": "2025-04-01"},
        {"customer_id": "a", "attribute": "tier", "value": "gold", "valid_from": "2025-04-01"},
    ]
    with built({"orders": bought, "customer_attributes": known}) as con:
        found = rows(
            con,
            "select strftime(period_start, '%m') as month, segment from metrics.metric_value "
            "where metric = 'repeat_rate' and period = 'month' and segment_type = 'tier' order by 1",
        )
    assert [(r["month"], r["segment"]) for r in found] == [
        ("02", "blue"), ("03", "blue"), ("04", "gold"), ("05", "gold"), ("06", "gold"),
    ]  # fmt: skip


def test_an_attribute_may_bear_the_name_of_a_dimension():
    tables = tiers({"shop": 2})
    tables["customer_attributes"] = [row | {"attribute": "channel"} for row in tables["customer_attributes"]]
    with built(tables) as con:
        assert figure(con, "nps", segment_type="customer_channel", segment="shop")["n"] == 2
        assert figure(con, "nps", segment_type="channel", segment="survey")["n"] == 2


def test_nothing_known_gives_empty_tables():
    with built({}) as con:
        assert rows(con, "from metrics.metric_value") == []
        assert rows(con, "from metrics.metric_component") == []


# --------------------------------------------------------------------------- first contact, reopenings, invitations


def solved(number: int, **more) -> dict:
    given = {"source": "z", "customer_id": f"c{number}", "topic": "delay", "created_at": "2025-03-01 10:00"}
    return ticket(number, solved_at="2025-03-02 10:00", first_reply_minutes=30.0, count_reopens=0) | given | more


def test_first_contact_resolution():
    """Thanks are no second contact; a further question, a reopening and the same topic within a week are."""
    tickets = [
        solved(1), solved(2), solved(3, count_reopens=2), solved(4), solved(5), solved(6), solved(7, status="open"),
        solved(40, customer_id="c4", created_at="2025-03-09 10:00", solved_at="2025-03-20 10:00"),
        solved(50, customer_id="c5", created_at="2025-03-09 10:01", solved_at="2025-03-20 10:00"),
        solved(60, customer_id="c6", created_at="2025-03-03 10:00", solved_at="2025-03-20 10:00", topic="crew"),
    ]  # fmt: skip
    turns = [
        said(1, "ticket", source="z", conversation_id="T1", occurred_at="2025-03-01 11:00", actionability="praise"),
        said(2, "ticket", source="z", conversation_id="T2", occurred_at="2025-03-01 11:00"),
        said(3, "ticket", source="z", conversation_id="T5", occurred_at="2025-03-01 10:20"),  # before the reply
    ]
    with built({"conversations": tickets, "interactions": turns}) as con:
        first, again = figure(con, "fcr"), figure(con, "reopen_rate")
    assert (first["n"], first["value"]) == (9, pytest.approx(6 / 9))  # T2 asked on, T3 was reopened, T4 came again
    assert (again["n"], again["value"], again["direction"]) == (9, pytest.approx(1 / 9), "down")


def test_tickets_are_cut_by_the_team_that_owns_them():
    """Refunds and Baggage have three and two ratings; one ticket of nobody's is (none); answers have no team."""
    teams = [*["Refunds"] * 3, *["Baggage"] * 2, None]
    tickets = [
        ticket(i, source="z", rating="good" if i else "bad", segments=team and json.dumps({"owner_team": team}))
        for i, team in enumerate(teams)
    ]
    turns = [
        {"interaction_id": f"I{i}", "source": "z", "conversation_id": f"T{i}", "channel": channel,
         "customer_id": f"c{i}", "occurred_at": "2025-01-02", "sentiment_score": score}
        for i, (channel, score) in enumerate([("ticket", -0.5), ("ticket", 0.1), ("survey", 0.9)])
    ]  # fmt: skip
    with built({"conversations": tickets, "interactions": turns}) as con:
        cut = "select segment, n, value from metrics.metric_value where period = 'all' and metric"
        found = con.execute(f"{cut} = 'ticket_csat' and segment_type = 'owner_team' order by 1").fetchall()
        assert found == [("(none)", 1, 1.0), ("Baggage", 2, 1.0), ("Refunds", 3, pytest.approx(2 / 3))]
        said = con.execute(f"{cut} = 'net_sentiment' and segment_type = 'channel+owner_team' order by 1").fetchall()
        assert said == [("survey+(none)", 1, 0.9), ("ticket+Refunds", 2, pytest.approx(-0.2))]


def test_medians_of_two_months_share_what_their_customers_lean_to():
    """Medians 20 and 30 minutes. Ana lies above both, Ben below both, Eva above one and on the other."""
    minutes = {"2025-03": {"ana": 50, "ben": 10, "eva": 40, "dan": 20, "joe": 5},
               "2025-04": {"ana": 60, "ben": 10, "eva": 30, "kim": 90, "lea": 20}}  # fmt: skip
    tickets = [
        ticket(len(who) + 10 * place, customer_id=who, created_at=f"{month}-05", first_reply_minutes=value)
        for month, said in minutes.items()
        for place, (who, value) in enumerate(said.items())
    ]
    with built({"conversations": tickets}) as con:
        [found] = rows(con, "from metrics.metric_overlap where metric = 'first_reply_minutes' and segment_type = 'all'")
        assert (found["n_both"], found["n_before"], found["n_after"], found["both_ww"]) == (3, 3, 3, 3)
        assert found["both_ws2"] == 0.25 + 0.25 + 0
        assert (found["both_wws"], found["both_wsw"]) == (0, 0.5)


def test_response_rate_counts_delivered_invitations():
    """Each invitation is answered once at most: by what comes within 30 days and before the next one."""
    sends = [
        {"source": "s", "send_id": f"S{i}", "campaign": campaign, "customer_id": who, "sent_at": at,
         "is_delivered": delivered, "channel": "email"}
        for i, (campaign, who, at, delivered) in enumerate([
            ("Trip survey", "a", "2025-03-01", True), ("Trip survey", "a", "2025-03-05", True),
            ("Trip-NPS", "b", "2025-01-01", True), ("Trip survey", "c", "2025-03-09", False),
            ("Spring fares", "d", "2025-03-09", True), ("Trip survey", None, "2025-03-09", True),
        ])
    ]  # fmt: skip
    given = answers([9, 9, 9, 9], customer_id=lambda i: "abcd"[i])  # on 10 March
    early = [said(1, "tweet", occurred_at="2025-01-01")]
    with built({"sends": sends, "responses": given, "interactions": early}) as con:
        got = figure(con, "response_rate")
    assert (got["n"], got["value"], got["coverage"], got["grain"]) == (3, pytest.approx(1 / 3), 1.0, "invitation")


def test_trailing_windows_end_at_the_as_of_time():
    given = answers([10, 0], occurred_at=lambda i: ["2025-06-01 00:00", "2025-05-31 23:59"][i])
    with built({"responses": given}, periods="'trailing_30d,trailing_60d'") as con:
        short, long = (figure(con, "nps", period=f"trailing_{days}d") for days in (30, 60))
    assert (f"{short['period_start']:%m-%d}", f"{short['period_end']:%m-%d}") == ("06-01", "07-01")
    assert (short["n"], short["value"], long["n"], short["provisional"]) == (1, 100, 2, True)
