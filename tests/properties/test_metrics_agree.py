"""The metrics room and a naive version in plain Python, written from the definitions alone, agree on any tables."""

from __future__ import annotations

import json
import math
import random
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from metrics_marts import built, rows
from scipy import stats
from searching import MANY

ZONE, UTC = ZoneInfo("Europe/Berlin"), ZoneInfo("UTC")
AS_OF = datetime(2025, 4, 10, 10)
Z, SHOW = 1.959963984540054, 3
TCX, NEEDS = ("product", "transaction", "interaction"), ("meaning", "value", "accommodation")
DIMENSIONS = ("channel", "topic", "journey_stage", "experience", "need", "language")
TICKET_DIMENSIONS = DIMENSIONS[:-1]
SETTINGS = {
    "as_of": f"timestamp '{AS_OF}'", "time_zone": f"'{ZONE.key}'", "min_n_show": str(SHOW), "churn_days": "20",
    "repeat_days": "15", "contract_ended": "'tier'", "ended_values": "'y,gone'",
}  # fmt: skip

# --------------------------------------------------------------------------- any small tables

moments = st.one_of(
    st.datetimes(datetime(2025, 1, 15), AS_OF - timedelta(seconds=1)).map(lambda t: t.replace(microsecond=0)),
    st.sampled_from([datetime(2025, 1, 31, 22, 59, 59), datetime(2025, 1, 31, 23), datetime(2025, 3, 31, 22)]),
)
people = st.sampled_from(["a", "b", "c", "d", None])
topics = st.sampled_from(["delay", "crew", None])
stages = st.sampled_from(["airport", None])
parts = st.sampled_from(["product", None])
about = {"topic": topics, "journey_stage": stages, "experience": parts, "need": st.sampled_from(["value", None])}
spoken = {"experience": st.sampled_from([*TCX, None]), "need": st.sampled_from([*NEEDS, None])}
teams = st.sampled_from([None, '{"owner_team":"Refunds"}', '{"owner_team":"Baggage"}'])
cabins = st.sampled_from([None, '{"cabin":"eco"}', '{"cabin":"first","topic":"wifi"}', '{"cabin":null}'])
scores = st.one_of(st.none(), st.integers(-1000, 1000).map(lambda x: x / 1000))


histories = st.tuples(
    st.lists(st.sampled_from(["x", "y", None]), min_size=4, max_size=4),
    st.lists(moments, unique=True, max_size=3).map(sorted),
)


def held(who: str, attribute: str, values: list[str | None], changes: list[datetime]) -> list[dict[str, Any]]:
    """What was held between the changes; None: nothing was known."""
    bounds = [None, *changes, None]
    spells = zip(values, bounds, bounds[1:], strict=False)
    return [
        {"customer_id": who, "attribute": attribute, "value": value, "valid_from": start, "valid_to": end}
        for value, start, end in spells
        if value
    ]


def weighed(start: datetime | None, who: str, weight: float | None) -> dict[str, Any]:
    period = "month" if start else "all"
    return {"period": period, "period_start": start, "customer_id": who, "weight": weight}


def listed(rows: st.SearchStrategy[dict[str, Any]], key: str, size: int) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(rows, max_size=size).map(lambda found: [row | {key: f"{key}{i}"} for i, row in enumerate(found)])


def scale(metric: str, low: int, high: int) -> st.SearchStrategy[dict[str, Any]]:
    fixed = {k: st.just(v) for k, v in {"metric": metric, "scale_low": low, "scale_high": high, "source": "s"}.items()}
    more = {
        "score": st.integers(low, high),
        "customer_id": people,
        "occurred_at": moments,
        "loaded_at": moments,
        "superseded_at": st.sampled_from([None, None, None, AS_OF]),
        "interaction_id": st.sampled_from([*(f"interaction_id{i}" for i in range(5)), None]),
        "segments": cabins,
    }
    return st.fixed_dictionaries(fixed | more)


