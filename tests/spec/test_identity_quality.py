"""The identity graph in, its figures and checks out: what changed since the run before, and what looks wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

import duckdb
import pytest

from vocpipe import warehouse
from vocpipe.identity import history
from vocpipe.warehouse import ledger, rows
from vocpipe.warehouse.checking import checks
from vocpipe.warehouse.rooms import build_room

NIGHTS = [datetime(2026, 3, day, 2) for day in range(1, 8)]
FACTS = ("links_before", "customer_sizes", "customer_growth", "identity_figures", "identity_changes")
TABLES = {
    "staging.persons": "source varchar, record_id varchar, birth_on date",
    "staging.declared_sources": "source varchar",
    "staging.turns": "interaction_id varchar",
    "identity.links": "source varchar, record_id varchar, person_kind varchar, customer_id varchar, "
    "link_rule varchar, link_score double, evidence varchar, linked_at timestamp",
    "identity.customers": "customer_id varchar",
    "identity.contradictions": "identifier_type varchar, reason varchar, source_a varchar, record_id_a varchar, "
    "source_b varchar, record_id_b varchar",
    "facts.interactions": "channel varchar, customer_id varchar, link_rule varchar, loaded_at timestamp",
}
KINDS = {"crm": "customer_record", "zendesk": "ticket_user", "survey": "respondent"}
Links = dict[str, str]  # "source:record" → customer


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty work file in memory."""
    with duckdb.connect() as connection:
        warehouse.migrate(connection)
        connection.execute("create schema facts")
        for name, columns in TABLES.items():
            connection.execute(f"create table {name} ({columns})")
        connection.execute("insert into staging.declared_sources values ('crm'), ('zendesk')")
        yield connection


def night(
    con: duckdb.DuckDBPyConnection, number: int, links: Links, outcome: str = "published", run_id: str = "",
    as_of: datetime | None = None,
) -> list[tuple]:  # fmt: skip
    """What quality.identity tells after a night that found these links."""
    at, run_id = NIGHTS[number], run_id or f"run{number}"
    warehouse.set_variables(con, {"as_of": as_of or at, "linked_at": at})
    con.execute("delete from identity.links; delete from identity.customers")
    for key, customer in links.items():
        source, record = key.split(":")
        con.execute(
            "insert into identity.links values ($1, $2, $3, $4, 'email', 0.97, 'the same e-mail address', $5)",
            [source, record, KINDS[source], customer, at],
        )
    con.execute("insert into identity.customers select distinct customer_id from identity.links")
    con.execute("insert into quality.runs (run_id, started_at, outcome) values ($1, $2, $3)", [run_id, at, outcome])
    history.standing(con, None)
    con.execute("create or replace temp table fresh_links as from identity.links")
    history.keep_links(con)
    ledger.compare(con, run_id)
    build_room(con, "facts", only=FACTS)
    build_room(con, "quality", only=("identity",))
    ledger.keep_identity(con, run_id)
    return rows(con, "select * from quality.identity order by all")


def figure(con: duckdb.DuckDBPyConnection, measure: str, **keys: str) -> list[tuple]:
    where = "".join(f" and {key} = '{value}'" for key, value in keys.items())
    query = f"select value, value_before, change from quality.identity where measure = '{measure}'{where} order by all"
    return rows(con, query)


def offenders(con: duckdb.DuckDBPyConnection, name: str, **limits: int) -> list[tuple]:
    warehouse.set_variables(con, {"max_accounts": 50, "max_gained_accounts": 20} | limits)
    (select,) = (select for _, select in checks() if select.name == name)
    return rows(con, select.sql)


def talk(con: duckdb.DuckDBPyConnection, channel: str, linked: int, unlinked: int, at: datetime) -> None:
    for customer, rule, count in (("c1", "email", linked), (None, None, unlinked)):
        con.execute("insert into facts.interactions select $1, $2, $3, $4 from range($5)",
                    [channel, customer, rule, at, count])  # fmt: skip


# --------------------------------------------------------------------------- changes against the run before

BEFORE = {"crm:1": "a", "crm:2": "a", "crm:3": "b", "zendesk:1": "b", "zendesk:2": "c", "crm:4": "c"}


