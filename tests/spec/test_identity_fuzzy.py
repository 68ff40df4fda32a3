"""Fuzzy candidates in small: records in, proposals out. All persons are invented."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

import duckdb
import numpy as np
import pandas as pd
import pytest
from people import empty_staging, migrate, ready_to_propose

from vocpipe.identity import fuzzy
from vocpipe.identity.fuzzy import settling


class Person(NamedTuple):
    """One record: the letter before its id says of which kind it is."""

    key: str
    name: str
    born: str | None = None
    town: str | None = None
    postcode: str | None = None
    street: str | None = None
    email: str | None = None


KINDS = {"c": "customer_record", "z": "ticket_user", "x": "social_user", "s": "respondent"}
HOME = ("Bergen", "5003", "6 Fjord Lane")


def stage(con: duckdb.DuckDBPyConnection, *people: Person) -> None:
    """What the core has ready when it asks for candidates."""
    rows = []
    for one in people:
        given, _, family = one.name.partition(" ")
        home = (one.born, one.town, one.postcode, one.street)
        rows.append((KINDS[one.key[0]], one.key, given or None, family or None, *home, one.email))
    columns = [
        "person_kind",
        "record_id",
        "given_name",
        "family_name",
        "birth_on",
        "town",
        "postcode",
        "street",
        "email",
    ]
    con.register("people", pd.DataFrame(rows, columns=columns, dtype="str"))
    empty_staging(con)
    if not con.execute("select 1 from duckdb_schemas() where schema_name = 'identity'").fetchall():
        migrate(con)
    con.execute(
        "insert into staging.persons by name"
        " select * exclude (email, birth_on), person_kind as source, cast(birth_on as date) as birth_on from people"
    )
    con.execute(
        "create or replace table identity.identifiers as select person_kind as source, record_id,"
        " 'email' as identifier_type, email as identifier, false as is_role from people where email is not null"
    )
    con.unregister("people")
    ready_to_propose(con)


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def proposed(con: duckdb.DuckDBPyConnection, *people: Person) -> dict[tuple[str, str], tuple[str, str]]:
    """Verdict and evidence of each pair."""
    stage(con, *people)
    fuzzy.propose(con)
    rows = con.execute("select record_id_a, record_id_b, verdict, evidence from fresh_candidates").fetchall()
    return {(min(a, b), max(a, b)): (verdict, evidence) for a, b, verdict, evidence in rows}


def linked(con: duckdb.DuckDBPyConnection, *people: Person) -> set[tuple[str, str]]:
    return {pair for pair, (verdict, _) in proposed(con, *people).items() if verdict == "same"}


ONE = {("c1", "c2")}
ADA = Person("c1", "Ada Okafor", "1988-02-11", *HOME)


@pytest.mark.parametrize(
    "other",
    [
        Person("c2", "Ada Okafro", "1988-02-11", *HOME),
        Person("c2", "Ada Okafor", "1988-02-11", "Oslo", "0150", "1 Hill Road"),
        Person("c2", "Ada Okafor", "1988-02-11", "Oslo", None, None),
        Person("c2", "Okafor Ada", "1988-02-11", *HOME),
        Person("c2", "Ada Lind", "1988-02-11", *HOME),
        Person("c2", "ÁDA  O'KAFOR", "1988-02-11", *HOME),
        Person("c2", "Ada Okafor", "1988-02-11", "Bergn", "5030", "6 Fjord Ln"),
    ],
    ids=["a slip", "moved", "little known", "names swapped", "married", "accents and marks", "home misspelt"],
)
def test_a_duplicate_is_recognised_whatever_was_mistyped_in_one_place(con, other):
    assert linked(con, ADA, other) == ONE


@pytest.mark.parametrize("born", ["1988-02-17", "1988-11-02", "1986-02-11", "1988-12-11"])
def test_a_birth_date_a_slip_apart_counts_as_mistyped_where_names_and_home_agree(con, born):
    ((pair, (verdict, evidence)),) = proposed(con, ADA, ADA._replace(key="c2", born=born)).items()
    assert (pair, verdict) == (("c1", "c2"), "same")
    assert evidence.endswith("the rest agrees, so the birth date counts as mistyped.")


def test_a_birth_date_a_slip_apart_is_another_person_where_no_home_agrees(con):
    assert linked(con, ADA, Person("c2", "Ada Okafor", "1988-02-17", "Oslo", "0150", "1 Hill Road")) == set()


APART = {
    "twins": ("Ada Okafor", "1988-02-11", "Ben Okafor", "1988-02-11"),
    "twins with names that begin alike": ("Jan Okafor", "1988-02-11", "Jana Okafor", "1988-02-11"),
    "twins with names that sound alike": ("Marie Okafor", "1988-02-11", "Maria Okafor", "1988-02-11"),
    "twins of whom one birth date is a slip": ("Hanna Okafor", "1988-02-11", "Anna Okafor", "1988-02-12"),
    "sisters": ("Ada Okafor", "1988-02-11", "Bea Okafor", "1990-05-01"),
    "father and son of one name": ("Olav Okafor", "1958-02-11", "Olav Okafor", "1988-06-30"),
    "father and son of one birthday": ("Olav Okafor", "1951-02-11", "Olav Okafor", "1988-02-11"),
    "husband and wife": ("Ada Okafor", "1988-02-11", "Ben Okafor", "1986-03-12"),
    "a namesake of whom no birth date is known": ("Ada Okafor", None, "Ada Berg", None),
}


@pytest.mark.parametrize("case", APART)
def test_who_shares_a_home_but_is_another_person_stays_apart(con, case):
    name_a, born_a, name_b, born_b = APART[case]
    assert linked(con, Person("c1", name_a, born_a, *HOME), Person("c2", name_b, born_b, *HOME)) == set()


@pytest.mark.parametrize(("born_a", "born_b"), [("1988-02-11", "1979-09-30"), (None, "1988-02-11"), (None, None)])
def test_namesakes_in_one_town_stay_apart(con, born_a, born_b):
    assert (
        linked(con, Person("c1", "Ada Okafor", born_a, "Bergen"), Person("c2", "Ada Okafor", born_b, "Bergen")) == set()
    )


def test_a_record_that_may_be_father_or_son_is_neither(con):
    found = proposed(
        con,
        Person("c1", "Olav Okafor", "1958-02-11", *HOME),
        Person("c2", "Olav Okafor", "1988-06-30", *HOME),
        Person("c3", "Olav Okafor", None, *HOME),
        *crowd(3000),
    )
    assert {pair: verdict for pair, (verdict, _) in found.items() if "c3" in pair} == {
        ("c1", "c3"): "unsure",
        ("c2", "c3"): "unsure",
    }
    assert "others who are joined to it contradict it" in found["c1", "c3"][1]


def test_a_record_with_an_initial_is_neither_of_two_twins(con):
    twins = Person("c1", "Mia Okafor", "1988-02-11", *HOME), Person("c2", "Mona Okafor", "1988-02-11", *HOME)
    assert linked(con, *twins, Person("c3", "M. Okafor", "1988-02-11", *HOME)) == set()


def crowd(size: int, family: str | None = None) -> list[Person]:
    """Other customers, whose names hardly repeat; ``family`` is the family name of one in three."""
    rng = np.random.default_rng(7)
    letters = np.array(list("abdefgiklmnoprstuv"))
    people = []
    for number in range(size):
        given, last = ("".join(rng.choice(letters, 7)) for _ in range(2))
        born = (date(1940, 1, 1) + timedelta(days=int(rng.integers(0, 22000)))).isoformat()
        name = f"{given} {family if family and number % 3 == 0 else last}"
        people.append(
            Person(f"c9{number}", name, born, f"town{number % 50}", f"{1000 + number}", f"{number} High Street")
        )
    return people


def test_a_common_name_says_less_than_a_rare_one(con):
    pair = Person("c1", "Ada Okafor", None, "Bergen", "5003"), Person("c2", "Ada Okafor", None, "Bergen", "5003")
    weight = "select match_weight from fresh_candidates where record_id_a = 'c1' and record_id_b = 'c2'"
    proposed(con, *pair, *crowd(3000))
    ((rare,),) = con.execute(weight).fetchall()
    proposed(con, *pair, *crowd(3000, family="Okafor"))
    found = con.execute(weight).fetchall()
    assert rare > 3
    assert not found or found[0][0] < rare - 5


def test_twins_of_a_big_company_stay_apart_but_an_odd_spelling_is_a_typing_error(con):
    many = [one._replace(name=one.name.replace(one.name.split()[0], "Marie Maria".split()[n % 2]))
            for n, one in enumerate(crowd(900))]  # fmt: skip
    twins = Person("c1", "Marie Okafor", "1988-02-11", *HOME), Person("c2", "Maria Okafor", "1988-02-11", *HOME)
    assert linked(con, *twins, *many) == set()
    assert linked(con, twins[0], twins[1]._replace(name="Marje Okafor"), *many) == ONE


def test_a_respondent_with_a_slip_in_the_address_is_the_customer(con):
    customer = Person("c1", "Ada Okafor", "1988-02-11", email="ada.okafor@mail.example")
    others = {
        "s1": "ada.okfaor@mail.example", "s2": "ada.okaforr@mail.example", "z3": "ada.okafor@mial.example",
    }  # fmt: skip
    found = linked(con, customer, *(Person(key, "Ada Okafor", email=email) for key, email in others.items()))
    assert found == {("c1", key) for key in others}


@pytest.mark.parametrize(
    ("name", "email"),
    [
        ("Ada Okafor", "ada.okafor1@mail.example"),
        ("Ada Okafor", "ada.okafor@mail.example"),
        ("Ada Okafor", "someone.else@mail.example"),
        ("Bea Okafor", "ada.okfaor@mail.example"),
        ("Okafor", "ada.okfaor@mail.example"),
        ("Ada Okafor", None),
    ],
)
def test_a_respondent_is_proposed_for_nothing_else(con, name, email):
    customer = Person("c1", "Ada Okafor", "1988-02-11", email="ada.okafor@mail.example")
    assert proposed(con, customer, Person("s1", name, email=email)) == {}


def test_what_is_no_name_and_who_is_no_record_of_a_person_is_not_compared(con):
    nobody = Person("c1", "Unknown Customer", "1988-02-11", *HOME)
    nick = Person("x1", "Ada Okafor", "1988-02-11", *HOME)
    assert proposed(con, nobody, nobody._replace(key="c2"), ADA._replace(key="c3"), nick) == {}


def test_a_date_that_means_not_known_is_no_evidence(con):
    born = Person("c1", "Ada Okafor", "1970-01-01"), Person("c2", "Ada Okafor", "1970-01-01")
    assert linked(con, *born) == set()


def test_many_records_of_one_name_are_not_all_compared(con):
    assert proposed(con, *(Person(f"c{n}", "Ada Okafor", None, "Bergen") for n in range(200))) == {}


def test_the_evidence_holds_no_personal_value(con):
    people = [
        Person("c1", "Ada Okafor", "1988-02-11", *HOME, "ada.okafor@mail.example"),
        Person("c2", "Ada Okafro", "1988-02-17", "Bergn", "5003", "16 Fjord Lane", "ada@mail.example"),
        Person("c3", "Okafor Ada", "1988-11-02", *HOME),
        Person("c4", "Bea Okafor", "1988-02-11", *HOME),
        Person("s5", "Ada Okafor", email="ada.okfaor@mail.example"),
    ]
    found = proposed(con, *people)
    assert found.keys() >= {("c1", "c2"), ("c1", "c3"), ("c1", "c4"), ("c1", "s5")}
    values = {part.lower() for one in people for value in one[1:] if value for part in value.replace("@", " ").split()}
    for _, evidence in found.values():
        assert not values & set(evidence.lower().replace(",", " ").replace(".", " ").split())
        assert evidence.endswith(".")


def test_nothing_to_compare_gives_an_empty_table_with_its_comments(con):
    assert proposed(con) == {}


def test_no_temporary_table_is_left(con):
    proposed(con, ADA, ADA._replace(key="c2"))
    left = con.execute("select table_name from duckdb_tables() where temporary order by 1").fetchall()
    assert left == [("fresh_candidates",)]


# ------------------------------------------------------------------------------------------------ settling


def edges(*rows: tuple[int, int, float], guests: tuple[int, ...] = ()) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["node_a", "node_b", "match_weight"])
    return frame.assign(guest=[next((n for n in row[:2] if n in guests), -1) for row in rows])


def against(*rows: tuple[int, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["node_a", "node_b"], dtype="int64")


def test_chains_of_three_are_looked_at_as_a_whole():
    is_wide, pairs = settling.chained(edges((1, 5, 9), (5, 8, 9), (20, 30, 9)))
    assert not is_wide.any()
    assert pairs.to_numpy().tolist() == [[1, 5], [1, 8], [5, 8]]


def test_a_chain_of_too_many_is_not_accepted():
    is_wide, pairs = settling.chained(edges(*((n, n + 1, 9.0) for n in range(settling.WIDE)), (500, 501, 9)))
    assert is_wide.tolist() == [True] * settling.WIDE + [False]
    assert pairs.empty


def test_the_heavier_link_stands_and_a_tie_breaks_both():
    assert settling.settled(edges((1, 2, 9), (2, 3, 7)), against((1, 3))).tolist() == [True, False]
    assert settling.settled(edges((1, 2, 9), (2, 3, 9)), against((1, 3))).tolist() == [False, False]
    assert settling.settled(edges((1, 2, 9), (2, 3, 7), (3, 4, 8)), against((1, 4))).tolist() == [True, False, True]
    assert settling.settled(edges((1, 2, 9), (2, 3, 9)), against()).tolist() == [True, True]


def test_who_is_no_customer_stands_back_and_for_itself():
    guests = edges((1, 7, 9), (2, 7, 8), (1, 3, 5), (2, 8, 6), guests=(7, 8))
    assert settling.settled(guests, against((2, 3))).tolist() == [True, False, True, True]
    assert settling.chained(guests)[1].to_numpy().tolist() == [[1, 2], [1, 3], [2, 3]]


# ------------------------------------------------------------------------------------------------ nicknames


def families(pairs: int, one: str, other: str) -> list[Person]:
    """Customers who are on file under two given names, each of a family and a home of their own."""
    people = []
    for number, base in enumerate(crowd(100 + pairs)[100:]):
        family = base.name.split()[1]
        people += [base._replace(key=f"c7{number}", name=f"{one} {family}"),
                   base._replace(key=f"c8{number}", name=f"{other} {family}")]  # fmt: skip
    return people


def test_names_that_serve_for_one_another_are_learnt_from_the_records(con):
    twins = [
        one._replace(key=f"c6{number}", name=f"{one.name.split()[0][::-1]} {one.name.split()[1]}")
        for number, one in enumerate(crowd(100))
    ]
    found = linked(con, *families(4, "William", "Bill"), *crowd(100), *twins)
    assert found == {(f"c7{number}", f"c8{number}") for number in range(4)}
    evidence = con.execute("select evidence from fresh_candidates where record_id_a = 'c70'").fetchall()
    assert evidence[0][0].startswith("Given names that serve for one another, same family name")


def test_two_given_names_on_one_birth_date_in_few_families_are_twins(con):
    assert linked(con, *families(2, "William", "Bill")) == set()