TABLES = st.fixed_dictionaries(
    {
        "interactions": listed(
            st.fixed_dictionaries(
                {
                    "channel": st.sampled_from(["survey", "tweet", "ticket"]),
                    "customer_id": people,
                    "occurred_at": moments,
                    "language": st.sampled_from(["en", None]),
                    "source": st.just("z"),
                    "conversation_id": st.sampled_from(["conversation_id0", "conversation_id1", None]),
                    "actionability": st.sampled_from(["praise", "needs_response", None]),
                    "sentiment_score": st.one_of(st.none(), st.integers(-1000, 1000).map(lambda x: x / 1000)),
                    **about,
                    **spoken,
                }
            ),
            "interaction_id",
            12,
        ),
        "responses": listed(
            st.one_of(
                scale("nps", 0, 10),
                scale("nps", 0, 10),
                scale("csat", 1, 5),
                scale("csat", 1, 7),
                scale("ces", 1, 7),
                scale("ces_v1", 1, 5),
            ),
            "response_id",
            25,
        ),
        "conversations": listed(
            st.fixed_dictionaries(
                {
                    "customer_id": people,
                    "source": st.just("z"),
                    "status": st.sampled_from(["open", "solved", "closed"]),
                    "rating": st.sampled_from(["good", "bad", None]),
                    "created_at": moments,
                    "solved_at": st.one_of(st.none(), moments),
                    "count_turns": st.integers(1, 2),
                    "count_reopens": st.sampled_from([0, 1, None]),
                    "first_reply_minutes": st.one_of(st.none(), st.integers(0, 9).map(float)),
                    "resolution_minutes": st.one_of(st.none(), st.integers(0, 9).map(float)),
                    "segments": teams,
                    **about,
                }
            ),
            "conversation_id",
            12,
        ),
        "orders": listed(
            st.fixed_dictionaries(
                {
                    "customer_id": people,
                    "ordered_at": moments,
                    "currency": st.sampled_from(["EUR", "USD"]),
                    "is_cancelled": st.booleans(),
                    "paid_amount": st.sampled_from([None, 0.0, 1.5, 20.25]),
                }
            ),
            "order_id",
            15,
        ),
        "sends": listed(
            st.fixed_dictionaries(
                {
                    "source": st.just("s"),
                    "campaign": st.sampled_from(["Trip survey", "NPS 2025", "Spring surveys", "Fares"]),
                    "channel": st.sampled_from(["email", None]),
                    "customer_id": people,
                    "is_delivered": st.booleans(),
                    "is_paused": st.booleans(),
                    "sent_at": moments,
                }
            ),
            "send_id",
            8,
        ),
        "customers": st.dictionaries(
            st.sampled_from("abcd"),
            st.fixed_dictionaries(
                {
                    "signed_up_on": st.sampled_from([None, date(2025, 1, 31), date(2025, 3, 1)]),
                    "p_alive": st.sampled_from([None, 0.0, 0.25, 1.0]),
                    "is_p_alive_by_construction": st.booleans(),
                }
            ),
        ).map(lambda found: [row | {"customer_id": who} for who, row in found.items()]),
        "journeys": listed(
            st.fixed_dictionaries({"customer_id": people.filter(bool), "peak_end": scores, "ended_at": moments}),
            "journey_id",
            8,
        ),
        "journey_stages": listed(
            st.fixed_dictionaries(
                {
                    "customer_id": people.filter(bool),
                    "journey_stage": stages,
                    "stage_score": scores,
                    "last_at": moments,
                }
            ),
            "journey_id",
            8,
        ),
        "facts.employees": st.sampled_from([0, 9, 14]).flatmap(
            lambda size: st.lists(
                st.fixed_dictionaries(
                    {
                        "recommend_score": st.sampled_from([None, 0.0, 8.0, 10.0, 10.0]),
                        "engagement_score": st.sampled_from([None, 1.0, 2.5, 4.0]),
                        "known_at": moments,
                    }
                ),
                min_size=size,
                max_size=size,
            ).map(lambda found: [row | {"employee_no": str(i)} for i, row in enumerate(found)])
        ),
        "customer_attributes": st.dictionaries(
            st.tuples(st.sampled_from("abcd"), st.sampled_from(["tier", "country"])), histories, max_size=6
        ).map(lambda found: [row for (who, name), told in found.items() for row in held(who, name, *told)]),
        "survey_weights": st.dictionaries(
            st.tuples(st.sampled_from([None, datetime(2025, 2, 1), datetime(2025, 3, 1)]), st.sampled_from("abcd")),
            st.sampled_from([None, 0.5, 1.0, 2.25]),
        ).map(lambda found: [weighed(start, who, weight) for (start, who), weight in found.items()]),
    }
)

# --------------------------------------------------------------------------- the naive version


@dataclass
class Event:
    """One thing that counts for a metric in one period."""

    who: str | None
    value: float
    weight: float = 1
    unit: str | None = None
    dims: dict[str, str | None] = field(default_factory=dict)
    low: float | None = None
    high: float | None = None
    at: datetime | None = None
    part: str | None = None


Tables = dict[str, list[dict[str, Any]]]
Period = tuple[str, date, datetime, datetime, date]  # kind, first local day, start and end (UTC), day of stocks


def local_day(at: datetime) -> date:
    return at.replace(tzinfo=UTC).astimezone(ZONE).date()


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZONE).astimezone(UTC).replace(tzinfo=None)


def periods(tables: Tables) -> list[Period]:
    seen = [r["occurred_at"] for t in ("interactions", "responses") for r in tables[t]]
    seen += [r[c] for r in tables["conversations"] for c in ("created_at", "solved_at") if r[c]]
    seen += [*(r["ordered_at"] for r in tables["orders"]), *(r["sent_at"] for r in tables["sends"])]
    seen += [*(r["ended_at"] for r in tables["journeys"]), *(r["last_at"] for r in tables["journey_stages"])]
    first = local_day(min([*seen, AS_OF]))
    found: list[Period] = [("all", first, midnight(first), AS_OF, local_day(AS_OF))]
    day = first.replace(day=1)
    while day <= local_day(AS_OF):
        following = (day + timedelta(days=31)).replace(day=1)
        found.append(("month", day, midnight(day), min(midnight(following), AS_OF), min(following, local_day(AS_OF))))
        day = following
    return found


def answered(tables: Tables, metric: str) -> list[tuple[dict[str, Any], dict[str, str | None]]]:
    told = {r["interaction_id"]: r for r in tables["interactions"]}
    none = dict.fromkeys(DIMENSIONS) | {"channel": "survey"}
    found = [r for r in tables["responses"] if r["metric"] == metric and r["superseded_at"] is None]
    return [(r, {d: told.get(r["interaction_id"], none)[d] for d in DIMENSIONS} | own_segments(r)) for r in found]


