"""What identity promises whatever the records are: order, repetition, other sources, and no two persons in one."""

from __future__ import annotations

from datetime import date, datetime
from itertools import combinations

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from people import empty_staging, migrate
from searching import MANY

from vocpipe import identity
from vocpipe.identity import changes, decided, names

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

COLUMNS = {
    "persons": "source, record_id, person_kind, given_name, family_name, birth_on, signed_up_on",
    "identifiers": "source, record_id, identifier_type, identifier",
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
    migrate(con)
    refill(con, case)
    return con


def refill(con: duckdb.DuckDBPyConnection, case: Case) -> None:
    """Put other records into staging, as the next night would."""
    empty_staging(con)
    for table, rows in zip(("persons", "identifiers"), case, strict=True):
        if rows:
            con.executemany(
                f"insert into staging.{table} ({COLUMNS[table]}) values ({', '.join('?' * len(rows[0]))})",
                [list(r) for r in rows],
            )


def outcome(con: duckdb.DuckDBPyConnection) -> tuple[list[Row], list[Row], list[Row]]:
    identity.resolve(con, b"secret", "US", datetime(2025, 7, 1))
    tables = ("links", "contradictions", "customers")
    links, contradictions, customers = (
        con.execute(f"select * from identity.{t} order by all").fetchall() for t in tables
    )
    return links, contradictions, customers


def everything(con: duckdb.DuckDBPyConnection) -> dict[str, list[Row]]:
    """Every table of what holds now, the times aside at which it was found."""
    found = {
        name: con.execute(f"select * from identity.{name} order by all").fetchall()
        for name in ("identifiers", "unusable_identifiers", "contradictions", "customers", "former_ids")
    }
    found["links"] = con.execute("select * exclude (linked_at) from identity.links order by all").fetchall()
    standing = "select * exclude (judgement_id, made_at) from identity.judgements where ended_at is null order by all"
    found["judgements"] = con.execute(standing).fetchall()
    spells = "select * exclude (linked_at) from identity.link_history where unlinked_at is null order by all"
    found["spells"] = con.execute(spells).fetchall()
    return found


def resolve(con: duckdb.DuckDBPyConnection, night: int = 0, *, anew: bool = False) -> dict[str, list[Row]]:
    identity.resolve(con, b"secret", "US", datetime(2025, 7, 1 + night), anew=anew)
    return everything(con)


def decide(con: duckdb.DuckDBPyConnection, *judged: tuple[str, Row, Row]) -> None:
    """Lend what persons judged: verdict and the two records."""
    when = datetime(2025, 1, 1)
    rows = [(f"{v}:{a[1]}:{b[1]}", v, *a[:2], *b[:2], "Kim", "seen", when, None) for v, a, b in judged]
    decided.lend(con, rows)


def together(con: duckdb.DuckDBPyConnection) -> list[set[Row]]:
    """The records joined again by nothing but the standing judgements."""
    pairs = con.execute(
        "select source_a, record_id_a, source_b, record_id_b from identity.judgements"
        " where verdict = 'same' and ended_at is null"
    ).fetchall()
    groups: dict[Row, set[Row]] = {}
    for a, b in ((pair[:2], pair[2:]) for pair in pairs):
        joined = groups.get(a, {a}) | groups.get(b, {b})
        groups |= dict.fromkeys(joined, joined)
    return list(groups.values())


def clusters(links: list[Row]) -> dict[object, set[Row]]:
    found: dict[object, set[Row]] = {}
    for source, record_id, _, customer_id, *_rest in links:
        found.setdefault(customer_id, set()).add((source, record_id))
    return found


@settings(max_examples=6 * MANY, deadline=None)
@given(case=companies(), data=st.data())
def test_row_order_and_repetition_change_nothing(case: Case, data: st.DataObject) -> None:
    shuffled = (data.draw(st.permutations(case[0])), data.draw(st.permutations(case[1])))
    with fresh(case) as con, fresh(shuffled) as other:
        first = outcome(con)
        assert outcome(con) == first
        assert outcome(other) == first
        numbered = "select * exclude (made_at) from identity.judgements order by judgement_id"
        assert other.execute(numbered).fetchall() == con.execute(numbered).fetchall()


@settings(max_examples=6 * MANY, deadline=None)
@given(case=companies(), more=companies((("elsewhere", "ticket_user"), ("elsewhere", "social_user"))))
def test_a_source_that_shares_nothing_changes_no_customer(case: Case, more: Case) -> None:
    strangers = [(s, r, t, f"{v}9".replace("@mail", "@other")) for s, r, t, v in more[1] if t != "phone"]
    strangers = [row for row in strangers if row[2] != "account_id"]
    with fresh(case) as con, fresh((case[0] + more[0], case[1] + strangers)) as larger:
        assert outcome(larger)[0] == outcome(con)[0]


@settings(max_examples=10 * MANY, deadline=None)
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


@settings(max_examples=6 * MANY, deadline=None)
@given(case=companies(), data=st.data())
def test_one_night_after_the_other_ends_as_all_at_once(case: Case, data: st.DataObject) -> None:
    """Records come, change and go; what is resolved again is enough, whatever it is."""
    with fresh(case) as con, fresh(case) as other, pytest.MonkeyPatch.context() as patch:
        patch.setattr(changes, "WORTH_PART", 100.0)
        resolve(con)
        for night in (1, 2):
            case = data.draw(companies()) if data.draw(st.booleans()) else some_of(case, data)
            for one in (con, other):
                refill(one, case)
            pairs = data.draw(st.lists(st.tuples(st.sampled_from(case[0]), st.sampled_from(case[0])), max_size=1))
            verdict = data.draw(st.sampled_from(["same", "different"]))
            for one in (con, other):
                decide(one, *((verdict, a, b) for a, b in pairs if a[:2] != b[:2]))
            assert resolve(con, night) == resolve(other, night, anew=True)


def some_of(case: Case, data: st.DataObject) -> Case:
    gone = data.draw(st.sampled_from(case[0]))
    lost = data.draw(st.integers(0, max(len(case[1]) - 1, 0)))
    rest = [p for p in case[0] if p is not gone] or case[0]
    return rest, [row for number, row in enumerate(case[1]) if number != lost and row[:2] != gone[:2]]


@settings(max_examples=6 * MANY, deadline=None)
@given(case=companies())
def test_the_state_is_a_function_of_the_standing_judgements(case: Case) -> None:
    with fresh(case) as con:
        links = outcome(con)[0]
        groups = together(con)
        for members in clusters(links).values():
            assert len(members) == 1 or any(members == group for group in groups)


@settings(max_examples=6 * MANY, deadline=None)
@given(case=companies(), data=st.data())
def test_what_a_person_judges_holds(case: Case, data: st.DataObject) -> None:
    a, b = (data.draw(st.sampled_from(case[0])) for _ in range(2))
    verdict = data.draw(st.sampled_from(["same", "different"]))
    with fresh(case) as con:
        before = resolve(con)
        decide(con, *[(verdict, a, b)] if a[:2] != b[:2] else [])
        resolve(con, 1)
        owner = {(s, r): c for s, r, _, c, *_ in con.execute("from identity.links").fetchall()}
        if a[:2] == b[:2]:
            pass
        elif verdict == "same":
            assert owner.get(a[:2]) == owner.get(b[:2])
        else:
            assert a[:2] not in owner or owner[a[:2]] != owner.get(b[:2])
        decide(con)
        assert resolve(con, 2) == before
        ended = "select count(*) from identity.judgements where ended_at <= made_at"
        assert con.execute(ended).fetchall() == [(0,)]


# A respondent names an account that only a ticket user has, and a customer who contradicts that ticket user's mailbox.
BRIDGE: tuple[Case, Case] = (
    (
        [
            ("crm", "crm:2", "customer_record", None, "Winter", None, None),
            ("desk", "desk:3", "ticket_user", None, None, None, None),
            ("crm", "crm:6", "customer_record", None, "Lopes", None, None),
        ],
        [
            ("crm", "crm:2", "account_id", "crm:2"),
            ("desk", "desk:3", "email", "b@mail.example"),
            ("desk", "desk:3", "account_id", "crm:1"),
            ("crm", "crm:6", "account_id", "crm:6"),
            ("crm", "crm:6", "email", "b@mail.example"),
        ],
    ),
    (
        [("survey", "survey:4", "respondent", None, None, None, None)],
        [("survey", "survey:4", "account_id", "crm:1"), ("survey", "survey:4", "account_id", "crm:2")],
    ),
)


@settings(max_examples=6 * MANY, deadline=None)
@given(case=companies(), more=companies(SOURCES[3:]))
@example(*BRIDGE)
def test_a_source_of_which_nobody_vouches_splits_no_customer(case: Case, more: Case) -> None:
    """What respondents and social users say joins records to customers; it takes nothing apart that stood before."""
    later = [(f"new {p[0]}", *p[1:]) for p in more[0]], [(f"new {i[0]}", *i[1:]) for i in more[1]]
    arrived = "update staging.persons set arrived_at = date '2025-01-01' + if(source like 'new %', 30, 0)"
    with fresh(case) as con:
        con.execute(arrived)
        before = clusters(outcome(con)[0])
        refill(con, (case[0] + later[0], case[1] + later[1]))
        con.execute(arrived)
        after = clusters(outcome(con)[0])
    for members in before.values():
        assert any(members <= others for others in after.values())
    assert after.keys() <= before.keys()  # who is merged keeps one of the ids


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
