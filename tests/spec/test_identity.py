"""Identity in small: a few records in, who is who out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from importlib.resources import files
from typing import NamedTuple

import duckdb
import numpy as np
import pandas as pd
import pytest
from people import empty_staging, migrate

from vocpipe import identity
from vocpipe.contracts import UsageError
from vocpipe.identity import decided, names, phones, rules

SECRET = b"a secret of the tests"
NOW = datetime(2025, 7, 1)


class Record(NamedTuple):
    """One person's record as staging has it; the letter before the id says which source and kind."""

    key: str
    name: str | None = None
    born: date | None = None
    signed: date | None = None
    account: str | None = None
    email: str | tuple[str, ...] | None = None
    phone: str | None = None
    handle: str | None = None
    arrived: datetime = NOW


KINDS = {
    "c": ("crm", "customer_record"),
    "z": ("zendesk", "ticket_user"),
    "x": ("x", "social_user"),
    "s": ("survey", "respondent"),
}


def stage(con: duckdb.DuckDBPyConnection, *records: Record) -> None:
    """Writes the two staging tables."""
    if not con.execute("select 1 from duckdb_schemas() where schema_name = 'identity'").fetchall():
        migrate(con)
    empty_staging(con)
    for record in records:
        source, kind = KINDS[record.key[0]]
        given, _, family = (record.name or "").partition(" ")
        con.execute(
            "insert into staging.persons values ($1, $2, $3, $4, $5, $6, null, null, null, $7, $8)",
            [source, record.key, kind, given or None, family or None, record.born, record.signed, record.arrived],
        )
        emails = record.email if isinstance(record.email, tuple) else (record.email,)
        account = record.account or (record.key if record.key[0] == "c" else None)
        held = [("account_id", account), *(("email", e) for e in emails)]
        held += [("phone", record.phone), ("handle", record.handle)]
        for row in [(source, record.key, name, value) for name, value in held if value]:
            con.execute("insert into staging.identifiers values ($1, $2, $3, $4)", list(row))


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def resolved(con: duckdb.DuckDBPyConnection, *records: Record) -> dict[str, tuple[str, str]]:
    """The canonical record and the rule of each linked record."""
    stage(con, *records)
    identity.resolve(con, SECRET, "US", NOW)
    rows = con.execute(
        "select links.record_id, customers.record_id, link_rule from identity.links"
        " inner join identity.customers using (customer_id)"
    ).fetchall()
    return {record: (canonical, rule) for record, canonical, rule in rows}


def column(con: duckdb.DuckDBPyConnection, query: str) -> list[object]:
    return [row[0] for row in con.execute(query).fetchall()]


ANA = Record(
    "c1", "Ana Lopez", date(1980, 2, 3), date(2020, 1, 1), email="ana.lopez@mail.example", phone="+12125550101"
)
BEN = Record(
    "c2", "Ben Lopez", date(1979, 5, 6), date(2019, 1, 1), email="ana.lopez@mail.example", phone="+12125550102"
)


# --------------------------------------------------------------------------- identifiers


@pytest.mark.parametrize(
    ("kind", "written", "normal"),
    [
        ("email", "  Ana.Lopez+survey@Mail.Example ", "ana.lopez@mail.example"),
        ("email", "a.n.a+x@googlemail.com", "ana@gmail.com"),
        ("email", "a.na@mail.example", "a.na@mail.example"),
        ("email", "ana@me.com", "ana@icloud.com"),
        ("email", "Ana_L.opez+x@protonmail.com", "analopez@proton.me"),
        ("email", "ana.lopez@ya.ru", "ana-lopez@yandex.ru"),
        ("phone", "(212) 555-0101", "+12125550101"),
        ("phone", "1 212 555 0101", "+12125550101"),
        ("phone", "+44 (0)20 7946 0018", "+442079460018"),
        ("phone", "212-555-0101 ext. 7", "+12125550101;ext=7"),
        ("handle", "@AnaL", "anal"),
        ("handle", "https://twitter.com/AnaL", "anal"),
        ("birth", "1980-02-03|lopez|springfield", "1980-02-03|lopez|springfield"),
        ("account_id", " C-7 ", "C-7"),
        ("account_id", "\u00a0c-7\t", "c-7"),
    ],
)
def test_identifiers_get_their_normal_form(
    con: duckdb.DuckDBPyConnection, kind: str, written: str, normal: str
) -> None:
    stage(con, Record("z1"))
    con.execute("insert into staging.identifiers values ('zendesk', 'z1', $1, $2)", [kind, written])
    identity.resolve(con, SECRET, "US", NOW)
    assert con.execute("select identifier_type, identifier from identity.identifiers").fetchall() == [(kind, normal)]


