"""The sample says of itself what a plain reader of its files finds, and the same seed gives the same bytes."""

from __future__ import annotations

import csv
import hashlib
import json
import time
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from vocpipe import sample
from vocpipe.sample import Truth

Row = dict[str, str]


# ------------------------------------------------------------------------------------------------ a plain reader


def read_responses(folder: Path) -> tuple[list[Row], int]:
    """Every response once, and how many rows stood in the files."""
    rows = []
    for path in sorted((folder / "surveys").glob("qualtrics_*.csv")):
        with path.open(encoding="utf-8", newline="") as handle:
            names, _, marks, *cells = csv.reader(handle)
        assert json.loads(marks[0])["timeZone"] == "America/Denver"
        rows += [dict(zip(names, line, strict=True)) for line in cells]
    return list({row["ResponseId"]: row for row in rows}.values()), len(rows)


def utc_month(row: Row) -> str:
    local = datetime.fromisoformat(row["EndDate"]).replace(tzinfo=ZoneInfo("America/Denver"))
    return f"{local.astimezone(UTC):%Y-%m}"


def whole(rows: list[Row]) -> list[Row]:
    return [r for r in rows if r["Status"] == "0" and r["Finished"] == "1"]


def scores(rows: list[Row], question: str, low: int, high: int) -> list[tuple[str, int]]:
    """(UTC month, score) of every valid answer."""
    return [(utc_month(r), int(r[question])) for r in rows if r[question].isdigit() and low <= int(r[question]) <= high]


def nps(values: list[int]) -> float:
    return 100 * (sum(v >= 9 for v in values) / len(values) - sum(v <= 6 for v in values) / len(values))


def read_tickets(folder: Path) -> tuple[list[dict[str, Any]], int]:
    """The newest version of every ticket, and how many objects stood in the files."""
    seen: list[dict[str, Any]] = []
    for path in sorted((folder / "zendesk").glob("tickets_*.json")):
        seen += json.loads(path.read_text(encoding="utf-8"))["tickets"]
    newest = {t["id"]: t for t in sorted(seen, key=lambda t: (t["updated_at"], t["status"] != "new"))}
    return list(newest.values()), len(seen)


def read_tweets(folder: Path) -> tuple[dict[str, dict[str, Any]], dict[str, str], int]:
    """Tweets by id, user names by id, and how many objects stood in the file."""
    tweets, users, count = {}, {}, 0
    for line in (folder / "twitter" / "tweets_0001.jsonl").read_text(encoding="utf-8").splitlines():
        page = json.loads(line)
        count += len(page["data"])
        tweets |= {t["id"]: t for t in page["data"]}
        users |= {u["id"]: u["username"] for u in page["includes"]["users"]}
        assert {t["author_id"] for t in page["data"]} <= set(users)
    return tweets, users, count


