"""Brings the tables behind the action lists up to date with what is new, without making the rest of the night's work.

The same SELECTs run as at night, in a database of its own in memory (``arriving``) whose tables hold only what new
loads could change; what they give then takes the place of the rows of the same things in the work file. The next whole
run makes every table anew from raw, so nothing that is done here stays for longer than a day.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

import duckdb

from vocpipe.settings import Settings
from vocpipe.warehouse import conforming, rooms, rows, transaction

HOME, SIDE = "warehouse", "arriving"
# The columns that name a thing: its rows in the work file give way to those found here.
RECORD = ("source", "record_id")
STAGED = {
    "version_places": ("row_id",),
    "records": ("row_id",),
    "turns": ("interaction_id",),
    "answers": ("source", "response_id"),
    "conversations": ("source", "conversation_id"),
    "persons": RECORD,
    "identifiers": (*RECORD, "identifier_type"),
    "orders": ("source", "order_id"),
    "sends": ("source", "send_id"),
    "person_times": RECORD,
    "person_versions": RECORD,
}
FACTS = {name: STAGED["turns" if name == "interactions" else "answers" if name == "responses" else name]
         for name in ("interactions", "responses", "conversations", "orders")}  # fmt: skip
# What the SELECTs read of the work file as it stands.
LENT = (
    *("raw.records", "raw.loads", "raw.first_loads", "staging.declared_segments"),
    *("identity.links", "identity.identifiers", "enrichment.topics", "enrichment.corrections"),
    *("facts.sentiment_baselines", "facts.conversation_effort"),
)

# Loads that the last whole run, or an earlier list, has not seen, and those of which it saw a part: what happened, or
# was known, after its as-of time.
UNSEEN = """
select load_id from raw.loads
where problem is null and load_id not in (select load_id from staging.record_versions)
union
select load_id from staging.records
where reason = 'not yet known at the as-of time' or not is_state_known
order by 1
"""
# Older versions of what came again: which one counts is decided among all of them.
EARLIER = f"""
insert into {SIDE}.staging.record_versions
select v.* from {HOME}.staging.record_versions as v
where (v.source, v.kind, v.record_key) in (
        select (source, kind, record_key) from {SIDE}.staging.record_versions)
    and v.row_id not in (select row_id from {SIDE}.staging.record_versions)
