"""What fuzzy candidates promise whatever the records are: no order, no repetition, no contradiction in a chain."""

from __future__ import annotations

import random

import duckdb
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from people import empty_staging, migrate, ready_to_propose
from searching import MANY

from vocpipe.identity import fuzzy

RECORD = st.tuples(
    st.sampled_from(["customer_record"] * 5 + ["respondent", "ticket_user"]),
    st.sampled_from(["Ada", "Adda", "Ben", "Okafor", "A.", None]),
    st.sampled_from(["Okafor", "Okafro", "Ada", "Lind", None]),
    st.sampled_from(["1988-02-11", "1988-02-17", "1958-02-11", "1988-11-02", None]),
    st.sampled_from(["Bergen", "Oslo", None]),
    st.sampled_from(["5003", "0150", None]),
    st.sampled_from(["6 Fjord Lane", "16 Fjord Lane", None]),
    st.sampled_from(["ada.okafor@mail.example", "ada.okfaor@mail.example", None]),
)
COLUMNS = ["person_kind", "given_name", "family_name", "birth_on", "town", "postcode", "street", "email"]
CANDIDATES = "select * from fresh_candidates order by all"


def staged(con: duckdb.DuckDBPyConnection, rows: list[tuple[str | None, ...]]) -> None:
    con.register("people", pd.DataFrame(rows, columns=["record_id", *COLUMNS], dtype="str"))
    if not con.execute("select 1 from duckdb_schemas() where schema_name = 'identity'").fetchall():
        migrate(con)
    empty_staging(con)
    con.execute(
        "insert into staging.persons by name select 'crm' as source, *"
        " exclude (email, birth_on), cast(birth_on as date) as birth_on from people"
    )
    con.execute(
        "create or replace table identity.identifiers as select 'crm' as source, record_id,"
        " 'email' as identifier_type, email as identifier, false as is_role from people where email is not null"
    )
    con.unregister("people")
    ready_to_propose(con)


def outcome(rows: list[tuple[str | None, ...]]) -> list[tuple[object, ...]]:
    with duckdb.connect(config={"threads": 1}) as con:
        staged(con, rows)
        fuzzy.propose(con)
        return con.execute(CANDIDATES).fetchall()


@settings(max_examples=8 * MANY, deadline=None)
@given(st.lists(RECORD, min_size=2, max_size=9), st.randoms())
def test_the_order_of_rows_changes_nothing(records: list[tuple[str | None, ...]], chance: random.Random) -> None:
    rows = [(f"r{number}", *record) for number, record in enumerate(records)]
    other = rows.copy()
    chance.shuffle(other)
    assert outcome(rows) == outcome(other)


@settings(max_examples=8 * MANY, deadline=None)
@given(st.lists(RECORD, min_size=2, max_size=9), st.integers(1, 8))
def test_a_night_on_top_of_another_gives_what_one_run_gives(records: list[tuple[str | None, ...]], before: int) -> None:
    rows = [(f"r{number}", *record) for number, record in enumerate(records)]
    with duckdb.connect(config={"threads": 1}) as con:
        for some in (rows[:before], [(*row[:4], None, *row[5:]) for row in rows], rows):
            staged(con, some)
            fuzzy.propose(con)
        assert con.execute(CANDIDATES).fetchall() == outcome(rows)


@settings(max_examples=8 * MANY, deadline=None)
@given(st.lists(RECORD, min_size=2, max_size=9))
def test_links_never_join_a_generation_to_the_next(records: list[tuple[str | None, ...]]) -> None:
    """1958 and 1988 differ by one digit and a generation: as father and son they must not meet, through anybody."""
    rows = [(f"r{number}", *record) for number, record in enumerate(records)]
    found = outcome(rows)
    group = {row[0]: row[0] for row in rows}
    for _, a, _, b, _, _, verdict, _ in found:
        if verdict == "same":
            group = {key: group[a] if value == group[b] else value for key, value in group.items()}
    births: dict[str | None, set[str]] = {}
    for row in rows:
        if row[4] and row[1] == "customer_record":
            births.setdefault(group[row[0]], set()).add(row[4])
    assert not any({"1958-02-11", "1988-11-02"} <= born for born in births.values())