def own_segments(row: dict[str, Any]) -> dict[str, str | None]:
    """Segments of the response itself; one that is called like a dimension is told apart."""
    found = json.loads(row["segments"] or "{}")
    return {f"response_{key}" if key in DIMENSIONS else key: value for key, value in found.items()}


def sign(score: int) -> int:
    return (score >= 9) - (score <= 6)


def per_answer(
    metric: str, value: Callable[[dict[str, Any]], float], plain: tuple[int, int] | None = None, only: bool = False
) -> Any:
    def events(tables: Tables, period: Period) -> Iterable[Event]:
        for row, dims in answered(tables, metric):
            ends = (row["scale_low"], row["scale_high"])
            if period[2] <= row["occurred_at"] < period[3] and (not only or ends == plain):
                unit = None if plain is None or only else "mean" if ends == plain else f"mean {ends[0]}-{ends[1]}"
                low, high = ends if unit else (None, None)
                yield Event(row["customer_id"], value(row), 1, unit, dims, low, high, row["occurred_at"])

    return events


def nps_customer(tables: Tables, period: Period) -> Iterable[Event]:
    latest: dict[str, tuple[Any, int, dict[str, str | None]]] = {}
    for row, dims in answered(tables, "nps"):
        if row["customer_id"] and period[2] <= row["occurred_at"] < period[3]:
            key = (row["occurred_at"], row["loaded_at"], row["response_id"])
            if row["customer_id"] not in latest or key > latest[row["customer_id"]][0]:
                latest[row["customer_id"]] = (key, row["score"], dims)
    return [Event(who, sign(score), dims=dims, at=key[0]) for who, (key, score, dims) in latest.items()]


def nps_weighted(tables: Tables, period: Period) -> Iterable[Event]:
    weights = {
        row["customer_id"]: row["weight"]
        for row in tables["survey_weights"]
        if (row["period"], row["period_start"] and row["period_start"].date())
        == (period[0], period[1] if period[0] == "month" else None)
    }
    for event in nps_customer(tables, period):
        if weight := weights.get(event.who):
            yield replace(event, value=event.value * weight, weight=weight)


def per_ticket(
    keep: Callable[[dict[str, Any]], Any],
    value: Callable[[dict[str, Any]], float],
    at: Callable[[dict[str, Any]], datetime],
) -> Any:
    def events(tables: Tables, period: Period) -> Iterable[Event]:
        for row in tables["conversations"]:
            if keep(row) and period[2] <= at(row) < period[3]:
                dims = {d: row.get(d) for d in TICKET_DIMENSIONS} | {"channel": "ticket"} | own_segments(row)
                yield Event(row["customer_id"], value(row), dims=dims, at=at(row))

    return events


def is_solved(row: dict[str, Any]) -> bool:
    return row["status"] != "open" and bool(row["solved_at"])


def fcr(tables: Tables, period: Period) -> Iterable[Event]:
    for row in tables["conversations"]:
        if is_solved(row) and period[2] <= row["solved_at"] < period[3]:
            replied_at = row["created_at"] + timedelta(minutes=row["first_reply_minutes"] or 0)
            more = any(
                turn["channel"] == "ticket"
                and turn["conversation_id"] == row["conversation_id"]
                and turn["occurred_at"] > replied_at
                and turn["actionability"] != "praise"
                for turn in tables["interactions"]
            )
            again = any(
                (other["customer_id"], other["topic"]) == (row["customer_id"], row["topic"])
                and row["created_at"] < other["created_at"] <= row["solved_at"] + timedelta(days=7)
                for other in tables["conversations"]
                if other["customer_id"] and other["topic"]
            )
            dims = {d: row.get(d) for d in TICKET_DIMENSIONS} | {"channel": "ticket"} | own_segments(row)
            first = not (row["count_reopens"] or more or again)
            yield Event(row["customer_id"], first, dims=dims, at=row["solved_at"])


def about_part(name: str, part: str | None = None) -> Any:
    """Answers of which the verbatim is about a part: of experience or need."""

    def events(tables: Tables, period: Period) -> Iterable[Event]:
        told = {r["interaction_id"]: r for r in tables["interactions"]}
        for row, dims in answered(tables, "nps"):
            of = told.get(row["interaction_id"], {}).get(name)
            if period[2] <= row["occurred_at"] < period[3] and of and part in (None, of):
                cuts = {d: value for d, value in dims.items() if d not in ("experience", "need", "language")}
                yield Event(row["customer_id"], sign(row["score"]), dims=cuts, at=row["occurred_at"], part=of)

    return events


def of_journeys(table: str, score: str, at: str, *dims: str) -> Any:
    def events(tables: Tables, period: Period) -> Iterable[Event]:
        for row in tables[table]:
            if row[score] is not None and all(row[d] for d in dims) and period[2] <= row[at] < period[3]:
                yield Event(row["customer_id"], row[score], 1, None, {d: row[d] for d in dims}, -1, 1, row[at])

    return events