@pytest.mark.parametrize(
    ("kind", "written", "reason"),
    [
        ("email", "not given", "not an e-mail address"),
        ("email", "a@b@c.example", "not an e-mail address"),
        ("email", "+tag@mail.example", "not an e-mail address"),
        ("email", "none@mail.example", "a placeholder, not an identifier"),
        ("phone", "12", "not a possible phone number"),
        ("phone", "000-000-0000", "not a possible phone number"),
        ("phone", "1234567890", "not a possible phone number"),
        ("handle", "two words", "not a handle"),
        ("account_id", "N/A", "a placeholder, not an identifier"),
        ("birth", "1970-01-01|lopez|springfield", "a birth date that means not known"),
        ("birth", "0001-01-01|lopez|springfield", "a birth date that means not known"),
        ("fax", "2125550101", "an unknown type of identifier"),
    ],
)
def test_unusable_identifiers_are_set_aside(
    con: duckdb.DuckDBPyConnection, kind: str, written: str, reason: str
) -> None:
    stage(con, Record("z1"))
    con.execute("insert into staging.identifiers values ('zendesk', 'z1', $1, $2)", [kind, written])
    counts = identity.resolve(con, SECRET, "US", NOW)
    assert counts["identifiers"] == 0
    rows = con.execute("select identifier_type, reason from identity.unusable_identifiers").fetchall()
    assert rows == [(kind, reason)]