def test_the_first_run_has_nothing_to_be_compared_with(con):
    found = night(con, 0, BEFORE)
    assert {row[0] for row in found} == {"records_per_customer_max", "records_per_customer_p99"}
    assert all(row[-2:] == (None, None) for row in found)


def test_links_made_ended_and_moved_are_counted_by_source(con):
    night(con, 0, BEFORE)
    ended = {key: customer for key, customer in BEFORE.items() if key != "zendesk:2"}
    night(con, 1, ended | {"crm:5": "d", "zendesk:1": "a"})
    counts = {
        (measure, source): figure(con, measure, segment=source)
        for measure in ("records_linked", "records_unlinked", "records_moved")
        for source in ("crm", "zendesk")
    }
    assert counts == {
        ("records_linked", "crm"): [(1, None, None)],
        ("records_linked", "zendesk"): [(0, None, None)],
        ("records_unlinked", "crm"): [(0, None, None)],
        ("records_unlinked", "zendesk"): [(1, None, None)],
        ("records_moved", "crm"): [(0, None, None)],
        ("records_moved", "zendesk"): [(1, None, None)],
    }


@pytest.mark.parametrize(
    ("now", "merged", "split"),
    [
        ({}, 0, 0),
        ({"crm:3": "a", "zendesk:1": "a"}, 1, 0),
        ({"crm:2": "d"}, 0, 1),
        ({"zendesk:1": "a"}, 0, 1),
        ({"crm:1": "x", "crm:2": "x"}, 0, 0),  # the same person under another id
        ({"crm:3": "a", "zendesk:1": "c"}, 1, 1),
        ({"crm:1": "c", "crm:2": "c", "crm:3": "c", "zendesk:1": "c"}, 2, 0),
    ],
)
def test_customers_merged_and_split(con, now, merged, split):
    night(con, 0, BEFORE)
    night(con, 1, BEFORE | now | {"crm:9": "z"})
    assert figure(con, "customers_merged") == [(merged, None, None)]
    assert figure(con, "customers_split") == [(split, None, None)]


def test_a_run_done_again_is_compared_with_the_same_run(con):
    night(con, 0, BEFORE)
    after = BEFORE | {"crm:5": "d"}
    first = night(con, 1, after)
    assert night(con, 2, after, as_of=NIGHTS[1]) == first
    assert figure(con, "records_linked", segment="crm") == [(1, None, None)]
    night(con, 3, after)
    assert figure(con, "records_linked", segment="crm") == [(0, None, None)]


def test_a_run_that_failed_is_no_run_to_be_compared_with(con):
    night(con, 0, BEFORE)
    night(con, 1, BEFORE | {"crm:5": "d"}, outcome="failed")
    night(con, 2, BEFORE | {"crm:5": "d", "crm:6": "e"})
    assert figure(con, "records_linked", segment="crm") == [(2, None, None)]


def test_a_link_that_came_and_went_between_two_runs_is_no_change(con):
    night(con, 0, BEFORE)
    night(con, 1, BEFORE | {"crm:1": "c"}, outcome="failed")
    night(con, 2, BEFORE)
    assert figure(con, "records_moved", segment="crm") == [(0, None, None)]


def test_links_that_ended_keep_their_row(con):
    night(con, 0, BEFORE)
    night(con, 1, BEFORE | {"crm:2": "c"})
    warehouse.set_variables(con, {"pseudonym_salt": "salt"})
    build_room(con, "facts", only=("customer_records",))
    query = (
        "select customer_id, linked_at, unlinked_at from facts.customer_records "
        "where source = 'crm' and record_id = '2' order by linked_at"
    )
    assert rows(con, query) == [("a", NIGHTS[0], NIGHTS[1]), ("c", NIGHTS[1], None)]


# --------------------------------------------------------------------------- figures