def of_employees(score: str, value: Callable[[float], float]) -> Any:
    def events(tables: Tables, period: Period) -> Iterable[Event]:
        known = [r[score] for r in tables["facts.employees"] if r[score] is not None and r["known_at"] < period[3]]
        return [Event(None, value(s)) for s in known] if len(known) >= 10 else []

    return events


def response_rate(tables: Tables, period: Period) -> Iterable[Event]:
    words = [set(row["campaign"].lower().split()) & {"survey", "surveys", "nps"} for row in tables["sends"]]
    sends = [
        row for row, found in zip(tables["sends"], words, strict=True)
        if found and row["customer_id"] and row["is_delivered"]
    ]  # fmt: skip
    sends.sort(key=lambda row: (row["sent_at"], row["send_id"]))
    given = [(r["customer_id"], r["occurred_at"]) for r in tables["responses"]]
    given += [(r["customer_id"], r["occurred_at"]) for r in tables["interactions"] if r["channel"] == "survey"]
    for place, row in enumerate(sends):
        later = [other["sent_at"] for other in sends[place + 1 :] if other["customer_id"] == row["customer_id"]]
        until = min([row["sent_at"] + timedelta(days=30), *later])
        answered = any(who == row["customer_id"] and row["sent_at"] <= at < until for who, at in given)
        if period[2] <= row["sent_at"] < period[3]:
            yield Event(row["customer_id"], answered, dims={"channel": row["channel"]}, at=row["sent_at"])


def said(value: Callable[[dict[str, Any]], float | None], *ends: float, by_team: bool = False) -> Any:
    def events(tables: Tables, period: Period) -> Iterable[Event]:
        teams = {row["conversation_id"]: own_segments(row) for row in tables["conversations"] if by_team}
        for row in tables["interactions"]:
            if value(row) is not None and period[2] <= row["occurred_at"] < period[3]:
                dims = {d: row[d] for d in DIMENSIONS}
                dims |= teams.get(row["conversation_id"], {}) if row["channel"] == "ticket" else {}
                low, high = ends or (None, None)
                yield Event(row["customer_id"], value(row), 1, None, dims, low, high, row["occurred_at"])

    return events


def contact_rate(tables: Tables, period: Period) -> Iterable[Event]:
    for row in tables["interactions"]:
        if row["channel"] == "ticket" and period[2] <= row["occurred_at"] < period[3]:
            yield Event(row["customer_id"], 1, 0, at=row["occurred_at"])
    seen = [(r["customer_id"], r["occurred_at"]) for r in tables["interactions"]] + [
        (r["customer_id"], r["ordered_at"]) for r in tables["orders"]
    ]
    for who in {who for who, at in seen if who and period[3] - timedelta(days=365) <= at < period[3]}:
        yield Event(who, 0, 1)


def purchase_days(tables: Tables, period: Period) -> dict[str, set[date]]:
    days = defaultdict(set)
    for row in tables["orders"]:
        if row["customer_id"] and not row["is_cancelled"] and row["ordered_at"] < period[3]:
            days[row["customer_id"]].add(local_day(row["ordered_at"]))
    return days


def repeat_rate(tables: Tables, period: Period) -> Iterable[Event]:
    return [Event(who, len(days) >= 2) for who, days in purchase_days(tables, period).items()]


def churn_rate(tables: Tables, period: Period) -> Iterable[Event]:
    return [Event(who, (period[4] - max(days)).days >= 20) for who, days in purchase_days(tables, period).items()]


def all_days(tables: Tables) -> dict[str, list[date]]:
    return {who: sorted(days) for who, days in purchase_days(tables, periods(tables)[0]).items()}


def bought_at(tables: Tables, who: str, day: date) -> datetime:
    orders = [r["ordered_at"] for r in tables["orders"] if r["customer_id"] == who and not r["is_cancelled"]]
    return min(at for at in orders if local_day(at) == day)


def repeat_rate_equal(tables: Tables, period: Period) -> Iterable[Event]:
    for who, days in all_days(tables).items():
        at, until = bought_at(tables, who, days[0]), days[0] + timedelta(days=15)
        if period[2] <= at < period[3] and until < local_day(AS_OF):
            yield Event(who, len(days) > 1 and days[1] <= until, at=at)


def retention(tables: Tables, period: Period) -> Iterable[Event]:
    for who, days in all_days(tables).items():
        at, months = bought_at(tables, who, days[0]), {day.replace(day=1) for day in days}
        if not period[2] <= at < period[3]:
            continue
        month = days[0].replace(day=1)
        for age in range(1, 13):
            month = (month + timedelta(days=31)).replace(day=1)
            is_over = (month + timedelta(days=31)).replace(day=1) <= local_day(AS_OF)
            if month <= local_day(AS_OF):
                yield Event(who, is_over and month in months, is_over, f"share, month {age}", at=at)


def interpurchase_days(tables: Tables, period: Period) -> Iterable[Event]:
    for who, days in all_days(tables).items():
        for day, following in zip(days, [*days[1:], None], strict=True):
            at = bought_at(tables, who, day)
            if period[2] <= at < period[3]:
                yield Event(who, ((following or local_day(AS_OF)) - day).days, following is not None, at=at)