def test_each_phone_spelling_is_read_once_per_region(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    honest = phones.read_all
    monkeypatch.setattr(phones, "read_all", lambda raw, region: (read.extend(raw), honest(raw, region))[1])
    stage(con, Record("z1", phone="212 555 0101"), Record("z2", phone="212 555 0101"))
    for region in ("US", "US", "DE"):
        identity.resolve(con, SECRET, region, NOW)
    assert read == ["212 555 0101", "212 555 0101"]
    assert column(con, "select region from identity.phones order by 1") == ["DE", "US"]


def test_a_region_without_a_numbering_plan_and_an_empty_secret_are_refused(con: duckdb.DuckDBPyConnection) -> None:
    stage(con, ANA)
    with pytest.raises(UsageError, match="two capital letters"):
        identity.resolve(con, SECRET, "usa", NOW)
    with pytest.raises(UsageError, match="secret"):
        identity.resolve(con, b"", "US", NOW)


# --------------------------------------------------------------------------- links


def test_one_person_over_all_sources_with_the_rule_of_each_record(con: duckdb.DuckDBPyConnection) -> None:
    got = resolved(
        con,
        ANA,
        Record("c9", "Anna Lopez", date(1980, 2, 3), date(2021, 1, 1), phone="(212) 555-0101"),
        Record("z1", "Ana Lopez", account="c1", email="work@office.example", handle="ana_l"),
        Record("z2", "Ana Lopez", email="ANA.LOPEZ+help@mail.example"),
        Record("x1", "dreamer", handle="@Ana_L"),
        Record("s1", "Ana Lopez", account="c1"),
        Record("s2", email="work@office.example"),
        Record("s3", "Carl Other", email="carl@mail.example"),
    )
    assert got == {
        "c1": ("c1", "record"),
        "c9": ("c1", "phone"),
        "z1": ("c1", "account_id"),
        "z2": ("c1", "email"),
        "x1": ("c1", "transitive"),
        "s1": ("c1", "account_id"),
        "s2": ("c1", "transitive"),
    }


def test_scores_follow_the_rules_and_fall_along_the_way(con: duckdb.DuckDBPyConnection) -> None:
    resolved(
        con,
        ANA,
        Record("z1", email="ana.lopez@mail.example", handle="one"),
        Record("z2", handle="one", phone="212 555 0177"),
        Record("z3", phone="+1 212 555 0177"),
    )
    scores = dict(con.execute("select record_id, link_score from identity.links").fetchall())
    strength = {rule.name: rule.strength for rule in rules.RULES}
    one = strength["email"] * strength["handle"] * strength["transitive"]
    assert scores["c1"] == 1.0
    assert scores["z1"] == strength["email"]
    assert scores["z2"] == pytest.approx(one)
    assert scores["z3"] == pytest.approx(one * strength["phone"] * strength["transitive"])


def test_the_record_that_signed_up_first_is_canonical(con: duckdb.DuckDBPyConnection) -> None:
    got = resolved(
        con,
        Record("c1", "Ana Lopez", phone="212 555 0101"),
        Record("c2", "Ana Lopez", signed=date(2021, 1, 1), phone="212 555 0101"),
        Record("c3", "Ana Lopez", signed=date(2020, 1, 1), phone="212 555 0101"),
    )
    assert {canonical for canonical, _ in got.values()} == {"c3"}
    assert con.execute("select record_id, count_records from identity.customers").fetchall() == [("c3", 3)]


def test_pseudonyms_depend_on_the_secret_and_name_nobody(con: duckdb.DuckDBPyConnection) -> None:
    stage(con, ANA)
    seen = set()
    for secret in (b"one", b"two", b"one"):
        identity.resolve(con, secret, "US", NOW)
        seen.update(column(con, "select customer_id from identity.links"))
    assert len(seen) == 2
    assert all(isinstance(x, str) and x.startswith("c_") and len(x) == 18 for x in seen)


def test_records_of_nobody_have_no_link(con: duckdb.DuckDBPyConnection) -> None:
    assert resolved(con, Record("z1", "Ed Ray", email="ed@mail.example"), Record("s1", email="ed@mail.example")) == {}


def test_empty_staging_gives_empty_tables(con: duckdb.DuckDBPyConnection) -> None:
    stage(con)
    assert set(identity.resolve(con, SECRET, "", NOW).values()) == {0}


# --------------------------------------------------------------------------- guards


def test_an_account_id_outranks_the_email(con: duckdb.DuckDBPyConnection) -> None:
    got = resolved(
        con,
        ANA._replace(email=None),
        BEN,
        Record("z1", "Ana Lopez", account="c1", email=BEN.email),
        Record("s1", "Ana Lopez", email=BEN.email),
        Record("s2", "Ben Lopez", email=BEN.email),
    )
    assert got["z1"] == ("c1", "account_id")
    assert got["s1"] == ("c1", "email_name")
    assert got["s2"] == ("c2", "email_name")


def test_a_shared_mailbox_links_only_with_a_name(con: duckdb.DuckDBPyConnection) -> None:
    got = resolved(
        con,
        ANA,
        BEN,
        Record("s1", email=ANA.email),
        Record("s2", "ANA LÓPEZ", email=ANA.email),
        Record("s3", "B. Lopez", email=ANA.email),
        Record("s4", "Lopez Ben", email=ANA.email),
        Record("s5", "Carl Lopez", email=ANA.email),
        Record("z1", "Ben Lopez", email=ANA.email, handle="benny"),
        Record("x1", "b", handle="benny"),
    )
    assert got == {
        "c1": ("c1", "record"),
        "c2": ("c2", "record"),
        "s2": ("c1", "email_name"),
        "s3": ("c2", "email_name"),
        "s4": ("c2", "email_name"),
        "z1": ("c2", "email_name"),
        "x1": ("c2", "transitive"),
    }
    told = con.execute(
        "select identifier_type, reason, record_id_a, record_id_b from identity.contradictions"
    ).fetchall()
    assert ("email", "birth dates differ", "c1", "c2") in told


def test_a_member_of_the_household_without_a_customer_record_is_not_the_other(con: duckdb.DuckDBPyConnection) -> None:
    got = resolved(
        con,
        BEN,
        Record("z1", "Ana Lopez", email=BEN.email),
        Record("s1", "Ana Lopez", email=BEN.email),
        Record("s2", "Ben Lopez", email=BEN.email),
    )
    assert got == {"c2": ("c2", "record"), "s2": ("c2", "email_name")}


def test_a_respondent_with_another_name_is_turned_away_but_contests_nothing(con: duckdb.DuckDBPyConnection) -> None:
    got = resolved(
        con,
        BEN,
        Record("s1", "Ana Lopez", email=BEN.email),
        Record("s2", email=BEN.email),
        Record("s3", "Cher", email=BEN.email),
    )
    assert got == {"c2": ("c2", "record"), "s2": ("c2", "email"), "s3": ("c2", "email")}
    assert column(con, "select reason from identity.contradictions") == [
        "the respondent gives another name than the person on the identifier"
    ]


def test_namesakes_on_one_mailbox_are_told_apart_by_no_name(con: duckdb.DuckDBPyConnection) -> None:
    father = Record("c1", "Tom Reed", date(1950, 1, 2), email="reed@mail.example")
    son = Record("c2", "Tom Reed", date(1980, 3, 4), email="reed@mail.example", phone="212 555 0102")
    got = resolved(
        con, father, son, Record("z1", "Tom Reed", email=father.email), Record("s1", "Tom Reed", email=son.email)
    )
    assert got == {"c1": ("c1", "record"), "c2": ("c2", "record")}


@pytest.mark.parametrize("box", ["info@", "no-reply@", "support.eu@", "family@", "team2@"])
def test_role_mailboxes_link_nothing_alone(con: duckdb.DuckDBPyConnection, box: str) -> None:
    email = f"{box}office.example"
    got = resolved(con, ANA._replace(email=email), Record("s1", email=email), Record("s2", "Ana Lopez", email=email))
    assert got == {"c1": ("c1", "record"), "s2": ("c1", "email_name")}


def test_a_contradiction_further_away_is_cut_at_the_weaker_rule(con: duckdb.DuckDBPyConnection) -> None:
    got = resolved(
        con,
        ANA._replace(email=None),
        BEN._replace(phone=None),
        Record("z1", phone="212 555 0101", email=BEN.email),
    )
    assert got == {"c1": ("c1", "record"), "c2": ("c2", "record"), "z1": ("c1", "phone")}
    assert column(con, "select identifier_type from identity.contradictions") == ["email"]


def test_who_leads_to_two_persons_by_equal_rules_is_neither(con: duckdb.DuckDBPyConnection) -> None:
    other = BEN._replace(email="ben@mail.example")
    got = resolved(
        con, ANA, other, Record("z1", email=(str(ANA.email), "ben@mail.example"), handle="h"), Record("x1", handle="h")
    )
    assert got == {"c1": ("c1", "record"), "c2": ("c2", "record")}
    assert len(column(con, "select reason from identity.contradictions")) == 2


def test_two_systems_that_number_alike_are_not_joined_by_the_number(con: duckdb.DuckDBPyConnection) -> None:
    got = resolved(
        con,
        Record("c1", "Ana Lopez", date(1980, 2, 3), account="7"),
        Record("c2", "Karl Voss", date(1970, 2, 3), account="7", email="karl@mail.example"),
        Record("s1", account="7"),
        Record("s2", account="7", email="karl@mail.example"),
    )
    assert got == {"c1": ("c1", "record"), "c2": ("c2", "record"), "s2": ("c2", "account_id")}


def test_a_line_with_a_crowd_on_it_links_nobody(con: duckdb.DuckDBPyConnection) -> None:
    letters = "abcdefghijklmnopqrstuvwxyzäöü"
    crowd = [
        Record(f"z{i:03}", f"{letters[i % 29] * 5} {letters[i // 29] * 6}", phone="212 555 0100") for i in range(60)
    ]
    got = resolved(con, ANA._replace(phone="212 555 0100"), *crowd, Record("s1", phone="212 555 0100"))
    assert got == {"c1": ("c1", "record")}


def test_a_nickname_at_the_desk_does_not_unlink_the_account(con: duckdb.DuckDBPyConnection) -> None:
    will = Record("c1", "William Grant", date(1960, 1, 2), email="grant@mail.example")
    got = resolved(con, will, Record("z1", "Bill Grant", account="c1"), Record("s1", "Bill Grant", email=will.email))
    assert got["z1"] == ("c1", "account_id")
    assert got["s1"] == ("c1", "email")


@pytest.mark.parametrize("name", ["Unknown caller", "N/A", "Guest", "Rocky", None])
def test_placeholders_and_single_words_are_no_evidence(con: duckdb.DuckDBPyConnection, name: str | None) -> None:
    assert resolved(con, ANA, Record("z1", name, email=ANA.email))["z1"] == ("c1", "email")


def test_every_table_and_column_says_what_it_is(con: duckdb.DuckDBPyConnection) -> None:
    resolved(con, ANA)
    where = "where schema_name = 'identity' and table_name <> 'phones' and comment is null"
    assert column(con, f"select table_name from duckdb_tables() {where}") == []
    assert column(con, f"select table_name || '.' || column_name from duckdb_columns() {where}") == []


# --------------------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Jon", "Jonathan", True),
        ("J.", "Jonathan", True),
        ("José", "jose", True),
        ("O'Neil", "ONeil", True),
        ("Mary-Ann", "Maryann", True),
        ("Ana Maria", "Maria", True),
        ("Straße", "Strasse", True),
        ("Matthew", "Mathew", True),
        ("Mathew", "Mahtew", True),
        ("Luke", "Lke", True),
        ("Emma", "Ella", False),
        ("Jack", "Jake", False),
        ("Amy", "Ava", False),
        ("Olga", "Peter", False),
        ("", "Peter", True),
    ],
)
def test_names_are_alike(one: str, other: str, same: bool) -> None:
    words = np.array(["", names.normal(one), names.normal(other)])
    a, b = (np.array([k if words[k] else 0]) for k in (1, 2))
    assert names.alike(words, a, b).tolist() == [same]
    assert names.alike(words, b, a).tolist() == [same]


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [("abcd", "abcd", 0), ("abcd", "abdc", 1), ("abcd", "bc", 2), ("a", "abc", 2), ("ca", "ac", 1), ("abc", "bcad", 3)],
)
def test_edit_distance_counts_a_swap_once(one: str, other: str, distance: int) -> None:
    found = names.edit_distance(np.array([one, other]), np.array([other, one]))
    assert found.tolist() == [distance, distance]


