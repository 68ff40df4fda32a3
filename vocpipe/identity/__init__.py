"""Identity: which records, over all sources, belong to one person, and why.

Reads staging.persons, staging.identifiers and what persons decided; writes the schema ``identity``. The rules are pure
functions in ``clusters``; what SQL can say stands in the .sql files; this file only carries data between the two.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import duckdb
import pandas as pd

from vocpipe.contracts import UsageError
from vocpipe.identity import changes, decided, history, phones, tables
from vocpipe.identity.clusters import Resolution, resolve_records

__all__ = ["resolve"]

# A run that sees everything.
END = datetime(9999, 12, 31)

UNREAD_PHONES = """
    select distinct written.identifier as raw
    from written_identifiers as written
    left join identity.phones as known on written.identifier = known.raw and known.region = getvariable('phone_region')
    where written.identifier_type = 'phone' and written.identifier is not null and known.raw is null
"""

# An identifier on one record alone links nothing: it is left out before anything is compared.
HOLDINGS = """
    with shared as (
        select
            identifier_type,
            identifier,
            cast(identifier_type as enum ('account_id', 'handle', 'phone', 'email', 'birth')) as type_name,
            row_number() over (order by identifier_type, identifier) - 1 as value,
        from held_identifiers
        group by identifier_type, identifier
        having count(*) > 1
    )
    select nodes.node, shared.value, shared.type_name as identifier_type, held.is_role
    from held_identifiers as held
    inner join shared on held.identifier = shared.identifier and held.identifier_type = shared.identifier_type
    inner join record_nodes as nodes on held.record_id = nodes.record_id and held.source = nodes.source
"""

RECORDS = """
    select source, person_kind, given_name, family_name, birth_on, signed_up_on, arrived_at
    from record_nodes order by node
"""

# What was judged of pairs of records beside the rules: by persons, and by a model that is sure.
JUDGED = """
    with judged as (
        select source_a, record_id_a, source_b, record_id_b, verdict from fresh_decisions where status = 'applied'
        union all
        select source_a, record_id_a, source_b, record_id_b, 'likely' from fresh_candidates where verdict = 'same'
    )
    select a.node as node_a, b.node as node_b, judged.verdict
    from judged
    inner join record_nodes as a on judged.source_a = a.source and judged.record_id_a = a.record_id
    inner join record_nodes as b on judged.source_b = b.source and judged.record_id_b = b.record_id
"""


def resolve(
    con: duckdb.DuckDBPyConnection, secret: bytes, phone_region: str, linked_at: datetime, *,
    as_of: datetime = END, anew: bool = False, quick: bool = False,
) -> dict[str, int]:  # fmt: skip
    """Brings the tables of the schema ``identity`` up to date and returns the number of rows of each.

    ``secret`` keys the pseudonyms: the same secret and records give the same ``customer_id``s. ``phone_region`` is
    the region of phone numbers without a country code (upper case, may be empty). ``linked_at`` (naive UTC) is written
    beside each new link and judgement; a look back (``as_of`` before that of an earlier run) begins and ends none. Only
    what could have changed since the last run is resolved again, with the same result as ``anew``, which does all.
    With ``quick`` the model that compares names is not asked (its last word holds) and the records are not noted as
    seen, so that the next run looks at them again, in full. Raises UsageError for an empty secret or an unknown region.
    All but the history and ``identity.phones``, which remembers spellings already read, is a function of the two
    staging tables and of the temporary table ``decided``
    of ``decided.lend``, where it is there.
    """
    if not secret:
        raise UsageError(
            "The secret that keys customer ids is empty: restore work/pseudonym.key, or remove it to make new ids."
        )
    phones.check_region(phone_region)
    con.execute("set variable phone_region = $1", [phone_region])
    con.execute("set variable linked_at = $1", [linked_at])
    con.execute("set variable seen_until = $1::timestamp", [as_of])
    con.execute("set variable secret_print = $1", [hmac.digest(secret, b"identity", "sha256").hex()])
    if not con.execute("select 1 from duckdb_tables() where temporary and table_name = 'decided'").fetchall():
        decided.lend(con, [])
    con.begin()
    try:
        resolve_part(con, secret, phone_region, anew=anew, quick=quick)
    except BaseException:
        con.rollback()
        raise
    con.commit()
    return tables.counts(con)


def resolve_part(
    con: duckdb.DuckDBPyConnection, secret: bytes, phone_region: str, *, anew: bool, quick: bool
) -> None:  # fmt: skip
    """Resolves what could have changed, in one transaction of the caller's."""
    scope = changes.find(con, anew, quick, lambda: normalise(con, phone_region))
    if scope == changes.NOTHING:
        return
    tables.make(con, "decisions")
    found = resolve_records(con.execute(RECORDS).df(), con.execute(HOLDINGS).df(), con.execute(JUDGED).df())
    history.standing(con, scope)
    with lent(con, found, secret):
        for name in ("links", "contradictions", "customers", "former_ids", "judgements"):
            tables.make(con, name)
        if not quick:
            changes.remember(con, scope)
    history.keep(con)
    for name in tables.KEYS:
        if name not in tables.READ:
            tables.store(con, name, scope)


def normalise(con: duckdb.DuckDBPyConnection, region: str) -> None:
    """Reads the identifiers in ``written_identifiers`` into their normal forms."""
    raw = [row[0] for row in con.execute(UNREAD_PHONES).fetchall()]
    new = pd.DataFrame({"raw": raw, "region": region, "e164": phones.read_all(raw, region)}, dtype="str")
    con.register("new_phones", new)
    con.execute("insert into identity.phones select raw, region, e164 from new_phones")
    con.unregister("new_phones")
    for name in ("spellings", *tables.READ):
        tables.make(con, name)
    con.execute("drop table fresh_spellings")


@contextmanager
def lent(con: duckdb.DuckDBPyConnection, found: Resolution, secret: bytes) -> Iterator[None]:
    """Lends the findings to SQL as views; each customer's pseudonym is keyed on its canonical record."""
    con.register("own_nodes", found.links[["node", "canonical"]])
    rows = con.execute(
        "select node, source, record_id from record_nodes where node in (select canonical from own_nodes) or "
        "person_kind = 'customer_record' and node in (select node from own_nodes where node <> canonical)"
    ).fetchall()
    ids = {node: pseudonym(secret, source, record_id) for node, source, record_id in rows}
    links = found.links
    links = links.assign(
        customer_id=links["canonical"].map(ids).astype(object), own_id=links["node"].map(ids).astype(object)
    )
    views = {
        "found_links": links,
        "found_pairs": found.pairs,
        "found_contradictions": found.contradictions,
        "found_components": found.components,
    }
    for name, frame in views.items():
        words = {column: "str" for column in frame if frame[column].dtype == object}
        con.register(name, frame.astype(words))  # a column of texts without a row would be one of numbers
    yield
    for name in (*views, "own_nodes"):
        con.unregister(name)


def pseudonym(secret: bytes, source: str, record_id: str) -> str:
    """Returns the customer_id of a canonical record: ``c_`` and 16 hexadecimal digits of HMAC-SHA256."""
    return "c_" + hmac.digest(secret, f"{source}\x1f{record_id}".encode(), "sha256").hex()[:16]