def test_linked_share_by_channel_and_rule(con):
    talk(con, "tweet", 3, 7, NIGHTS[0])
    night(con, 0, BEFORE)
    talk(con, "tweet", 10, 0, NIGHTS[1])
    night(con, 1, BEFORE)
    (whole,) = rows(con, "select n, value, value_before from quality.identity "
                         "where measure = 'linked_share' and rule is null")  # fmt: skip
    assert whole == (20, 0.65, 0.3)
    assert figure(con, "linked_share", rule="email") == [(0.65, 0.3, pytest.approx(0.35))]
    assert figure(con, "linked_share_new") == [(1.0, None, None)]


def test_pairs_kept_apart_candidates_and_judgements_are_counted(con):
    pair = "'crm', '1', 'zendesk', '2'"
    con.execute(f"insert into identity.contradictions values ('email', 'the given names differ', {pair})")
    con.execute(
        f"insert into identity.candidates values ({pair}, 5, 0.9, 'unsure', ''), "
        "('crm', '1', 'crm', '2', 4, 0.8, 'unsure', ''), ('crm', '3', 'crm', '4', 20, 1, 'same', '')"
    )
    night(con, 0, BEFORE)
    assert figure(con, "contradictions", segment="crm+zendesk", rule="email") == [(1, None, None)]
    assert figure(con, "unsure_candidates", segment="crm+zendesk") == [(1, None, None)]
    judge(con, "zendesk:2", "crm:1", "different")
    judge(con, "crm:8", "crm:9", "same", ended_at=NIGHTS[1])
    judge(con, "crm:8", "crm:9", "same", rule="email", decided_by="rule")
    con.execute("delete from identity.contradictions")
    night(con, 1, BEFORE)
    assert figure(con, "contradictions") == [(0, 1, -1)]
    assert figure(con, "unsure_candidates") == [(0, 1, -1), (1, 1, 0)]
    assert figure(con, "human_judgements") == [(1, 0, 1)]


def judge(
    con: duckdb.DuckDBPyConnection, a: str, b: str, verdict: str, rule: str = "person", decided_by: str = "an agent",
    ended_at: datetime | None = None,
) -> None:  # fmt: skip
    con.execute(
        "insert into identity.judgements values (1, $1, $2, $3, $4, $5, $6, $7, null, null, $8, $9)",
        [*a.split(":"), *b.split(":"), verdict, rule, decided_by, NIGHTS[0], ended_at],
    )


def test_size_of_customers(con):
    night(con, 0, {f"crm:{n}": f"c{n}" for n in range(99)} | {f"survey:{n}": "c0" for n in range(7)})
    sizes = "select segment, value, n from quality.identity where measure = 'records_per_customer_{}' order by 1"
    assert rows(con, sizes.format("max")) == [("all", 8, 99), ("customer_record", 1, 99), ("respondent", 7, 1)]
    assert rows(con, sizes.format("p99")) == [("all", 8, 99), ("customer_record", 1, 99), ("respondent", 7, 1)]
    night(con, 1, {f"crm:{n}": f"c{n}" for n in range(100)} | {f"survey:{n}": "c0" for n in range(7)})
    assert rows(con, sizes.format("p99"))[0] == ("all", 1, 100)


# --------------------------------------------------------------------------- checks


@pytest.mark.parametrize(
    ("before", "new", "told"),
    [
        ((80, 20), (0, 6), []),
        ((80, 20), (0, 20), [("tweet", "linked_share")]),
        ((800, 200), (50, 50), [("tweet", "linked_share_new")]),
        ((800, 200), (74, 26), []),  # six points fewer of a hundred may be chance
        ((8000, 2000), (7400, 2600), [("tweet", "linked_share_new")]),
        ((8, 2), (0, 20), []),
        ((20, 80), (100, 0), []),
    ],
)
def test_a_fall_of_the_linked_share_is_told(con, before, new, told):
    talk(con, "tweet", *before, NIGHTS[0])
    night(con, 0, BEFORE)
    assert offenders(con, "linked_share_fell") == []
    talk(con, "tweet", *new, NIGHTS[1])
    night(con, 1, BEFORE)
    assert offenders(con, "linked_share_fell") == told


def accounts(customers: Sequence[int], each: int, kind: str = "zendesk") -> Links:
    return {f"{kind}:{customer}_{n}": f"c{customer}" for customer in customers for n in range(each)}


