"""Customer records in, attributes out: which of several records counts, and what counted when."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Iterator
from datetime import date, datetime

import duckdb
import pytest
from project import AS_OF, qualtrics, read_quickly, response, write

import vocpipe
from vocpipe import pipeline, settings
from vocpipe.proposing import init
from vocpipe.warehouse import rows
from vocpipe.warehouse.rooms import build_room

pytestmark = pytest.mark.usefixtures("without_report")

LATER = datetime(2100, 1, 1)
HEAD = "customer_id,first_name,last_name,email,tier,signup_date,marketing_opt_in"
DAY, NIGHT = datetime(2026, 2, 1), datetime(2026, 3, 1)


def crm(*lines: str, head: str = HEAD) -> bytes:
    """A customer record whose tier is a segment, with forty customers that never change and these lines."""
    more = "" if head == HEAD else "," * (head.count(",") - HEAD.count(","))
    fixed = [f"F{n},Ida,Fix{n},f{n}@example.com,{('Blue', 'Gold')[n % 2]},2019-01-01,true{more}" for n in range(40)]
    return "\n".join([head, *fixed, *lines, ""]).encode()


def versions(con: duckdb.DuckDBPyConnection, record: str = "K1", attribute: str = "tier") -> list[tuple]:
    query = (
        "select value, valid_from, valid_to from staging.person_versions "
        "where record_id = $1 and attribute = $2 order by valid_from nulls first"
    )
    return rows(con, query, [record, attribute])


# --------------------------------------------------------------------------- versions of a record

UPDATED = HEAD + ",updated_at"


def test_a_record_exported_once_holds_from_the_beginning(tmp_path, staged):
    with staged(write(tmp_path, {"c.csv": crm("K1,Mira,Holt,m@example.com,Gold,2020-01-01,true")})) as con:
        assert versions(con) == [("Gold", None, None)]
        assert versions(con, attribute="has_marketing_consent") == [("true", None, None)]
        assert versions(con, attribute="signed_up_on") == [("2020-01-01", None, None)]
        assert rows(con, "select count(*) from staging.person_versions") == [(3 * 41,)]


def test_versions_hold_from_when_the_vendor_recorded_them_in_whatever_order_they_come(tmp_path, staged):
    old = "K1,Mira,Holt,m@example.com,Blue,2020-01-01,true,2026-02-01T00:00:00Z"
    new = "K1,Mira,Holt,m@example.com,Gold,2020-01-01,false,2026-03-01T00:00:00Z"
    for name, lines in (("x", (old, new)), ("y", (new, old))):
        with staged(write(tmp_path / name, {"c.csv": crm(*lines, head=UPDATED)})) as con:
            assert versions(con) == [("Blue", None, NIGHT), ("Gold", NIGHT, None)]
            assert versions(con, attribute="has_marketing_consent") == [("false", None, None)]
    with staged(tmp_path / "x", as_of=DAY.replace(day=20)) as con:
        assert versions(con) == [("Blue", None, None)]


def test_without_a_time_of_the_vendor_a_version_holds_from_its_load_on(tmp_path, staged):
    line = "K1,Mira,Holt,m@example.com,{},2020-01-01,true"
    for number, tier in enumerate(("Blue", "Gold", "Blue", "Gold")):
        new = f"N{number},Una,New,n{number}@example.com,Blue,2026-01-01,true"  # no file is a copy of another
        write(tmp_path, {f"c_{number}.csv": crm(line.format(tier), new)})
        with staged(tmp_path, as_of=LATER):
            pass
    with staged(tmp_path, as_of=LATER) as con:
        loads = [at for (at,) in rows(con, "select loaded_at from raw.loads order by 1")]
        spells = zip(("Blue", "Gold", "Blue", "Gold"), [None, *loads[1:]], [*loads[1:], None], strict=True)
        assert versions(con) == list(spells)
    with staged(tmp_path, as_of=AS_OF) as con:
        assert versions(con) == [("Blue", None, None)]


def test_of_versions_without_an_order_the_one_in_force_counts_alone(tmp_path, staged):
    lines = [f"K1,Mira,Holt,m@example.com,{tier},2020-01-01,true" for tier in ("Blue", "Gold")]
    with staged(write(tmp_path, {"c.csv": crm(*lines)})) as con:
        assert len(versions(con)) == 1
        kept = "select json_extract_string(attributes, '$.tier') from staging.persons where record_id = 'K1'"
        assert versions(con)[0][0] == rows(con, kept)[0][0]


def test_the_first_value_told_counts_from_the_beginning_and_a_blank_ends_it(tmp_path, staged):
    line = "K1,Mira,Holt,m@example.com,{},2020-01-01,true,2026-0{}-01T00:00:00Z"
    told = [line.format(tier, month) for month, tier in enumerate(("", "Gold", "Gold", ""), start=1)]
    with staged(write(tmp_path, {"c.csv": crm(*told, head=UPDATED)})) as con:
        assert versions(con) == [("Gold", None, datetime(2026, 4, 1))]


def test_a_record_that_its_vendor_deleted_has_no_versions_any_more(tmp_path, staged):
    head = UPDATED + ",deleted"
    held = "K1,Mira,Holt,m@example.com,Gold,2020-01-01,true,2026-02-01T00:00:00Z,false"
    gone = "K1,Mira,Holt,m@example.com,Gold,2020-01-01,true,2026-03-01T00:00:00Z,true"
    folder = write(tmp_path, {"c.csv": crm(held, gone, head=head)})
    with staged(folder) as con:
        assert versions(con) == []
    with staged(folder, as_of=DAY.replace(day=20)) as con:
        assert versions(con) == [("Gold", None, None)]


# --------------------------------------------------------------------------- which of several records counts


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """Empty tables that the decision reads."""
    with duckdb.connect() as connection:
        for statement in (
            "create schema staging", "create schema identity", "create schema facts",
            "create table staging.person_versions (source varchar, record_id varchar, attribute varchar, "
            "value varchar, recorded_at timestamp, valid_from timestamp, valid_to timestamp)",
            "create table staging.persons (source varchar, record_id varchar, signed_up_on date)",
            "create table staging.survivorship (attribute varchar, rule varchar)",
            "create table staging.trusted_sources (attribute varchar, source varchar, place integer)",
            "create table identity.links (source varchar, record_id varchar, customer_id varchar, "
            "person_kind varchar)",
        ):  # fmt: skip
            connection.execute(statement)
        yield connection


def told(con, rule, *records, trusted=(), attribute="tier"):
    """What counts for customer c1, a record being (source, signed up, (value, recorded, valid_from, valid_to), …)."""
    con.execute("insert into staging.survivorship values ($1, $2)", [attribute, rule])
    for place, source in enumerate(trusted, start=1):
        con.execute("insert into staging.trusted_sources values ($1, $2, $3)", [attribute, source, place])
    for number, (source, signed_up_on, *spells) in enumerate(records):
        con.execute("insert into staging.persons values ($1, $2, $3)", [source, f"r{number}", signed_up_on])
        con.execute("insert into identity.links values ($1, $2, 'c1', 'customer_record')", [source, f"r{number}"])
        for spell in spells:
            con.execute(
                "insert into staging.person_versions values ($1, $2, $3, $4, $5, $6, $7)",
                [source, f"r{number}", attribute, *spell],
            )
    build_room(con, "facts", only=("surviving_values", "customer_attributes"))
    return rows(con, "select value, valid_from, valid_to from facts.customer_attributes order by 2 nulls first")


OLD = ("crm", "2019-01-01", ("Blue", "2026-01-01", None, None))
NEW = ("hubspot", "2021-01-01", ("Gold", "2026-05-01", None, None))
NEWER = ("shop", "2022-01-01", ("Gold", "2026-04-01", None, None))
UNKNOWN = ("shop", None, ("Silver", "2026-06-01", None, None))


@pytest.mark.parametrize(
    ("rule", "trusted", "records", "value"),
    [
        ("first", (), (NEW, OLD), "Blue"),
        ("first", (), (UNKNOWN, NEW), "Gold"),
        ("latest", (), (OLD, NEW), "Gold"),
        ("latest", (), (OLD, NEW, UNKNOWN), "Silver"),
        ("most_common", (), (OLD, NEW, NEWER), "Gold"),
        ("most_common", (), (NEW, OLD), "Blue"),
        ("sources", ("hubspot", "crm"), (OLD, NEW), "Gold"),
        ("sources", ("crm", "hubspot"), (OLD, NEW), "Blue"),
        ("sources", ("nobody", "shop"), (OLD, NEW, NEWER), "Gold"),
        ("sources", ("nobody",), (NEW, OLD), "Blue"),
    ],
)
def test_the_rule_says_which_record_counts(con, rule, trusted, records, value):
    assert told(con, rule, *records, trusted=trusted) == [(value, None, None)]


@pytest.mark.parametrize(
    ("rule", "given", "value"),
    [
        ("most_restrictive", ("true", "false"), "false"),
        ("most_restrictive", ("true", "true"), "true"),
        ("first", ("true", "false"), "true"),
        ("latest", ("true", "false"), "false"),
    ],
)
def test_consent_is_the_most_restrictive_unless_told_otherwise(con, rule, given, value):
    records = [(f"s{n}", f"202{n}-01-01", (said, f"202{n}-01-01", None, None)) for n, said in enumerate(given)]
    assert told(con, rule, *records, attribute="has_marketing_consent") == [(value, None, None)]


def test_a_record_that_tells_nothing_leaves_it_to_the_next(con):
    assert told(con, "first", ("crm", "2019-01-01"), NEW) == [("Gold", None, None)]


def test_what_counts_changes_when_the_record_that_counts_does(con):
    moves = ("crm", "2019-01-01", ("Blue", "2026-01-01", None, DAY), ("Gold", DAY, DAY, None))
    other = ("hubspot", "2021-01-01", ("Silver", "2026-01-15", None, NIGHT), ("Gold", NIGHT, NIGHT, None))
    assert told(con, "first", moves, other) == [("Blue", None, DAY), ("Gold", DAY, None)]


def test_the_latest_is_the_latest_of_its_time(con):
    moves = ("crm", "2019-01-01", ("Blue", "2026-01-01", None, NIGHT), ("Gold", NIGHT, NIGHT, None))
    other = ("hubspot", "2021-01-01", ("Silver", "2026-01-15", None, None))
    assert told(con, "latest", moves, other) == [("Silver", None, NIGHT), ("Gold", NIGHT, None)]


def test_a_value_that_ends_hands_over_to_the_next_record_or_to_nobody(con):
    ends = ("crm", "2019-01-01", ("Blue", "2026-01-01", None, DAY))
    assert told(con, "first", ends, NEW) == [("Blue", None, DAY), ("Gold", DAY, None)]
    con.execute("delete from staging.survivorship; delete from staging.person_versions where source = 'hubspot'")
    assert told(con, "first") == [("Blue", None, DAY)]
    con.execute("delete from staging.survivorship; delete from identity.links where source = 'hubspot'")
    assert told(con, "first") == [("Blue", None, DAY)]


# --------------------------------------------------------------------------- two sources

OTHER = "Contact ID,Given Name,Surname,Primary E-mail,Date of birth,tier,Member since,Newsletter,Last modified"


def other(*lines: str) -> bytes:
    """A second list of customers, from another system, with these lines."""
    fixed = [f"{n},Una,Oth{n},o{n}@example.com,,{('Blue', 'Gold')[n % 2]},2019-01-01,yes," for n in range(40)]
    return "\n".join([OTHER, *fixed, *lines, ""]).encode()


@pytest.fixture(scope="module")
def two_sources(tmp_path_factory):
    """K1 stands in both lists: Blue and willing since 2020, Silver and unwilling since 2021."""
    folder = tmp_path_factory.mktemp("sources")
    write(folder, {
        "crm/c.csv": crm("K1,Mira,Holt,m@example.com,Blue,2020-01-01,true"),
        "shop/o.csv": other("71,Mira,Holt,m@example.com,,Silver,2021-01-01,no,2026-03-01"),
    })  # fmt: skip
    init(folder, {}, force=False)
    read_quickly(folder)
    return folder


def test_init_writes_the_defaults_where_there_are_several_customer_records(two_sources):
    text = (two_sources / "vocpipe.toml").read_text(encoding="utf-8")
    start = text.index("# [survivorship]")
    block = text[start : text.index("\n\n", start)]
    before = settings.load(two_sources).rules()
    assert before == {"tier": "first", "signed_up_on": "first", "has_marketing_consent": "most_restrictive"}
    plain = "\n".join(line.removeprefix("# ") for line in block.splitlines())
    assert tomllib.loads(plain)["survivorship"] == {k: before[k] for k in ("tier", "has_marketing_consent")} | {
        "default": "first"
    }
    assert all(source.name in block for source in settings.load(two_sources).sources)


def test_init_says_nothing_of_it_where_there_is_one(tmp_path):
    init(write(tmp_path, {"c.csv": crm()}), {}, force=False)
    assert "survivorship" not in (tmp_path / "vocpipe.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("rules", "customer"),
    [
        ("", ("Blue", False, date(2020, 1, 1), 2)),
        ('default = "latest"', ("Silver", False, date(2020, 1, 1), 2)),
        ('tier = ["shop"]\nhas_marketing_consent = "first"', ("Silver", True, date(2020, 1, 1), 2)),
        ('signed_up_on = "latest"', ("Blue", False, date(2021, 1, 1), 2)),
    ],
)
def test_the_settings_say_what_the_customer_is(two_sources, tmp_path, rules, customer):
    folder = shutil.copytree(two_sources, tmp_path / "project")
    path = folder / "vocpipe.toml"
    shop = next(source.name for source in settings.load(folder).sources if "shop/" in source.files[0])
    text = path.read_text(encoding="utf-8").replace(f'name = "{shop}"', 'name = "shop"')
    path.write_text(text.replace("# [survivorship]", f"[survivorship]\n{rules}\n" if rules else ""), encoding="utf-8")
    pipeline.run(folder, as_of=AS_OF)
    query = (
        "select tier, has_marketing_consent, signed_up_on, count_records from marts.customers where count_records > 1"
    )
    with vocpipe.connect(folder) as con:
        assert con.execute(query).fetchall() == [customer]


# --------------------------------------------------------------------------- two nights


@pytest.fixture(scope="module")
def two_nights(tmp_path_factory):
    """K1 was Blue in January's answers; the second export says Gold since March, and brings answers of April."""
    folder = tmp_path_factory.mktemp("nights")
    line = "K1,Mira,Holt,m@example.com,{},2020-01-01,true,2026-0{}-01T00:00:00Z"
    known = {"RecipientEmail": "m@example.com"}
    write(folder, {
        "crm/c_1.csv": crm(line.format("Blue", 2), head=UPDATED),
        "q_1.csv": qualtrics([response(n, 10, **known) for n in range(15)]),
    })  # fmt: skip
    init(folder, {}, force=False)
    read_quickly(folder)
    pipeline.run(folder, as_of=AS_OF)
    april = {"StartDate": "2026-04-02 10:00:00", "EndDate": "2026-04-02 10:00:00"} | known
    write(folder, {
        "crm/c_2.csv": crm(line.format("Gold", 3), head=UPDATED),
        "q_2.csv": qualtrics([response(n, 0, **april) for n in range(100, 112)]),
    })  # fmt: skip
    return folder


