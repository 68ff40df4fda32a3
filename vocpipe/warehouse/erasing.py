"""Takes persons out of raw: whose each raw row is, which rows go, and what is masked in the rows of others.

A row goes when it is of an erased person and of nobody else; a row of several people stays without what tells the
erased one. The same rules work on the whole of raw (`vocpipe forget`) and on new loads (a file that comes again).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import duckdb
import pyarrow as pa

from vocpipe.contracts import Source
from vocpipe.erasure import (
    IDENTIFIERS,
    LOOKS_LIKE,
    MASK,
    NORMAL_SQL,
    UNIT,
    Mark,
    Masking,
    Tombstones,
    marks_in,
    names_in,
    normal,
)
from vocpipe.settings import SourceSettings
from vocpipe.sources import formats
from vocpipe.warehouse import rows, value
from vocpipe.warehouse.conforming import forget_parsed, parse

# Columns of a format's own tables that name a thing which rows of several kinds tell of.
THINGS = {"ticket_id": "ticket", "order_id": "order"}
SELECTS = {
    "records": ("record", f"concat(kind, '{UNIT}', record_key)"),
    "persons": ("person", "record_id"),
    "identifiers": ("person", "record_id"),
    "turns": ("person", "person_id"),
    "answers": ("person", "person_id"),
    "conversations": ("person", "person_id"),
}
# The signs by which JSON writes a new line would run into the word behind them.
PLAIN = r"regexp_replace({text}, '\\[nrt]', ' ', 'g')"
NORMAL = (
    "case kind " + " ".join(f"when '{kind}' then {sql.format(x='key')}" for kind, sql in NORMAL_SQL.items()) + " end"
)


def read_keys(
    con: duckdb.DuckDBPyConnection, sources: Sequence[SourceSettings], region: str,
    load_ids: Sequence[int] | None = None,
) -> None:  # fmt: skip
    """Make the temporary tables of whom and what raw rows (those of some loads, if given) are about:

    - ``row_keys``: row_id, kind and key of each person, identifier, ticket, order and record that a row names;
    - ``held``: row_id, person, kind and key of each identifier of a person's record;
    - ``owned_things``: kind and key of each ticket and order, with kind and key of who it is of;
    - ``called``: person, full name and birth date; ``said``: row_id, person and verbatim;
    - ``idle``: rows that are no voice.
    """
    for table, columns in {
        "row_keys": "row_id bigint, kind varchar, key varchar",
        "held": "row_id bigint, person varchar, kind varchar, key varchar",
        "owned_things": "kind varchar, key varchar, owner_kind varchar, owner varchar",
        "called": "person varchar, name varchar, birth varchar",
        "said": "row_id bigint, person varchar, verbatim varchar",
        "idle": "row_id bigint",
    }.items():
        con.execute(f"create or replace temp table {table} ({columns})")
    for source in sources:
        parse(con, source, load_ids)
        read_source(con, source.name, formats()[source.format])
        for table in formats()[source.format].PARSED:
            con.execute(f"drop table {table}")
    forget_parsed(con)
    con.execute("update owned_things set owner = trim(owner) where owner_kind = 'account_id'")
    for table in ("held", "row_keys"):
        con.execute(f"update {table} set key = {NORMAL} where kind in {tuple(NORMAL_SQL)}")
        normalise_phones(con, table, region)
        con.execute(f"delete from {table} where key is null or key = ''")


def normalise_phones(con: duckdb.DuckDBPyConnection, table: str, region: str) -> None:
    """Bring the telephone numbers of a table into their normal form; most spellings were read before."""
    found = rows(con, f"select distinct key from {table} where kind = 'phone' and key <> ''")
    read = dict(rows(con, "select raw, e164 from identity.phones where region = $1 and e164 is not null", [region]))
    forms = [(one, read.get(one) or normal("phone", one, region)) for (one,) in found]
    con.register("phone_forms", pa.table({"raw": pa.array([r for r, _ in forms], pa.string()),
                                          "form": pa.array([f for _, f in forms], pa.string())}))  # fmt: skip
    con.execute(f"update {table} as t set key = p.form from phone_forms as p where t.kind = 'phone' and t.key = p.raw")
    con.unregister("phone_forms")


def read_source(con: duckdb.DuckDBPyConnection, source: str, chosen: Source) -> None:
    """Add what the rows of one source are about; its format's tables are there."""
    own = f"'{source}{UNIT}'"
    for table, (kind, key) in SELECTS.items():
        if select := chosen.SELECT.get(table):
            con.execute(f"insert into row_keys select row_id, '{kind}', {own} || {key} from ({select})")
    con.execute(f"insert into idle select row_id from ({chosen.SELECT['records']}) where set_aside is not null")
    if select := chosen.SELECT.get("persons"):
        full = "case when given_name is not null and family_name is not null then given_name || ' ' || family_name end"
        con.execute(f"insert into called select distinct {own} || record_id, {full}, strftime(birth_on, '%Y-%m-%d') "
                    f"from ({select})")  # fmt: skip
    if select := chosen.SELECT.get("turns"):
        con.execute(
            f"insert into said select row_id, {own} || person_id, verbatim from ({select}) where verbatim <> ''"
        )
    if select := chosen.SELECT.get("identifiers"):
        con.execute(f"insert into held select row_id, {own} || record_id, identifier_type, identifier from ({select}) "
                    f"where identifier_type in {IDENTIFIERS}")  # fmt: skip
    if select := chosen.SELECT.get("conversations"):
        con.execute("insert into owned_things select 'ticket', "
                    f"{own} || conversation_id, 'person', {own} || person_id from ({select})")  # fmt: skip
    if select := chosen.SELECT.get("orders"):
        con.execute(f"insert into row_keys select row_id, 'account_id', account_id from ({select})")
        con.execute("insert into owned_things select 'order', "
                    f"{own} || order_id, 'account_id', account_id from ({select})")  # fmt: skip
    if select := chosen.SELECT.get("sends"):
        for kind in ("account_id", "email", "phone"):
            con.execute(f"insert into row_keys select row_id, '{kind}', {kind} from ({select})")
    for table, column in things_of(con, chosen):
        con.execute(f"insert into row_keys select row_id, '{THINGS[column]}', {own} || {column} from {table}")


