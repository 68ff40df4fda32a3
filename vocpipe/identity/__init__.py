"""Identity: which records, over all sources, belong to one person, and why.

Reads staging.persons and staging.identifiers; writes the schema ``identity``. The rules are pure functions in
``clusters``; what SQL can say stands in the .sql files; this file only carries data between the two.
"""

from __future__ import annotations

import hmac
from datetime import datetime

import duckdb
import pandas as pd

from vocpipe.contracts import UsageError
from vocpipe.identity import phones, tables
from vocpipe.identity.clusters import Resolution, resolve_records

__all__ = ["resolve"]

UNREAD_PHONES = """
    select distinct written.identifier as raw
    from staging.identifiers as written
    left join identity.phones as known on written.identifier = known.raw and known.region = getvariable('phone_region')
    where written.identifier_type = 'phone' and written.identifier is not null and known.raw is null
"""

RECORD_NODES = """
    select *, row_number() over (order by source, record_id) - 1 as node from staging.persons
"""

# An identifier on one record alone links nothing: it is left out before anything is compared.
HOLDINGS = """
    with shared as (
        select
            identifier_type,
            identifier,
            cast(identifier_type as enum ('account_id', 'handle', 'phone', 'email', 'birth')) as type_name,
            row_number() over (order by identifier_type, identifier) - 1 as value,
        from identity.identifiers
        group by identifier_type, identifier
        having count(*) > 1
    )
    select nodes.node, shared.value, shared.type_name as identifier_type, held.is_role
    from identity.identifiers as held
    inner join shared on held.identifier = shared.identifier and held.identifier_type = shared.identifier_type
    inner join record_nodes as nodes on held.record_id = nodes.record_id and held.source = nodes.source
"""


def resolve(con: duckdb.DuckDBPyConnection, secret: bytes, phone_region: str, linked_at: datetime) -> dict[str, int]:
    """(Re)creates the tables of the schema ``identity`` and returns the number of rows of each.

    ``secret`` keys the pseudonyms: the same secret and records give the same ``customer_id``s. ``phone_region`` is
    the region of phone numbers without a country code (upper case, may be empty). ``linked_at`` (naive UTC) is written
    beside each link. Raises UsageError for an empty secret or an unknown region. All but ``identity.phones``, which
    remembers spellings already read, is a function of the two staging tables.
    """
    if not secret:
        raise UsageError(
            "The secret that keys customer ids is empty: restore work/pseudonym.key, or remove it to make new ids."
        )
    phones.check_region(phone_region)
    con.execute("create schema if not exists identity")
    con.execute("set variable phone_region = $1", [phone_region])
    con.execute("set variable linked_at = $1", [linked_at])
    _read_phones(con, phone_region)
    counts = {name: tables.create(con, name) for name in ("spellings", "identifiers", "unusable_identifiers")}
    con.execute(f"create or replace temp table record_nodes as {RECORD_NODES}")
    found = _resolve(con)
    _lend(con, found, secret)
    counts |= {name: tables.create(con, name) for name in ("links", "contradictions", "customers")}
    for name in ("found_links", "found_contradictions"):
        con.unregister(name)
    con.execute("drop table record_nodes")
    return counts


def _read_phones(con: duckdb.DuckDBPyConnection, region: str) -> None:
    """Adds to identity.phones the spellings that no earlier run has read under this region."""
    con.execute("create table if not exists identity.phones (raw varchar, region varchar, e164 varchar)")
    raw = [row[0] for row in con.execute(UNREAD_PHONES).fetchall()]
    new = pd.DataFrame({"raw": raw, "region": region, "e164": phones.read_all(raw, region)}, dtype="str")
    con.register("new_phones", new)
    con.execute("insert into identity.phones select raw, region, e164 from new_phones")
    con.unregister("new_phones")


def _resolve(con: duckdb.DuckDBPyConnection) -> Resolution:
    records = con.execute(
        "select person_kind, given_name, family_name, birth_on, signed_up_on from record_nodes order by node"
    ).df()
    return resolve_records(records, con.execute(HOLDINGS).df())


def _lend(con: duckdb.DuckDBPyConnection, found: Resolution, secret: bytes) -> None:
    """Lends the findings to SQL as views; each customer's pseudonym is keyed on its canonical record."""
    canonical = found.links["canonical"].unique()
    con.register("canonical_nodes", pd.DataFrame({"node": canonical}))
    rows = con.execute(
        "select node, source, record_id from record_nodes inner join canonical_nodes using (node)"
    ).fetchall()
    con.unregister("canonical_nodes")
    ids = {node: pseudonym(secret, source, record_id) for node, source, record_id in rows}
    con.register("found_links", found.links.assign(customer_id=found.links["canonical"].map(ids)))
    con.register("found_contradictions", found.contradictions)


def pseudonym(secret: bytes, source: str, record_id: str) -> str:
    """Returns the customer_id of a canonical record: ``c_`` and 16 hexadecimal digits of HMAC-SHA256."""
    return "c_" + hmac.digest(secret, f"{source}\x1f{record_id}".encode(), "sha256").hex()[:16]