def churn_probability(tables: Tables, period: Period) -> Iterable[Event]:
    for row in tables["customers"]:
        if period[3] == AS_OF and row["p_alive"] is not None and not row["is_p_alive_by_construction"]:
            yield Event(row["customer_id"], 1 - row["p_alive"], low=0, high=1)


def churn_contractual(tables: Tables, period: Period) -> Iterable[Event]:
    signed = {row["customer_id"]: row["signed_up_on"] for row in tables["customers"]}
    for who in {row["customer_id"] for row in tables["customer_attributes"] if row["attribute"] == "tier"}:
        value = value_of(tables, "tier", who, period[3] - timedelta(microseconds=1))
        if value != "(unknown)" and (signed.get(who) or date.min) < period[4]:
            yield Event(who, value in ("y", "gone"))


def revenue(tables: Tables, period: Period) -> Iterable[Event]:
    for row in tables["orders"]:
        if row["paid_amount"] and period[2] <= row["ordered_at"] < period[3]:
            yield Event(row["customer_id"], row["paid_amount"], 1, row["currency"], at=row["ordered_at"])


def leaks(tables: Tables, period: Period) -> Iterable[Event]:
    for row in tables["sends"]:
        if row["is_delivered"] and row["customer_id"] and period[2] <= row["sent_at"] < period[3]:
            yield Event(row["customer_id"], row["is_paused"], at=row["sent_at"])


METRICS: dict[str, tuple[Any, str, str]] = {
    "nps": (per_answer("nps", lambda r: sign(r["score"])), "adjusted_wald", "points"),
    "nps_customer": (nps_customer, "adjusted_wald", "points"),
    "response_rate": (response_rate, "wilson", "share"),
    "nps_weighted": (nps_weighted, "adjusted_wald", "points"),
    "csat": (per_answer("csat", lambda r: r["score"] >= r["scale_high"] - 1), "wilson", "share"),
    "csat_mean": (per_answer("csat", lambda r: r["score"], (1, 5)), "t", "mean"),
    "ces": (per_answer("ces", lambda r: r["score"], (1, 7)), "t", "mean"),
    "ces_agree": (per_answer("ces", lambda r: r["score"] >= 5, (1, 7), only=True), "wilson", "share"),
    "ces_v1": (per_answer("ces_v1", lambda r: r["score"], (1, 5)), "t", "mean"),
    "ticket_csat": (
        per_ticket(lambda r: r["rating"], lambda r: r["rating"] == "good", lambda r: r["solved_at"] or r["created_at"]),
        "wilson",
        "share",
    ),
    "first_reply_minutes": (
        per_ticket(
            lambda r: r["first_reply_minutes"] is not None,
            lambda r: r["first_reply_minutes"],
            lambda r: r["created_at"],
        ),
        "order_statistics",
        "minutes",
    ),
    "resolution_minutes": (
        per_ticket(
            lambda r: r["status"] != "open" and r["solved_at"] and r["resolution_minutes"] is not None,
            lambda r: r["resolution_minutes"],
            lambda r: r["solved_at"],
        ),
        "order_statistics",
        "minutes",
    ),
    "reopen_rate": (
        per_ticket(
            lambda r: is_solved(r) and r["count_reopens"] is not None,
            lambda r: r["count_reopens"] > 0,
            lambda r: r["solved_at"],
        ),
        "wilson",
        "share",
    ),
    "fcr": (fcr, "wilson", "share"),
    "net_sentiment": (said(lambda r: r["sentiment_score"], -1, 1, by_team=True), "t", "mean"),
    "linked_share": (said(lambda r: r["customer_id"] is not None), "wilson", "share"),
    "contact_rate": (contact_rate, "poisson_byar", "turns per customer"),
    "repeat_rate": (repeat_rate, "wilson", "share"),
    "churn_rate": (churn_rate, "wilson", "share"),
    "repeat_rate_equal": (repeat_rate_equal, "wilson", "share"),
    "retention": (retention, "wilson", "share"),
    "interpurchase_days": (interpurchase_days, "kaplan_meier", "days"),
    "churn_probability": (churn_probability, "t", "share"),
    "churn_contractual": (churn_contractual, "wilson", "share"),
    "revenue": (revenue, "none", "currency"),
    "suppression_leak_rate": (leaks, "wilson", "share"),
    "tcx": (about_part("experience"), "mean_of_parts", "points"),
    **{f"tcx_{part}": (about_part("experience", part), "adjusted_wald", "points") for part in TCX},
    "needs": (about_part("need"), "mean_of_parts", "points"),
    **{f"needs_{part}": (about_part("need", part), "adjusted_wald", "points") for part in NEEDS},
    "solved_share": (
        per_ticket(lambda r: True, lambda r: r["status"] != "open", lambda r: r["solved_at"] or r["created_at"]),
        "wilson",
        "share",
    ),
    "effortless_share": (
        per_ticket(
            lambda r: r["status"] != "open",
            lambda r: r["count_turns"] == 1 and not r["count_reopens"],
            lambda r: r["solved_at"] or r["created_at"],
        ),
        "wilson",
        "share",
    ),
    "delight_share": (
        said(lambda r: None if r["sentiment_score"] is None else r["sentiment_score"] >= 0.7),
        "wilson",
        "share",
    ),
    "pain_share": (
        said(lambda r: None if r["sentiment_score"] is None else r["sentiment_score"] <= -0.7),
        "wilson",
        "share",
    ),
    "stage_score": (of_journeys("journey_stages", "stage_score", "last_at", "journey_stage"), "t", "mean"),
    "peak_end": (of_journeys("journeys", "peak_end", "ended_at"), "t", "mean"),
    "enps": (of_employees("recommend_score", sign), "adjusted_wald", "points"),
    "engagement": (of_employees("engagement_score", lambda s: s), "t", "mean"),
}