def nps_by_tier(folder) -> dict:
    query = """
        select segment, n, value from metrics.metric_value
        where metric = 'nps' and period = 'all' and segment_type = 'tier'
    """
    with vocpipe.connect(folder) as con:
        return {segment: (n, value) for segment, n, value in con.execute(query).fetchall()}


def tiers(folder) -> list:
    query = """
        select a.value, a.valid_from, a.valid_to, c.tier
        from marts.customer_attributes as a
        inner join marts.customers as c on a.customer_id = c.customer_id
        inner join marts.customer_records as r on a.customer_id = r.customer_id and r.unlinked_at is null
        where r.record_id = 'K1' order by a.valid_from nulls first
    """
    with vocpipe.connect(folder) as con:
        return con.execute(query).fetchall()


@pytest.mark.slow
def test_old_answers_keep_the_old_tier_and_new_ones_get_the_new(two_nights):
    assert nps_by_tier(two_nights) == {"Blue": (15, 100.0)}
    pipeline.run(two_nights)
    after = {"Blue": (15, 100.0), "Gold": (12, -100.0)}
    assert nps_by_tier(two_nights) == after
    assert tiers(two_nights) == [("Blue", None, NIGHT, "Gold"), ("Gold", NIGHT, None, "Gold")]
    with vocpipe.connect(two_nights) as con:  # the twelve new answers are all of a known customer, as those before
        told = "select measure, n, value, value_before from quality.identity where segment = 'survey' and rule is null"
        assert con.execute(f"{told} order by 1").fetchall() == [
            ("linked_share", 27, 1.0, 1.0),
            ("linked_share_new", 12, 1.0, None),
        ]
    pipeline.run(two_nights, full_refresh=True)
    assert nps_by_tier(two_nights) == after
    pipeline.run(two_nights, as_of=AS_OF)  # the second export came after it
    assert nps_by_tier(two_nights) == {"Blue": (15, 100.0)}
    assert tiers(two_nights) == [("Blue", None, None, "Blue")]


@pytest.mark.slow
def test_the_published_file_tells_the_attributes_of_any_time(two_nights):
    pipeline.run(two_nights)
    query = """
        select a.value from customer_attributes_asof($1) as a
        inner join marts.customer_records as r on a.customer_id = r.customer_id and r.unlinked_at is null
        where r.record_id = 'K1' and a.attribute = 'tier'
    """
    with vocpipe.connect(two_nights) as con:
        found = [con.execute(query, [at]).fetchall() for at in (DAY, NIGHT, LATER)]
    assert found == [[("Blue",)], [("Gold",)], [("Gold",)]]