def describe(*rows: tuple[str | None, str | None, str | None]) -> tuple[list[int], names.Profiles]:
    given, family, born = (pd.Series(list(c), dtype="object") for c in zip(*rows, strict=True))
    yes = np.ones(len(rows), dtype=bool)
    numbers, profiles = names.describe(given, family, pd.to_datetime(born), yes, yes)
    return numbers.tolist(), profiles


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        (("Ana", "Lopez", "1980-02-03"), ("Ana", "Lopez", "1980-02-04"), "birth dates differ"),
        (("Ana", "Lopez", "1980-02-03"), ("Ben", "Lopez", "1980-02-03"), "given names differ"),
        (("Ana", "Lopez", None), ("Ana", "Winter", "1980-02-03"), "family names differ"),
        (("Ana", "Lopez", "1980-02-03"), ("Ana", "Winter", "1980-02-03"), None),
        (("Ana", "Lopez", None), ("Lopez", "Ana", None), None),
        (("Ana", "Lopez", "1900-01-01"), ("Ana", "Lopez", "1980-02-03"), None),
        ((None, "Lopez", None), ("Ben", None, None), None),
    ],
)
def test_what_contradicts(one: tuple[str | None, ...], other: tuple[str | None, ...], why: str | None) -> None:
    (a, b), profiles = describe(one, other)  # type: ignore[arg-type]
    code = int(names.clash(profiles, np.array([a]), np.array([b]))[0])
    assert names.REASONS.get(code) == why