BY_CHANNEL = ("net_sentiment", "delight_share", "pain_share")
STAFF = ("enps", "engagement")


def cells(tables: Tables, metric: str) -> dict[tuple[Any, ...], list[Event]]:
    """Events of a metric by (period, first day, segment type, segment, unit)."""
    of_period, _, unit = METRICS[metric]
    told = {period: [*of_period(tables, period)] for period in periods(tables)}
    dims = sorted({name for events in told.values() for event in events for name in event.dims})
    names = {row["attribute"] for row in tables["customer_attributes"]}
    found = defaultdict(list)
    for period, events in told.items():
        for event in events:
            cuts = {name: event.dims.get(name) or "(none)" for name in dims}
            if metric not in ("linked_share", *STAFF):
                at = event.at or period[3] - timedelta(microseconds=1)
                cuts |= {name: value_of(tables, name, event.who, at) for name in names}
            if metric in BY_CHANNEL:
                channel = cuts.pop("channel")
                cuts = {"channel": channel} | {f"channel+{name}": f"{channel}+{value}" for name, value in cuts.items()}
            else:
                cuts["all"] = "all"
            for kind, segment in cuts.items():
                found[(period[0], period[1], kind, segment, event.unit or unit)].append(event)
    return found


def value_of(tables: Tables, attribute: str, who: str | None, at: datetime) -> str:
    for row in tables["customer_attributes"]:
        is_meant = (row["attribute"], row["customer_id"]) == (attribute, who)
        start, end = row["valid_from"], row["valid_to"]
        if is_meant and (start is None or start <= at) and (end is None or at < end):
            return str(row["value"])
    return "(unknown)"


def summary(events: list[Event], method: str) -> dict[str, Any]:
    """n, value, error and interval of the events of a cell, by the definitions."""
    counted = [e for e in events if e.weight]
    n, total, weight = len(counted), math.fsum(e.value for e in events), sum(e.weight for e in events)
    base = events if method == "poisson_byar" else counted
    share = [e.value if method == "poisson_byar" else 1 for e in base]
    linked = sum(s for s, e in zip(share, base, strict=True) if e.who)
    out = {
        "n": n,
        "n_customers": len({e.who for e in counted if e.who}),
        "coverage": linked / sum(share) if sum(share) else None,
    }
    empty = dict.fromkeys(("n_eff", "value", "se", "ci_low", "ci_high"))
    if method == "none":
        return out | empty | {"value": total}
    if n == 0:
        return out | empty
    if method == "order_statistics":
        return out | empty | middle(events)
    if method == "kaplan_meier":
        return out | empty | median_left(events, n)
    if method == "mean_of_parts":
        return out | empty | total_of(events)
    mean = total / weight
    clusters = gathered(events, lambda e: e.value - mean * e.weight)
    size = len(clusters)
    error = math.sqrt(size / (size - 1) * math.fsum(c**2 for c in clusters)) / weight if size > 1 else None
    points = 100 if method == "adjusted_wald" else 1
    told = events if method == "poisson_byar" else counted
    effect = design_effect(told, method, mean, error)
    low, high = interval(method, told, mean, error, effect)
    return out | {
        "n_eff": n / effect,
        "value": points * mean,
        "se": None if error is None else points * error,
        "ci_low": low,
        "ci_high": high,
    }


def median_left(events: list[Event], n: int) -> dict[str, Any]:
    """Kaplan-Meier median and the times at which log(-log) bounds, widened for customers, are down to one half."""
    ends = sorted({e.value for e in events if e.weight})
    risk = {t: sum(e.value >= t for e in events) for t in ends}
    died = {t: sum(e.value == t and e.weight == 1 for e in events) for t in ends}
    left, spread, product, total = {}, {}, 1.0, 0.0
    for t in ends:
        product *= 1 - died[t] / risk[t]
        total += died[t] / (risk[t] * (risk[t] - died[t])) if risk[t] > died[t] else math.inf
        left[t], spread[t] = product, total
    middle = next((t for t in ends if left[t] <= 0.5 + 1e-9), None)
    if middle is None or left[middle] == 0:
        return {"value": middle}
    pull: dict[Any, float] = defaultdict(float)
    for e in events:
        pull[e.who] += (1 / (risk[e.value] - died[e.value]) if e.weight and e.value <= middle else 0) - sum(
            died[t] / (risk[t] * (risk[t] - died[t])) for t in ends if t <= min(middle, e.value)
        )
    if len(pull) < 2:
        return {"value": middle}
    between = len(pull) / (len(pull) - 1) * math.fsum(x * x for x in pull.values())
    effect = max(between / spread[middle], 1)
    bounds = {t: Z * math.sqrt(spread[t] * effect) / -math.log(left[t]) for t in ends if 0 < left[t] < 1}
    low = next((t for t in bounds if left[t] ** math.exp(bounds[t]) <= 0.5), None)
    high = next((t for t in bounds if left[t] ** math.exp(-bounds[t]) <= 0.5), None)
    return {"value": middle, "ci_low": low, "ci_high": high, "n_eff": n / effect}


