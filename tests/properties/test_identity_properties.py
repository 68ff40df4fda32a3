"""What identity promises whatever the records are: order, repetition, other sources, and no two persons in one."""

from __future__ import annotations

import os
from datetime import date, datetime
from itertools import combinations

import duckdb
import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from vocpipe import identity
from vocpipe.identity import names

MANY = int(os.environ.get("VOCPIPE_MANY_EXAMPLES", "1"))  # a longer search, for a night

GIVEN = (None, "Ana", "Anna", "Ben", "Olga")
FAMILY = (None, "Lopez", "Lopes", "Winter")
BORN = (None, date(1980, 2, 3), date(1990, 4, 5))
SIGNED = (None, date(2020, 1, 1), date(2021, 1, 1))
SOURCES = (
    ("crm", "customer_record"),
    ("crm2", "customer_record"),
    ("desk", "ticket_user"),
    ("survey", "respondent"),
    ("social", "social_user"),
)
VALUES = {
    "account_id": ("crm:0", "crm:1", "crm:2", "crm:3", "7"),
    "email": ("a@mail.example", "A+x@mail.example", "b@mail.example", "c@mail.example", "info@mail.example"),
    "phone": ("212 555 0101", "+12125550102", "212-555-0103"),
    "handle": ("one", "@TWO", "three"),
}

Row = tuple[object, ...]
Case = tuple[list[Row], list[Row]]


@st.composite
def companies(draw: st.DrawFn, sources: tuple[tuple[str, str], ...] = SOURCES) -> Case:
    """A few persons' records with few names and few identifiers, so that everything meets everything."""
    persons: list[Row] = []
    identifiers: list[Row] = []
    for number in range(draw(st.integers(1, 10))):
        source, kind = draw(st.sampled_from(sources))
        key = f"{source}:{number}"
        is_customer = kind == "customer_record"
        born, signed = (draw(st.sampled_from(x)) if is_customer else None for x in (BORN, SIGNED))
        persons.append((source, key, kind, draw(st.sampled_from(GIVEN)), draw(st.sampled_from(FAMILY)), born, signed))
        if is_customer:
            identifiers.append((source, key, "account_id", key))
        for name in draw(st.lists(st.sampled_from([*VALUES, "email", "phone"]), max_size=3)):
            identifiers.append((source, key, name, draw(st.sampled_from(VALUES[name]))))
    return persons, identifiers


def fresh(case: Case) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect(config={"threads": 1})
    con.execute("create schema staging")
    con.execute(
        "create table staging.persons (source varchar, record_id varchar, person_kind varchar, given_name varchar,"
        " family_name varchar, birth_on date, signed_up_on date)"
    )
    con.execute(
        "create table staging.identifiers"
        " (source varchar, record_id varchar, identifier_type varchar, identifier varchar)"
    )
    for table, rows in zip(("persons", "identifiers"), case, strict=True):
        if rows:
            con.executemany(
                f"insert into staging.{table} values ({', '.join('?' * len(rows[0]))})", [list(r) for r in rows]
            )
    return con


def outcome(con: duckdb.DuckDBPyConnection) -> tuple[list[Row], list[Row], list[Row]]:
    identity.resolve(con, b"secret", "US", datetime(2025, 7, 1))
    tables = ("links", "contradictions", "customers")
    links, contradictions, customers = (
        con.execute(f"select * from identity.{t} order by all").fetchall() for t in tables
    )
    return links, contradictions, customers


def clusters(links: list[Row]) -> dict[object, set[Row]]:
    found: dict[object, set[Row]] = {}
    for source, record_id, _, customer_id, *_rest in links:
        found.setdefault(customer_id, set()).add((source, record_id))
    return found


@settings(max_examples=10 * MANY, deadline=None)
@given(case=companies(), data=st.data())
def test_row_order_and_repetition_change_nothing(case: Case, data: st.DataObject) -> None:
    shuffled = (data.draw(st.permutations(case[0])), data.draw(st.permutations(case[1])))
    with fresh(case) as con, fresh(shuffled) as other:
        first = outcome(con)
        assert outcome(con) == first
        assert outcome(other) == first


