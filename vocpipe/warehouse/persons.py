"""Everything that is held of one person: the records, what tells the person, and the things said and bought."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import duckdb
import pyarrow as pa

from vocpipe.erasure import UNIT, Mark, is_telling, normal
from vocpipe.warehouse import rows, value
from vocpipe.warehouse.erasing import MENTION, choose, lend, widen

Pair = tuple[str, str]  # source, and an id in it


@dataclass
class Whole:
    """One person over all tables; ``keys`` are what rows are found by, ``marks`` what texts are searched for."""

    customers: set[str] = field(default_factory=set)
    records: set[Pair] = field(default_factory=set)
    interactions: set[str] = field(default_factory=set)
    things: set[tuple[str, str, str]] = field(default_factory=set)  # source, column and id
    keys: set[Mark] = field(default_factory=set)
    marks: set[Mark] = field(default_factory=set)
    mentions: set[Mark] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    count_shared: int = 0  # identifiers that other persons hold too: they stay

    def counts(self, rows_gone: int) -> dict[str, int]:
        """What the erasure tells of itself."""
        return {"rows": rows_gone, "records": len(self.records), "interactions": len(self.interactions),
                "identifiers of others": self.count_shared}  # fmt: skip

    def remembered(self) -> set[Mark]:
        """All marks of which a keyed hash is kept."""
        return self.keys | self.marks | self.mentions


# Records of nobody who is known, with an address of the person: they are the person's too, unless rules or people
# kept them apart.
UNRESOLVED = """
with apart as (
    select concat(source_b, $1, record_id_b) as person from identity.contradictions
    where (source_a, record_id_a) in (select (source, record_id) from mine)
    union
    select concat(source_a, $1, record_id_a) from identity.contradictions
    where (source_b, record_id_b) in (select (source, record_id) from mine)
    union
    select concat(source_b, $1, record_id_b) from identity.decisions
    where verdict = 'different' and (source_a, record_id_a) in (select (source, record_id) from mine)
    union
    select concat(source_a, $1, record_id_a) from identity.decisions
    where verdict = 'different' and (source_b, record_id_b) in (select (source, record_id) from mine)
),
roles as (select identifier from identity.identifiers where is_role)
select distinct other.person
from held as own
inner join held as other on own.kind = other.kind and own.key = other.key
where own.person in (select concat(source, $1, record_id) from mine) and own.key not in (from roles)
    and other.person not in (select concat(source, $1, record_id) from identity.links)
    and other.person not in (from apart)
"""


def gather(
    con: duckdb.DuckDBPyConnection, customers: Collection[str], records: Collection[Pair], given: Collection[Mark] = ()
) -> Whole:  # fmt: skip
    """All of a person, by the tables of ``erasing.read_keys``; makes the tables ``going`` and ``shared`` of the rows.

    ``customers`` are the ids under which the person is or was known, ``records`` those that are linked to them,
    ``given`` are addresses that are of no record.
    """
    whole = Whole(set(customers), set(records), keys=set(given), marks=set(given))
    put_pairs(con, "mine", whole.records)
    for (person,) in rows(con, UNRESOLVED, [UNIT]):
        source, record_id = person.split(UNIT, 1)
        whole.records.add((source, record_id))
    put_pairs(con, "mine", whole.records)
    identify(con, whole)
    lend(con, whole.keys)
    widen(con)
    choose(con)
    collect(con, whole)
    return whole


def put_pairs(con: duckdb.DuckDBPyConnection, name: str, pairs: Collection[Pair]) -> None:
    """A temporary table of sources and ids."""
    found = sorted(pairs)
    columns = [pa.array([one[place] for one in found], pa.string()) for place in (0, 1)]
    con.register("pairs", pa.table(columns, ["source", "record_id"]))
    con.execute(f"create or replace temp table {name} as select * from pairs")
    con.unregister("pairs")


def identify(con: duckdb.DuckDBPyConnection, whole: Whole) -> None:
    """Add what tells the person and nobody else: identifiers and names that others hold too are left out."""
    own = "person in (select concat(source, $1, record_id) from mine)"
    found = rows(con, f"""
        select kind, key, bool_and({own}) from held
        where (kind, key) in (select (kind, key) from held where {own}) and key <> '' group by kind, key
    """, [UNIT])  # fmt: skip
    identifiers = {Mark(kind, key) for kind, key, is_own in found if is_own}
    whole.count_shared = sum(not is_own for *_, is_own in found)
    mine: set[str] = set()
    others: set[str] = set()
    # A record of nobody known that bears the name is hardly another person's; one of another customer is.
    known = "person in (select concat(source, $1, record_id) from identity.links)"
    for name, is_own in rows(con, f"select name, {own} from called where name <> '' and ({own} or {known})", [UNIT]):
        (mine if is_own else others).add(normal("name", name))
    names = {Mark("name", name) for name in mine - others if " " in name}
    whole.keys |= identifiers | {Mark("person", f"{source}{UNIT}{record}") for source, record in whole.records}
    whole.marks |= names | {mark for mark in identifiers if mark.kind != "account_id"}


def collect(con: duckdb.DuckDBPyConnection, whole: Whole) -> None:
    """Add the things that the person said and bought, as the raw rows and the staging tables tell of them."""
    whole.keys |= {Mark(*one) for one in rows(con, "select distinct kind, key from erased")}
    gone = rows(con, "select distinct key from row_keys where kind = 'record' and row_id in (from going)")
    whole.keys |= {Mark("record", key) for (key,) in gone}
    for kind, key in [(mark.kind, mark.value) for mark in whole.keys if mark.kind in ("ticket", "order")]:
        source, thing = key.split(UNIT, 1)
        whole.things.add((source, {"ticket": "conversation_id", "order": "order_id"}[kind], thing))
    within = "(source, person_id) in (select (source, record_id) from mine)"
    whole.interactions |= {i for (i,) in rows(con, f"select interaction_id from staging.turns where {within}")}
    whole.things |= {(source, "response_id", r) for source, r in
                     rows(con, f"select distinct source, response_id from staging.answers where {within}")}  # fmt: skip
    whole.interactions |= {f"{source}:{r}" for source, column, r in whole.things if column == "response_id"}
    own = "person in (select concat(source, $1, record_id) from mine)"
    said = rows(con, f"select distinct verbatim from said where {own}", [UNIT])
    whole.texts |= {text for (text,) in said}
    ids = {*whole.customers, *whole.interactions, *(record for _, record in whole.records)}
    ids |= {mark.value.rpartition(UNIT)[2] for mark in whole.keys if mark.kind in ("record", "order", "account_id")}
    whole.marks |= {Mark("id", one) for one in ids if is_telling(one)}


def note_mentions(con: duckdb.DuckDBPyConnection, whole: Whole, prefilter: str) -> None:
    """Add the records of others in which the person is named, so that a file that comes again is masked there too."""
    found = rows(con, """
        select distinct k.key
        from row_keys as k
        inner join raw.records as r on k.row_id = r.row_id
        where k.kind = 'record' and k.row_id not in (from going) and regexp_matches(r.body, $1)
    """, [prefilter])  # fmt: skip
    whole.mentions |= {Mark("record", f"{MENTION}{key}") for (key,) in found}


def count_going(con: duckdb.DuckDBPyConnection) -> int:
    """How many raw rows go."""
    return int(value(con, "select count(*) from going"))