def gathered(events: list[Event], value: Callable[[Event], float]) -> list[float]:
    """Sums by customer; an event without one stands for itself."""
    clusters = defaultdict(list)
    for i, e in enumerate(events):
        clusters[e.who or i].append(value(e))
    return [math.fsum(found) for found in clusters.values()]


def few(events: list[Event]) -> tuple[float, float, float]:
    """What few customers, of unequal weight, add: to the variance, Student's t, and n over their effective number."""
    sizes = gathered(events, lambda e: e.weight)
    g, count = sum(sizes) ** 2 / sum(s**2 for s in sizes), len(sizes)
    t = stats.t.ppf(0.975, max(math.floor(g - 1 + 1e-9), 1))
    return (g / (g - 1)) / (count / (count - 1)) if g > 1 + 1e-9 and count > 1 else 1, t, len(events) / g


def design_effect(events: list[Event], method: str, mean: float, error: float | None) -> float:
    n, total = len(events), sum(e.value for e in events)
    if method == "poisson_byar":
        return max(1, error**2 * sum(e.weight for e in events) ** 2 / total) if error and total else 1
    unequal, t, size = few(events)
    if n < 2 or set(gathered(events, lambda e: e.weight)) == {1}:
        return 1
    variance = math.fsum(e.value**2 / e.weight for e in events) / sum(e.weight for e in events) - mean**2
    if error is None:
        return size
    effect = max(1, error**2 * (n - 1) / variance * unequal) if variance > 1e-12 else size
    return effect * (1 if method == "t" else (t / Z) ** 2)


def middle(events: list[Event]) -> dict[str, Any]:
    n, values = len(events), sorted(e.value for e in events)
    median = statistics.median(values)
    sizes, effect = gathered(events, lambda e: 1), 1.0
    if max(sizes) > 1:
        g = n**2 / sum(s**2 for s in sizes)
        leans = gathered(events, lambda e: (e.value > median) - (e.value < median))
        lean = sum(x**2 for x in leans) / (sum(v != median for v in values) or 1)
        lean = lean if any(v != median for v in values) else 1
        effect = n / g
        if g >= 2:
            effect = (
                max(lean * g / (g - 1) / (n / (n - 1)), 1) * (stats.t.ppf(0.975, math.floor(g - 1 + 1e-9)) / Z) ** 2
            )
    half = Z * math.sqrt(n * effect) / 2
    low, high = math.floor(n / 2 - half + 0.5), math.floor(1 + n / 2 + half + 0.5)
    return {
        "n_eff": n / effect,
        "value": median,
        "ci_low": values[low - 1] if low >= 1 else None,
        "ci_high": values[high - 1] if high <= n else None,
    }


def total_of(events: list[Event]) -> dict[str, Any]:
    """Mean of three parts, its error between customers and its interval."""
    values: dict[str, list[float]] = defaultdict(list)
    for e in events:
        values[str(e.part)].append(e.value)
    if len(values) < 3 or min(map(len, values.values())) < SHOW:
        return {}
    means = {part: statistics.fmean(found) for part, found in values.items()}
    clusters = gathered(events, lambda e: (e.value - means[str(e.part)]) / len(values[str(e.part)]) / 3)
    figures = {"value": 100 * sum(means.values()) / 3, "n_eff": len(events)}
    size = len(clusters)
    if size < 2:
        return figures
    error = math.sqrt(size / (size - 1) * sum(c**2 for c in clusters))
    plain = math.sqrt(sum(statistics.variance(found) / len(found) for found in values.values())) / 3
    middles, added = [], 0.0
    for found in values.values():
        up, down = (sum(v == s for v in found) + 0.25 for s in (1, -1))
        p, q, n = up / (len(found) + 1), down / (len(found) + 1), len(found) + 1
        middles.append(p - q)
        added += (p + q - (p - q) ** 2) / n
    half = stats.t.ppf(0.975, size - 1) * math.sqrt(added) / 3 * (error / plain if plain else 1)
    low, high = sum(middles) / 3 - half, sum(middles) / 3 + half
    worth = len(events) / (max(1, (error / plain) ** 2) if plain else 1)
    bounds = {"ci_low": max(-100, 100 * low), "ci_high": min(100, 100 * high)}
    return figures | bounds | {"se": 100 * error, "n_eff": worth}