def test_the_guide_shows_the_rules_as_they_are() -> None:
    guide = (files("vocpipe") / "docs/identity.md").read_text(encoding="utf-8")
    for rule in rules.RULES:
        assert f"| `{rule.name}` | {rule.strength:g} | {rule.reason} |" in guide


# --------------------------------------------------------------------------- judgements, history, stable ids


def decide(con: duckdb.DuckDBPyConnection, *judged: tuple[str, str, str], conflict: str | None = None) -> None:
    """Lends what persons judged: verdict and the keys of the two records."""
    rows = [
        (f"{number:016x}", verdict, KINDS[a[0]][0], a, KINDS[b[0]][0], b, "Kim", "saw both passports", NOW, conflict)
        for number, (verdict, a, b) in enumerate(judged)
    ]
    decided.lend(con, rows)


def night(con: duckdb.DuckDBPyConnection, number: int, *records: Record) -> dict[str, tuple[str, str]]:
    """One more night: the canonical record and the rule of each linked record."""
    if records:
        stage(con, *records)
    identity.resolve(con, SECRET, "US", datetime(2025, 7, number))
    rows = con.execute(
        "select links.record_id, customers.record_id, link_rule from identity.links"
        " inner join identity.customers using (customer_id)"
    ).fetchall()
    return {record: (canonical, rule) for record, canonical, rule in rows}