@settings(max_examples=10 * MANY, deadline=None)
@given(case=companies(), more=companies((("elsewhere", "ticket_user"), ("elsewhere", "social_user"))))
def test_a_source_that_shares_nothing_changes_no_customer(case: Case, more: Case) -> None:
    strangers = [(s, r, t, f"{v}9".replace("@mail", "@other")) for s, r, t, v in more[1] if t != "phone"]
    strangers = [row for row in strangers if row[2] != "account_id"]
    with fresh(case) as con, fresh((case[0] + more[0], case[1] + strangers)) as larger:
        assert outcome(larger)[0] == outcome(con)[0]


@settings(max_examples=40 * MANY, deadline=None)
@given(case=companies())
def test_no_customer_holds_a_contradiction(case: Case) -> None:
    with fresh(case) as con:
        links = outcome(con)[0]
    persons = {(p[0], p[1]): p for p in case[0]}
    by_customers = {(s, r): i for s, r, t, i in case[1] if t == "account_id"}
    customer_accounts = {i for (s, r), i in by_customers.items() if persons[s, r][2] == "customer_record"}
    for members in clusters(links).values():
        known = [persons[m] for m in sorted(members, key=str)]
        customers = [p for p in known if p[2] == "customer_record"]
        guests = [p for p in known if p[2] == "ticket_user" and not _accounts(case, p) & _all_accounts(case, customers)]
        for one, other in combinations(customers, 2):
            assert not contradict(one, other), (one, other)
        for customer in customers:
            for guest in guests:
                assert not contradict(customer, guest), (customer, guest)
    assert customer_accounts or not links


def _accounts(case: Case, person: Row) -> set[object]:
    return {i for s, r, t, i in case[1] if t == "account_id" and (s, r) == person[:2]}


def _all_accounts(case: Case, persons: list[Row]) -> set[object]:
    return set().union(*(_accounts(case, p) for p in persons)) if persons else set()


def contradict(one: Row, other: Row) -> bool:
    """The rule in plain Python: birth dates, then given names, then (birth dates not both known) family names."""
    (_, _, kind_a, given_a, family_a, born_a, _), (_, _, kind_b, given_b, family_b, born_b, _) = one, other
    if born_a and born_b and born_a != born_b:
        return True
    for kind, first, last in ((kind_a, given_a, family_a), (kind_b, given_b, family_b)):
        if kind != "customer_record" and not (first and last):
            return False
    if given_a and given_b and {given_a, given_b} not in ({given_a}, {"Ana", "Anna"}):
        return True
    same_family = not family_a or not family_b or family_a == family_b or "Winter" not in (family_a, family_b)
    return not same_family and not (born_a and born_b)


@settings(max_examples=300, deadline=None)
@given(a=st.text("abcé", max_size=8), b=st.text("abcé", max_size=8))
def test_edit_distance_equals_the_textbook(a: str, b: str) -> None:
    found = int(names.edit_distance(np.array([a, b, "x"]), np.array([b, a, "x"]))[0])
    true = textbook(a, b)
    assert (found == true) if true <= 2 else found > 2


def textbook(a: str, b: str) -> int:
    """Optimal string alignment, cell by cell."""
    d = {(i, j): max(i, j) for i in range(len(a) + 1) for j in range(len(b) + 1) if i == 0 or j == 0}
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            d[i, j] = min(d[i - 1, j] + 1, d[i, j - 1] + 1, d[i - 1, j - 1] + (a[i - 1] != b[j - 1]))
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                d[i, j] = min(d[i, j], d[i - 2, j - 2] + 1)
    return d[len(a), len(b)]


@settings(max_examples=200, deadline=None)
@given(pair=st.lists(st.tuples(st.text(max_size=12), st.text(max_size=12)), min_size=2, max_size=2))
def test_contradiction_has_no_direction(pair: list[tuple[str, str]]) -> None:
    given_name, family_name = (pd.Series(list(c), dtype="object") for c in zip(*pair, strict=True))
    yes = np.ones(2, dtype=bool)
    numbers, profiles = names.describe(given_name, family_name, pd.Series([pd.NaT, pd.NaT]), yes, yes)
    forth = names.clash(profiles, numbers[:1], numbers[1:])
    assert forth.tolist() == names.clash(profiles, numbers[1:], numbers[:1]).tolist()