def read_csv(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def digits(phone: str) -> str:
    return "".join(c for c in phone if c.isdigit())[-10:]


# ------------------------------------------------------------------------------------------------ bytes


def fingerprint(folder: Path) -> dict[str, str]:
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_the_same_seed_gives_the_same_bytes(sample_folder: Path, truth: Truth, tmp_path: Path) -> None:
    again = sample.write(tmp_path / "again")
    assert again == truth
    assert fingerprint(tmp_path / "again") == fingerprint(sample_folder)
    sample.write(tmp_path / "other", seed=8)
    assert fingerprint(tmp_path / "other") != fingerprint(sample_folder)


def test_it_is_quick(tmp_path: Path) -> None:
    started = time.perf_counter()
    sample.write(tmp_path)
    assert time.perf_counter() - started < 10  # under a second on an idle machine


@pytest.mark.parametrize("customers", [1, 5, 40])
def test_small_samples_work(tmp_path: Path, customers: int) -> None:
    made = sample.write(tmp_path, customers=customers, interactions=30)
    assert len(made.people) == customers
    assert sum(made.valid().values()) <= 30


# ------------------------------------------------------------------------------------------------ figures


def test_survey_figures(sample_folder: Path, truth: Truth) -> None:
    rows, written = read_responses(sample_folder)
    good = whole(rows)
    assert truth.rows["response"] == written
    assert written - len(good) == sum(
        truth.set_aside[k] for k in ("preview", "spam", "unfinished", "response exported twice")
    )
    assert truth.valid()["survey"] == len(good)
    assert {i.interaction_id for i in truth.interactions if i.channel == "survey"} == {r["ResponseId"] for r in good}
    kinds = Counter("preview" if r["Status"] == "1" else "spam" if r["Status"] == "8" else r["Finished"] for r in rows)
    assert min(kinds["preview"], kinds["spam"], kinds["0"]) > 0
    assert "8.5" in {r["Q1"] for r in good} and "11" in {r["Q1"] for r in good}
    wrong = sum(bool(r["Q1"]) and not (r["Q1"].isdigit() and int(r["Q1"]) <= 10) for r in good)
    assert truth.answers_set_aside["out of scale nps"] == wrong
    check(truth, "nps", scores(good, "Q1", 0, 10), nps)
    check(truth, "csat", scores(good, "Q2", 1, 5), lambda v: sum(x >= 4 for x in v) / len(v))
    check(truth, "csat_mean", scores(good, "Q2", 1, 5), lambda v: sum(v) / len(v))
    check(truth, "ces", scores(good, "Q3", 1, 7), lambda v: sum(v) / len(v))


def check(truth: Truth, metric: str, found: list[tuple[str, int]], value: Any) -> None:
    groups = defaultdict(list)
    for month, score in found:
        groups["month", month].append(score)
        groups["all", "all"].append(score)
    told = {key: figure for key, figure in truth.metric(metric).items() if key[0] != "loyalty_tier"}
    assert {key: figure.n for key, figure in told.items()} == {key: len(v) for key, v in groups.items()}
    for key, values in groups.items():
        assert told[key].value == pytest.approx(value(values)), (metric, key)


def test_ticket_figures(sample_folder: Path, truth: Truth) -> None:
    tickets, written = read_tickets(sample_folder)
    real = [t for t in tickets if t["status"] != "deleted" and t["via"]["channel"] != "sample_ticket"]
    assert (truth.rows["ticket"], truth.valid()["ticket"]) == (written, len(real))
    assert truth.set_aside["older ticket version"] == written - len(tickets)
    rated = [
        (t["metric_set"]["solved_at"][:7], int(t["satisfaction_rating"]["score"] == "good"))
        for t in real
        if t["satisfaction_rating"]["score"] in ("good", "bad")
    ]
    check(truth, "ticket_csat", rated, lambda v: sum(v) / len(v))


def test_tweet_figures(sample_folder: Path, truth: Truth) -> None:
    tweets, users, written = read_tweets(sample_folder)
    own = [t for t in tweets.values() if users[t["author_id"]] == "fernwingair"]
    retweets = [t for t in tweets.values() if t["text"].startswith("RT @")]
    assert truth.rows["tweet"] == written
    reasons = ("tweet seen twice", "brand's own tweet", "retweet")
    assert sum(truth.set_aside[r] for r in reasons) == written - len(tweets) + len(own) + len(retweets)
    assert min(truth.set_aside[r] for r in reasons) > 0
    voices = set(tweets) - {t["id"] for t in (*own, *retweets)}
    assert {i.interaction_id for i in truth.interactions if i.channel == "tweet"} == voices


def test_loyalty_figures(sample_folder: Path, truth: Truth) -> None:
    orders = read_csv(sample_folder / "crm" / "orders.csv")
    days: dict[int, set[date]] = defaultdict(set)
    for order in orders:
        days[truth.crm[order["customer_id"]]].add(date.fromisoformat(order["ordered_at"][:10]))
    told = truth.loyalty()
    assert told["repeat_rate"].n == told["churn_rate"].n == len(days) < len(truth.people)
    assert told["repeat_rate"].value == pytest.approx(sum(len(d) > 1 for d in days.values()) / len(days))
    silent = [truth.as_of.date() - max(d) >= timedelta(days=180) for d in days.values()]
    assert told["churn_rate"].value == pytest.approx(sum(silent) / len(days))
    paid = [float(o["amount"]) for o in orders if o["status"] == "paid"]
    assert (told["revenue"].n, round(told["revenue"].value, 2)) == (len(paid), round(sum(paid), 2))


# ------------------------------------------------------------------------------------------------ identity


def test_certain_links_are_right(sample_folder: Path, truth: Truth) -> None:
    """An exact identifier that stands on one person's customer records only leads to the person told."""
    owner = {(r["ResponseId"]): r for r in read_responses(sample_folder)[0]}
    by_email: dict[str, set[int]] = defaultdict(set)
    by_phone: dict[str, set[int]] = defaultdict(set)
    for record in read_csv(sample_folder / "crm" / "customers.csv"):
        person = truth.crm[record["customer_id"]]
        by_email[record["email"]].add(person)
        by_phone[digits(record["phone"])].add(person)
    by_phone.pop("", None)
    assert all(len(people) == 1 for people in by_phone.values())
    for interaction in truth.interactions:
        if interaction.channel == "survey" and interaction.is_linkable:
            row = owner[interaction.interaction_id]
            email = row["RecipientEmail"].lower().replace("+survey", "")
            found = by_email.get(email) if email else None
            if row["ExternalReference"]:
                found = {truth.crm[row["ExternalReference"]]}
            assert found is None or found == {interaction.person}


def test_the_traps_of_identity_are_there(sample_folder: Path, truth: Truth) -> None:
    records = read_csv(sample_folder / "crm" / "customers.csv")
    emails = Counter(r["email"] for r in records if r["email"])
    users = json.loads((sample_folder / "zendesk" / "users.json").read_text(encoding="utf-8"))["users"]
    names = Counter((p.given_name, p.family_name) for p in truth.people)
    assert max(emails.values()) == 2, "a household with its address on both records"
    name_of = {r["email"]: f"{r['first_name']} {r['last_name']}" for r in records if emails[r["email"]] == 1}
    strangers = [u for u in users if u["email"] in name_of and name_of[u["email"]] != u["name"]]
    assert {u["phone"] is None for u in strangers} == {True, False}, "an address of one record, used by another person"
    assert max(names.values()) >= 2, "namesakes"
    assert len(truth.crm) > len(truth.people), "customer records twice"
    spoken = [r["RecipientEmail"] for r in read_responses(sample_folder)[0]]
    assert any(e.isupper() for e in spoken) and any("+survey@" in e for e in spoken)
    share = sum(i.is_linkable for i in truth.interactions) / len(truth.interactions)
    assert 0.6 < share < 0.9


def test_private_strings_stand_in_the_texts(sample_folder: Path, truth: Truth) -> None:
    text = {r["ResponseId"]: r["Q4"] for r in read_responses(sample_folder)[0]}
    text |= {str(t["id"]): t["description"] for t in read_tickets(sample_folder)[0]}
    text |= {t["id"]: t["text"] for t in read_tweets(sample_folder)[0].values()}
    marked = [(i.interaction_id, s) for i in truth.interactions for s in i.secrets]
    assert len(marked) > 50
    assert all(secret in text[name] for name, secret in marked)


def test_the_storm_shows(truth: Truth) -> None:
    by_month = {key[1]: f.value for key, f in truth.metric("nps").items() if key[0] == "month"}
    assert min(by_month, key=lambda month: by_month[month]) == "2026-01"
    tiers = {key[1]: f.value for key, f in truth.metric("nps").items() if key[0] == "loyalty_tier"}
    assert tiers["Blue"] < tiers["Silver"] < tiers["Platinum"]
