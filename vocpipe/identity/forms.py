"""The normal forms of one identifier that somebody typed, by the same SELECT that makes those of all records."""

from __future__ import annotations

import duckdb

from vocpipe.identity import phones, tables

TYPED = """
    create or replace temp table written_identifiers as
    select 'typed' as source, '' as record_id, unnest(['account_id', 'email', 'phone', 'handle']) as identifier_type,
        $1 as identifier
"""


def normal_forms(con: duckdb.DuckDBPyConnection, written: str, phone_region: str) -> list[tuple[str, str]]:
    """Returns identifier type and normal form of all that ``written`` can be; nothing where it can be no identifier.

    ``con`` is a connection whose own database is in memory (it is used as a scratch pad); ``phone_region`` is as for
    ``resolve``. Raises UsageError for an unknown region.
    """
    phones.check_region(phone_region)
    scratch = con.cursor()  # with variables and a current database of its own
    scratch.execute("use memory; create schema if not exists identity")
    scratch.execute("set variable phone_region = $1", [phone_region])
    scratch.execute(TYPED, [written])
    e164 = phones.e164(written, phone_region)
    scratch.execute("create or replace table identity.phones (raw varchar, region varchar, e164 varchar)")
    scratch.execute("insert into identity.phones values ($1, $2, $3)", [written, phone_region, e164])
    return scratch.execute(
        f"select identifier_type, identifier from (\n{tables.select_of('spellings').sql}\n) "
        "where identifier is not null order by all"
    ).fetchall()