OLGA = Record("c3", "Olga Berg", date(1990, 1, 2), email="olga@mail.example")
OLGA_WED = Record("c4", "Olga Winter", date(1990, 2, 1), phone="+12125550104")


def test_who_a_person_judges_to_be_one_is_one_whatever_the_records_say(con: duckdb.DuckDBPyConnection) -> None:
    desk = Record("z1", "Olga Winter", phone=OLGA_WED.phone), Record("z2", "Olga Berg", email=OLGA.email)
    everybody = (OLGA, OLGA_WED, *desk)
    before = night(con, 1, *everybody)
    decide(con, ("same", "c4", "c3"))
    judged = night(con, 2)
    assert {canonical for canonical, _ in judged.values()} == {"c3"}
    assert judged["c4"] == ("c3", "person")
    assert {judged["z1"][1], judged["z2"][1]} <= {"phone", "email", "phone_name", "email_name"}
    assert column(con, "select reason from identity.contradictions") == []
    decide(con)
    assert night(con, 3) == before


def test_who_a_person_judges_to_be_two_shares_no_identifier_any_more(con: duckdb.DuckDBPyConnection) -> None:
    twins = Record("c1", email="lee@mail.example", handle="lee"), Record("c2", email="lee@mail.example")
    assert night(con, 1, *twins, Record("s1", email="lee@mail.example"))["c2"] == ("c1", "email")
    decide(con, ("different", "c1", "c2"))
    assert night(con, 2) == {"c1": ("c1", "record"), "c2": ("c2", "record")}
    verdicts = "select verdict, rule, decided_by from identity.judgements where ended_at is null order by all"
    assert ("different", "person", "Kim") in con.execute(verdicts).fetchall()
    assert "somebody judged them to be different persons" in column(con, "select reason from identity.contradictions")