def things_of(con: duckdb.DuckDBPyConnection, chosen: Source) -> list[tuple[str, str]]:
    """The format's own tables whose rows name a ticket or an order, and the column that does."""
    found = rows(
        con,
        "select table_name, list(column_name) from duckdb_columns() where database_name = 'temp' group by table_name",
    )
    columns = {table: set(names) for table, names in found if table in chosen.PARSED}
    return [(t, c) for t in sorted(columns) for c in THINGS if {"row_id", c} <= columns[t]]


def lend(con: duckdb.DuckDBPyConnection, marks: Iterable[Mark]) -> None:
    """Put the keys of an erased person into the temporary table ``erased``."""
    found = sorted(set(marks))
    keys = pa.table({"kind": [m.kind for m in found], "key": [m.value for m in found]},
                    pa.schema([("kind", pa.string()), ("key", pa.string())]))  # fmt: skip
    con.register("erased_keys", keys)
    con.execute("create or replace temp table erased as select * from erased_keys")
    con.unregister("erased_keys")


def widen(con: duckdb.DuckDBPyConnection) -> None:
    """Add to ``erased`` the persons who hold an erased identifier, and the tickets and orders of erased persons."""
    con.execute("""
        insert into erased
        select distinct 'person', person from held where (kind, key) in (select (kind, key) from erased)
    """)
    con.execute("""
        insert into erased
        select distinct kind, key from owned_things
        where (owner_kind, owner) in (select (kind, key) from erased)
    """)


