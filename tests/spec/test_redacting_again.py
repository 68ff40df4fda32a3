"""When new customers come, only texts that may hold one of their names are redacted again, to the same end."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vocpipe.warehouse import rows, texts
from vocpipe.warehouse.texts import redact

NAMES = [("Ana", "Lopez"), ("Mia", "Stone"), ("Jo", "O'Neil"), ("Lee", "van Dyke"), ("Mia", "Lopez")]
WORDS = ["Ana", "Lopez", "ana", "Stone,", "Mia", "Jo", "O'Neil", "Lee", "van", "Dyke", "jo.doe@mail.com", "@air", "and",
         "15551234567", "called"]  # fmt: skip


def project(said: list[str]) -> duckdb.DuckDBPyConnection:
    """The tables that redaction reads and writes; the first text is written by Ana Lopez."""
    con = duckdb.connect()
    con.execute("""
        create schema staging; create schema identity; create schema enrichment;
        create table staging.persons (source varchar, record_id varchar, given_name varchar, family_name varchar);
        insert into staging.persons values ('crm', 'K1', 'Ana', 'Lopez');
        create table identity.links (source varchar, record_id varchar, customer_id varchar);
        insert into identity.links values ('crm', 'K1', 'c_1');
        create table staging.customer_marks (kind varchar, value varchar);
        create table staging.turns (interaction_id varchar, source varchar, person_id varchar, verbatim varchar,
            language_hint varchar);
        create table enrichment.redactions (redaction_key varchar, redacted varchar);
        create table enrichment.redaction_marks (kind varchar, value varchar);
    """)
    for number, text in enumerate(said):
        con.execute(
            "insert into staging.turns values ($1, 'crm', $2, $3, null)", [str(number), "" if number else "K1", text]
        )
    return con


def known(con: duckdb.DuckDBPyConnection, names: list[tuple[str, str]], handles: tuple[str, ...] = ()) -> int:
    """Redact with these customers known; how many texts had to be."""
    con.execute("delete from staging.customer_marks")
    for name in names:
        con.execute("insert into staging.customer_marks values ('name', $1)", [" ".join(name)])
    return redact(con, handles, 1, lambda *_: None)["texts redacted"]


def result(con: duckdb.DuckDBPyConnection) -> list[tuple]:
    return rows(con, "select interaction_id, redacted, text_id, redaction_version from enrichment.texts order by 1")


@settings(max_examples=8, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=7).map(" ".join), min_size=1, max_size=6),
    st.lists(st.integers(0, len(NAMES)), min_size=1, max_size=4),
)
def test_what_nights_come_to_is_what_one_run_comes_to(said, sizes):
    nights, once = project(said), project(said)
    for size in sizes:
        known(nights, NAMES[:size])
    known(once, NAMES[: sizes[-1]])
    assert result(nights) == result(once)
    nights.close()
    once.close()


def test_only_texts_that_may_hold_a_new_name_are_redacted_again():
    con = project(["no name here", "Mia Stone called", "ana lopez called", "we met mia  stone"])
    assert known(con, NAMES[:1]) == 4
    assert known(con, NAMES[:1]) == 0
    assert known(con, NAMES[:2]) == 2
    assert [text for _, text, *_ in result(con)] == [
        "no name here", "[name] called", "[name] called", "we met [name]"
    ]  # fmt: skip


@pytest.mark.parametrize("change", [{"names": NAMES[1:2]}, {"names": NAMES[:2], "handles": ("air",)}])
def test_where_a_name_goes_or_a_rule_changes_all_are_redacted_again(change):
    con = project(["no name here", "Mia Stone called"])
    known(con, NAMES[:2])
    assert known(con, **change) == 2


def test_a_run_that_is_killed_before_it_has_redacted_again_is_made_good(monkeypatch):
    con = project(["no name here", "Mia Stone called"])
    known(con, NAMES[:1])

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(texts, "redact_many", killed)
        with pytest.raises(KeyboardInterrupt):
            known(con, NAMES[:2])
    assert known(con, NAMES[:2]) == 1
    assert [text for _, text, *_ in result(con)] == ["no name here", "[name] called"]