def test_a_person_takes_one_answer_away_from_a_customer(con: duckdb.DuckDBPyConnection) -> None:
    said = Record("s1", email=ANA.email), Record("s2", email=ANA.email, account="x9")
    assert night(con, 1, ANA, *said).keys() == {"c1", "s1", "s2"}
    decide(con, ("different", "s2", "c1"))
    assert night(con, 2) == {"c1": ("c1", "record"), "s1": ("c1", "email")}


def test_a_decision_that_cannot_be_applied_says_why(con: duckdb.DuckDBPyConnection) -> None:
    decide(con, ("same", "c1", "c9"))
    night(con, 1, ANA)
    assert column(con, "select status from identity.decisions") == ["no record of that source and id is known"]
    decide(con, ("same", "c1", "c3"), conflict="it contradicts an earlier one")
    assert night(con, 2, ANA, OLGA)["c3"] == ("c3", "record")
    assert column(con, "select status from identity.decisions") == ["it contradicts an earlier one"]


def test_a_merge_keeps_the_older_id_and_an_unmerge_restores_the_other(con: duckdb.DuckDBPyConnection) -> None:
    ids = "select record_id, customer_id from identity.links order by 1"
    later = Record("c9", email="o@mail.example", signed=date(2001, 1, 1), arrived=datetime(2025, 7, 2))
    old = OLGA._replace(signed=date(2024, 1, 1))
    night(con, 1, old, later)
    first = dict(con.execute(ids).fetchall())
    assert len(set(first.values())) == 2
    night(con, 2, old, later._replace(email=OLGA.email))
    assert dict(con.execute(ids).fetchall()) == {"c3": first["c3"], "c9": first["c3"]}
    assert con.execute("select former_customer_id, customer_id from identity.former_ids").fetchall() == [
        (first["c9"], first["c3"])
    ]
    night(con, 3, old, later)
    assert dict(con.execute(ids).fetchall()) == first
    spells = con.execute(
        "select customer_id, day(linked_at), day(unlinked_at) from identity.link_history"
        " where record_id = 'c9' order by linked_at"
    ).fetchall()
    assert spells == [(first["c9"], 1, 2), (first["c3"], 2, 3), (first["c9"], 3, None)]


def test_nothing_in_the_history_is_deleted_only_ended(con: duckdb.DuckDBPyConnection) -> None:
    said = Record("s1", email=ANA.email)
    spells = "select verdict, rule, day(made_at), day(ended_at) from identity.judgements order by judgement_id"
    night(con, 1, ANA, said)
    assert con.execute(spells).fetchall() == [("same", "email", 1, None)]
    night(con, 2, ANA, said._replace(email="else@mail.example"))
    assert con.execute(spells).fetchall() == [("same", "email", 1, 2)]
    night(con, 3, ANA, said)
    night(con, 4, ANA, said)
    assert con.execute(spells).fetchall() == [("same", "email", 1, 2), ("same", "email", 3, None)]
    assert column(con, "select day(linked_at) from identity.links where record_id = 's1'") == [3]


@pytest.mark.parametrize("signed", [(2020, 2021), (2021, 2020)])
def test_a_new_source_changes_no_id(con: duckdb.DuckDBPyConnection, signed: tuple[int, int]) -> None:
    here, there = (date(year, 1, 1) for year in signed)
    old = ANA._replace(signed=here, arrived=datetime(2025, 7, 1))
    night(con, 1, old)
    kept = column(con, "select customer_id from identity.links")
    new = Record("c0", "Ana Lopez", ANA.born, there, email=ANA.email, arrived=datetime(2025, 7, 2))
    assert night(con, 2, old, new)["c0"] == ("c1", "email")
    assert set(column(con, "select customer_id from identity.links")) == set(kept)