def choose(con: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary tables ``going`` (rows of erased persons alone) and ``shared`` (rows of others too)."""
    con.execute("""
        create or replace temp table touched as
        select distinct row_id from row_keys where (kind, key) in (select (kind, key) from erased)
    """)
    con.execute("""
        create or replace temp table shared as
        select distinct row_id from row_keys
        where row_id in (from touched) and kind = 'person' and row_id not in (from idle)
            and (kind, key) not in (select (kind, key) from erased)
    """)
    con.execute("create or replace temp table going as from touched where row_id not in (from shared)")


def remove(con: duckdb.DuckDBPyConnection) -> int:
    """Delete the rows in ``going``; the log of loads counts them. Returns how many these were."""
    con.execute("""
        update raw.loads as l set rows_erased = l.rows_erased + e.count
        from (
            select load_id, count(*) as count from raw.records where row_id in (from going) group by load_id
        ) as e
        where l.load_id = e.load_id
    """)
    count = value(con, "select count(*) from raw.records where row_id in (from going)")
    con.execute("delete from raw.records where row_id in (from going)")
    return int(count)


def mask(
    con: duckdb.DuckDBPyConnection, masking: Masking, load_ids: Sequence[int] | None = None, *, only: str = ""
) -> int:
    """Take the marks out of the raw rows that are left (of some loads, if given; ``only``: those in that table).

    A piece of a file that could not be read goes as a whole. Returns how many rows and pieces were changed.
    """
    if not masking:
        return 0
    among = f"load_id in ({', '.join(map(str, load_ids))})" if load_ids is not None else "true"
    within = f"{among} and row_id in (from {only})" if only else among
    found = rows(con, f"select row_id, body from raw.records where {within} and regexp_matches(body, $1)",
                 [masking.prefilter()])  # fmt: skip
    changed = [(row_id, fresh) for row_id, body in found if (fresh := masking.apply(body)) != body]
    masked = pa.table({"row_id": pa.array([r for r, _ in changed], pa.int64()),
                       "body": pa.array([b for _, b in changed], pa.string())})  # fmt: skip
    con.execute("update raw.records as r set body = m.body, body_hash = hash(m.body) from masked as m "
                "where r.row_id = m.row_id")  # fmt: skip
    del masked
    if only:
        return len(changed)
    pieces = [body for (body,) in rows(con, f"select distinct body from raw.rejects where {among} and "
                                            "regexp_matches(body, $1)", [masking.prefilter()])]  # fmt: skip
    lost = [body for body in pieces if masking.apply(body) != body]
    count = value(con, f"select count(*) from raw.rejects where {among} and list_contains($1, body)", [lost])
    con.execute(f"update raw.rejects set body = $1 where {among} and list_contains($2, body)", [MASK, lost])
    return len(changed) + int(count)


# --------------------------------------------------------------------------- files that come again


def keep_out(
    con: duckdb.DuckDBPyConnection, source: SourceSettings, load_ids: Sequence[int], tombstones: Tombstones
) -> int:
    """Take erased persons out of loads that are being stored, within their transaction; returns the rows at stake."""
    if not tombstones or not load_ids:
        return 0
    read_keys(con, [source], tombstones.region, load_ids)
    known = tombstones.hits(Mark(*found) for found in rows(con, "select distinct kind, key from row_keys"))
    known |= tombstones.hits(Mark(*found) for found in rows(con, "select distinct kind, key from held"))
    lend(con, known)
    widen(con)
    choose(con)
    con.execute("""
        create or replace temp table named as
        select distinct row_id from row_keys where kind = 'record' and list_contains($1, key)
    """, [[m.value.removeprefix(MENTION) for m in mentions(con, tombstones)]])  # fmt: skip
    said = rows(con, "select distinct verbatim from said where row_id in (from shared) "
                "and ('person', person) in (select (kind, key) from erased)")  # fmt: skip
    count = remove(con)
    inside = marks_of(con, tombstones, load_ids)
    masked = mask(con, Masking(sorted(inside), tombstones, [text for (text,) in said]), load_ids)
    called = names_of(con, tombstones)
    return count + masked + mask(con, Masking(sorted(called), tombstones), load_ids, only="named")


MENTION = f"mention{UNIT}"


def mentions(con: duckdb.DuckDBPyConnection, tombstones: Tombstones) -> set[Mark]:
    """The records in whose words an erased person was named when he was erased."""
    keys = rows(con, "select distinct key from row_keys where kind = 'record'")
    return tombstones.hits(Mark("record", f"{MENTION}{key}") for (key,) in keys)


def marks_of(con: duckdb.DuckDBPyConnection, tombstones: Tombstones, load_ids: Sequence[int]) -> set[Mark]:
    """The marks of erased persons in the bodies and pieces of some loads, names aside."""
    among = f"load_id in ({', '.join(map(str, load_ids))})"
    bodies = f"(select body from raw.records where {among} union all select body from raw.rejects where {among})"
    return marks_in_texts(con, bodies, "body", tombstones)


def marks_in_texts(con: duckdb.DuckDBPyConnection, table: str, column: str, tombstones: Tombstones) -> set[Mark]:
    """The marks of erased persons that stand in a column of texts, names aside."""
    found: set[Mark] = set()
    for kind, pattern in LOOKS_LIKE.items():
        tokens = f"unnest(regexp_extract_all({PLAIN.format(text=column)}, $1))"
        query = f"select distinct {tokens} from {table} where {column} is not null"
        for (token,) in rows(con, query, [pattern]):
            found |= tombstones.hits(marks_in(kind, token, tombstones.region))
    return found


def names_of(con: duckdb.DuckDBPyConnection, tombstones: Tombstones) -> set[Mark]:
    """The erased names in the rows of the temporary table ``named``."""
    bodies = rows(con, f"select {PLAIN.format(text='body')} from raw.records where row_id in (from named)")
    return tombstones.hits({mark for (body,) in bodies for mark in names_in(body, tombstones.name_words)})


def forget_texts(con: duckdb.DuckDBPyConnection) -> None:
    """Drop what is remembered of texts that nobody holds any more."""
    con.execute("delete from enrichment.redactions where redacted not in (select redacted from enrichment.texts)")
    for table in ("annotations", "annotation_history"):
        con.execute(f"delete from enrichment.{table} where text_id not in (select text_id from enrichment.texts)")