"""
# Records that belong to another customer than before (or to one at last): all that they said and bought moves too.
MOVED = f"""
create or replace temp table moved as
select coalesce(now.source, before.source) as source, coalesce(now.record_id, before.record_id) as record_id
from {HOME}.identity.links as now
full outer join links_before as before on now.source = before.source and now.record_id = before.record_id
where now.customer_id is distinct from before.customer_id
"""
OF_MOVED = {
    "turns": "select * from {home}.staging.turns where (source, person_id) in (select (source, record_id) from moved)",
    "answers": "select * from {home}.staging.answers "
    "where (source, person_id) in (select (source, record_id) from moved)",
    "conversations": "select * from {home}.staging.conversations "
    "where (source, person_id) in (select (source, record_id) from moved) or (source, conversation_id) in "
    "(select (source, conversation_id) from {side}.staging.turns where channel = 'ticket')",
    "orders": "select * from {home}.staging.orders where account_id in (select identifier from "
    "{home}.staging.identifiers where identifier_type = 'account_id' and (source, record_id) in "
    "(select (source, record_id) from moved))",
}


@contextmanager
def aside(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """What is made within goes to the database at the side; it reads the work file where it has nothing of its own."""
    con.execute(f"use {SIDE}")
    try:
        yield
    finally:
        con.execute(f"use {HOME}")


def unseen(con: duckdb.DuckDBPyConnection) -> list[int]:
    """The loads that the tables do not tell of yet."""
    return [load_id for (load_id,) in rows(con, UNSEEN)]


def stage(con: duckdb.DuckDBPyConnection, settings: Settings, load_ids: Sequence[int]) -> None:
    """Make the staging rows of some loads at the side and put them in the place of those in the work file."""
    con.execute(f"attach ':memory:' as {SIDE}")
    lend(con, LENT)
    con.execute(
        "create or replace temp table links_before as select source, record_id, customer_id from identity.links"
    )
    with aside(con):
        con.execute("create schema if not exists staging")
        conforming.conform(con, settings, load_ids)
        con.execute(f"create table {SIDE}.staging.new_versions as from {SIDE}.staging.record_versions")
        con.execute(EARLIER)
        for select in (s for s in rooms.read_room("staging") if s.name in STAGED):
            if select.name == "identifiers":  # comparing all birth dates is the night's work
                con.execute(
                    "create table staging.birth_records (source varchar, record_id varchar, identifier varchar)"
                )
            rooms.build(con, select)
    with transaction(con):
        for name, key in STAGED.items():
            merge(con, f"staging.{name}", key)
        con.execute(f"insert into staging.customer_marks from {SIDE}.staging.customer_marks")


def lend(con: duckdb.DuckDBPyConnection, tables: Collection[str]) -> None:
    """Make tables of the work file readable at the side, in place of what is there."""
    for table in tables:
        con.execute(f"create schema if not exists {SIDE}.{table.split('.')[0]}")
        con.execute(f"drop table if exists {SIDE}.{table}")
        con.execute(f"create view {SIDE}.{table} as select * from {HOME}.{table}")


def merge(con: duckdb.DuckDBPyConnection, table: str, key: Sequence[str]) -> None:
    """Let the rows at the side take the place of those of the same key in the work file."""
    names = ", ".join(key)
    con.execute(f"delete from {HOME}.{table} where ({names}) in (select ({names}) from {SIDE}.{table})")
    con.execute(f"insert into {HOME}.{table} by name from {SIDE}.{table}")


def widen(con: duckdb.DuckDBPyConnection) -> None:
    """Add at the side what customers said and bought whose records moved to another customer."""
    con.execute(MOVED)
    for name, select in OF_MOVED.items():
        key = ", ".join(STAGED[name])
        con.execute(f"""
            insert into {SIDE}.staging.{name} by name
            select * from ({select.format(home=HOME, side=SIDE)})
            where ({key}) not in (select ({key}) from {SIDE}.staging.{name})
        """)
    lend(con, ("staging.persons", "staging.identifiers", "staging.customer_marks"))
    for name in ("redactions", "redaction_marks", "annotations", "annotation_history"):
        if rows(con, "select 1 from duckdb_tables() where schema_name = 'enrichment' and table_name = $1", [name]):
            con.execute(f"create table {SIDE}.enrichment.{name} as from {HOME}.enrichment.{name} limit 0")


def recall_annotations(con: duckdb.DuckDBPyConnection) -> None:
    """Give the side what is known of its texts already."""
    con.execute(f"""
        insert into {SIDE}.enrichment.annotations
        select * from {HOME}.enrichment.annotations
        where text_id in (select text_id from {SIDE}.enrichment.texts)
    """)


def build(con: duckdb.DuckDBPyConnection) -> None:
    """Bring the facts up to date with the side, then make the action tables and all that they read anew."""
    with aside(con):
        for name in ("text_findings", "corrected", "turn_findings", "interactions", "responses", "orders"):
            rooms.build_room(con, "facts", only=(name,))
    with transaction(con):
        merge(con, "enrichment.texts", ("interaction_id",))
        merge(con, "enrichment.annotations", ("text_id",))
        merge(con, "enrichment.versions", ("classifier", "version"))
        con.execute(f"insert into enrichment.annotation_history from {SIDE}.enrichment.annotation_history")
        for name in ("interactions", "responses", "orders"):
            merge(con, f"facts.{name}", FACTS[name])
    lend(con, ("facts.interactions",))  # a ticket is told by all its turns
    with aside(con):
        rooms.build_room(con, "facts", only=("conversations",))
    with transaction(con):
        merge(con, "facts.conversations", FACTS["conversations"])
        # Last of all: a run that was killed before finds these loads unseen and does them again.
        con.execute(f"""
            insert into staging.record_versions from {SIDE}.staging.new_versions
            where row_id not in (select row_id from staging.record_versions)
        """)
    remake(con)


def remake(con: duckdb.DuckDBPyConnection) -> None:
    """Make the action tables of which the lists are made anew from the facts as they stand; how cases turned out, and
    what the help pages lack, is told at night."""
    held = {f"facts.{name}" for name in FACTS}
    wanted = {table for select in rooms.read_room("lists") for table in rooms.tables_read(select.sql)}
    for select in rooms.needed([table for table in wanted if table.startswith("actions.")], held):
        rooms.build(con, select)