def test_a_customer_that_holds_too_many_accounts_stops_the_publish(con):
    night(con, 0, accounts(range(40), 2) | accounts([7], 51))
    assert offenders(con, "customers_grow") == [("c7",)]
    assert offenders(con, "customers_grow", max_accounts=51) == []
    night(con, 1, accounts(range(40), 2) | accounts([7], 51, "survey"))
    assert offenders(con, "customers_grow") == []  # every survey brings a respondent


def test_a_customer_that_suddenly_gains_accounts_stops_the_publish(con):
    night(con, 0, accounts(range(40), 2))
    night(con, 1, accounts(range(40), 2) | accounts([7], 22), outcome="failed")
    assert offenders(con, "customers_grow") == []  # 20 more
    night(con, 2, accounts(range(40), 2) | accounts([7], 23))
    assert offenders(con, "customers_grow") == [("c7",)]
    assert offenders(con, "customers_grow", max_gained_accounts=21) == []


def test_a_night_that_brings_accounts_to_all_is_no_sudden_gain(con):
    night(con, 0, accounts(range(40), 2))
    night(con, 1, accounts(range(40), 27) | accounts([7], 32))
    assert offenders(con, "customers_grow") == []


@pytest.mark.parametrize(
    ("before", "after", "told"), [(0, 19, 0), (0, 20, 1), (300, 325, 0), (300, 335, 1), (30, 0, 0)]
)
def test_many_new_contradictions_are_told(con, before, after, told):
    for number, count in enumerate((before, after)):
        con.execute("delete from identity.contradictions")
        con.execute("insert into identity.contradictions select 'email', 'the names differ', 'crm', range, 'crm', "
                    "range + 1 from range($1)", [count])  # fmt: skip
        night(con, number, BEFORE)
        if not number:
            assert offenders(con, "many_new_contradictions") == []
    assert len(offenders(con, "many_new_contradictions")) == told


def born(con: duckdb.DuckDBPyConnection, births: dict[str, date | None]) -> None:
    """Records with these birth dates, all of one customer."""
    for record, birth in births.items():
        con.execute("insert into staging.persons values ('crm', $1, $2)", [record, birth])
    night(con, 0, {f"crm:{record}": "c1" for record in births})


ONE, TWO, THREE, FOUR = (date(1980, 1, 1) + timedelta(days=n) for n in range(4))


def test_one_birth_date_a_customer(con):
    born(con, {"1": ONE, "2": ONE, "3": None})
    assert offenders(con, "one_birth_date") == []
    con.execute("update staging.persons set birth_on = '1981-01-01' where record_id = '3'")
    assert offenders(con, "one_birth_date") == [("c1",)]


@pytest.mark.parametrize(
    ("births", "pairs", "told"),
    [
        ((ONE, TWO), "12", []),
        ((ONE, TWO), "21", []),
        ((ONE, TWO, TWO), "12", []),
        ((ONE, TWO, THREE), "12", [("c1",)]),
        ((ONE, TWO, THREE), "12 23", []),
        ((ONE, TWO, THREE, FOUR), "12 34", [("c1",)]),
        ((ONE, TWO, THREE, FOUR), "12 23 13", [("c1",)]),
        ((ONE, None, TWO), "12", [("c1",)]),
    ],
)
def test_a_judgement_may_hold_two_birth_dates_together(con, births, pairs, told):
    born(con, {str(number): birth for number, birth in enumerate(births, start=1)})
    for a, b in pairs.split():
        judge(con, f"crm:{a}", f"crm:{b}", "same", rule="fuzzy", decided_by="rule")
    assert offenders(con, "one_birth_date") == told


@pytest.mark.parametrize(
    "how", [{"verdict": "different"}, {"rule": "email"}, {"rule": "contradiction"}, {"ended_at": NIGHTS[1]}]
)
def test_what_is_no_standing_judgement_of_a_person_excuses_nothing(con, how):
    born(con, {"1": ONE, "2": TWO})
    judge(con, "crm:1", "crm:2", **({"verdict": "same"} | how))
    assert offenders(con, "one_birth_date") == [("c1",)]