def test_a_login_with_two_accounts_of_one_system_is_neither_ones(con: duckdb.DuckDBPyConnection) -> None:
    login = Record("z1", phone="+12125550109"), Record("z1", account="c1"), Record("z1", account="c3")
    stage(con, ANA, OLGA, login[0])
    for record in login[1:]:
        con.execute("insert into staging.identifiers values ('zendesk', 'z1', 'account_id', $1)", [record.account])
    assert night(con, 1) == {"c1": ("c1", "record"), "c3": ("c3", "record")}
    assert set(column(con, "select reason from identity.contradictions")) == {
        "the login names two accounts of one system"
    }
    decide(con, ("same", "c1", "c3"))
    assert night(con, 2)["z1"] == ("c1", "account_id")
    assert column(con, "select reason from identity.contradictions") == []


def test_a_login_with_both_ids_of_a_duplicate_is_that_persons(con: duckdb.DuckDBPyConnection) -> None:
    stage(con, ANA, ANA._replace(key="c8"), Record("z1", phone="+12125550109"))
    for account in ("c1", "c8"):
        con.execute("insert into staging.identifiers values ('zendesk', 'z1', 'account_id', $1)", [account])
    assert night(con, 1)["z1"] == ("c1", "account_id")


def test_every_link_says_why_in_one_sentence(con: duckdb.DuckDBPyConnection) -> None:
    night(
        con, 1, ANA, ANA._replace(key="c8"), Record("z1", "Ana Lopez", email=ANA.email, handle="ana"),
        Record("x1", handle="ana"),
    )  # fmt: skip
    told = dict(con.execute("select record_id, evidence from identity.links").fetchall())
    assert told == {
        "c1": "the customer's own record, the one that was known first",
        "c8": "the same phone number, with a customer record of crm",
        "z1": "the same e-mail address, with a customer record of crm",
        "x1": "the same handle, with a ticket user of zendesk that belongs to the person",
    }


def test_what_could_not_have_changed_is_not_looked_at_again(con: duckdb.DuckDBPyConnection, monkeypatch) -> None:
    everybody = [Record(f"c{n}", email=f"p{n}@mail.example") for n in range(30)]
    night(con, 1, *everybody)
    seen = []
    resolve_records = identity.resolve_records
    monkeypatch.setattr(identity, "resolve_records", lambda r, *rest: seen.append(len(r)) or resolve_records(r, *rest))
    night(con, 2, *everybody)
    night(con, 3, *everybody, Record("s1", email="P7@mail.example"))
    assert seen == [2]
    night(con, 4, *everybody[:-1])
    assert seen == [2, 1]
    identity.resolve(con, b"another secret", "US", NOW)
    assert seen == [2, 1, 29]


def test_a_look_back_ends_nothing(con: duckdb.DuckDBPyConnection) -> None:
    said = Record("s1", email=ANA.email)
    spells = "select record_id, day(linked_at), unlinked_at from identity.link_history order by all"
    stage(con, ANA, said)
    identity.resolve(con, SECRET, "US", datetime(2025, 7, 2), as_of=datetime(2025, 7, 2))
    stage(con, ANA)
    identity.resolve(con, SECRET, "US", datetime(2025, 7, 3), as_of=datetime(2025, 6, 1))
    assert column(con, "select record_id from identity.links") == ["c1"]
    assert con.execute(spells).fetchall() == [("c1", 2, None), ("s1", 2, None)]
    stage(con, ANA, said)
    identity.resolve(con, SECRET, "US", datetime(2025, 7, 4), as_of=datetime(2025, 7, 4))
    assert con.execute(spells).fetchall() == [("c1", 2, None), ("s1", 2, None)]
    assert column(con, "select day(linked_at) from identity.links order by record_id") == [2, 2]