def interval(
    method: str, events: list[Event], mean: float, error: float | None, effect: float
) -> tuple[float | None, float | None]:
    n = len(events) / effect
    if method == "adjusted_wald":
        each = n / sum(e.weight for e in events)
        up, down = (each * sum(e.weight for e in events if e.value == s * e.weight) + 0.75 for s in (1, -1))
        p, q = up / (n + 3), down / (n + 3)
        half = Z * math.sqrt((p + q - (p - q) ** 2) / (n + 3))
        return max(-100, 100 * (p - q - half)), min(100, 100 * (p - q + half))
    if method == "wilson":
        centre, half = mean + Z * Z / (2 * n), Z * math.sqrt(mean * (1 - mean) / n + Z * Z / (4 * n * n))
        return (centre - half) / (1 + Z * Z / n), (centre + half) / (1 + Z * Z / n)
    if method == "t":
        if error is None:
            return None, None
        unequal, t, _ = few(events)
        half, low, high = t * error * math.sqrt(unequal), events[0].low, events[0].high
        return max(mean - half, -math.inf if low is None else low), min(mean + half, math.inf if high is None else high)
    k, per = sum(e.value for e in events) / effect, effect / sum(e.weight for e in events)
    low = k * (1 - 1 / (9 * k) - Z / (3 * math.sqrt(k))) ** 3 if k else 0
    return low * per, (k + 1) * (1 - 1 / (9 * (k + 1)) + Z / (3 * math.sqrt(k + 1))) ** 3 * per


def hidden(found: dict[tuple[Any, ...], list[Event]], method: str, metric: str) -> set[tuple[Any, ...]]:
    """Cells below SHOW, and the next smallest where one alone is below it among the segments of a total."""
    size = {key: sum(e.weight != 0 for e in events) for key, events in found.items()}
    out = {key for key, n in size.items() if n < SHOW}
    families = defaultdict(list)
    for key in size:
        is_total = method in ("order_statistics", "kaplan_meier", "mean_of_parts") or (
            metric in BY_CHANNEL and key[2] == "channel"
        )
        if key[2] != "all" and not is_total:
            within = key[3].split("+")[0] if metric in BY_CHANNEL else None
            families[(*key[:3], key[4], within)].append(key)
    for family in families.values():
        small = [key for key in family if 0 < size[key] < SHOW]
        large = sorted((size[key], key[3], key) for key in family if size[key] >= SHOW)
        if len(small) == 1 and large:
            out.add(large[0][2])
    return out


def naive(tables: Tables) -> dict[tuple[Any, ...], dict[str, Any]]:
    out = {}
    every = {metric: cells(tables, metric) for metric in METRICS}
    small = {metric: hidden(found, METRICS[metric][1], metric) for metric, found in every.items()}
    for metric, (_, method, _) in METRICS.items():
        found = every[metric]
        unseen = set(small[metric])
        if method == "mean_of_parts":  # it would give a part away
            unseen |= set(found) & set().union(*(small[m] for m in METRICS if m.startswith(f"{metric}_")))
        for key, events in found.items():
            figures = summary(events, method) | ({"coverage": None} if metric in STAFF else {})
            shown = {} if key not in unseen else dict.fromkeys(("n_eff", "value", "se", "ci_low", "ci_high"))
            out[(metric, *key)] = figures | shown | {"suppressed": key in unseen}
    return out


# --------------------------------------------------------------------------- the properties

KEYS = ("metric", "period", "period_start", "segment_type", "segment", "unit")
slow = [HealthCheck.too_slow, HealthCheck.data_too_large]
moderate = settings(max_examples=10 * MANY, deadline=None, suppress_health_check=slow)
rarely = settings(max_examples=4 * MANY, deadline=None, suppress_health_check=slow)


def published(tables: Tables, table: str = "metric_value") -> dict[tuple[Any, ...], dict[str, Any]]:
    with built(tables, **SETTINGS) as con:
        found = rows(con, f"from metrics.{table}")
    keyed = {(r["metric"], r["period"], r["period_start"].date(), *(r[k] for k in KEYS[3:])): r for r in found}
    assert len(keyed) == len(found), "the keys are not unique"
    return keyed


def alike(a: float | None, b: float | None) -> bool:
    return a is b if a is None or b is None else a == pytest.approx(b, rel=1e-6, abs=1e-6)


@moderate
@given(TABLES)
def test_the_room_and_the_naive_version_agree(tables):
    got, wanted = published(tables), naive(tables)
    assert got.keys() == wanted.keys()
    differ = [
        (key, name, got[key][name], value)
        for key, figures in wanted.items()
        for name, value in figures.items()
        if not alike(got[key][name], value)
    ]
    assert differ == []


@rarely
@given(TABLES, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(tables, shuffle: random.Random):
    shuffled = {name: shuffle.sample(found, len(found)) for name, found in tables.items()}
    assert published(tables) == published(shuffled)


@rarely
@given(TABLES)
def test_months_of_what_happens_add_up_to_the_whole(tables):
    parts = published(tables, "metric_component")
    stocks = {
        "nps_customer",
        "nps_weighted",
        "contact_rate",
        "repeat_rate",
        "churn_rate",
        "churn_probability",
        "churn_contractual",
        *STAFF,
    }
    sums: dict[tuple[Any, ...], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0, 0.0])
    for key, row in parts.items():
        if key[0] not in stocks and key[1] == "month":
            new = (row["n"], row["sum_w"], row["sum_ws"], row["sum_ws2"])
            sums[(key[0], *key[3:])] = [a + b for a, b in zip(sums[(key[0], *key[3:])], new, strict=True)]
    whole = {
        (k[0], *k[3:]): [r["n"], r["sum_w"], r["sum_ws"], r["sum_ws2"]]
        for k, r in parts.items()
        if k[1] == "all" and k[0] not in stocks
    }
    assert sums.keys() == whole.keys()
    for key, total in whole.items():
        assert sums[key] == pytest.approx(total, abs=1e-9), key
