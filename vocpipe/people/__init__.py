"""Recognised persons as people look at them: finds a record or a person by what somebody typed.

The .sql files beside this one make the private snapshot; everything here reads it, and the published file as ``voc``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import duckdb

from vocpipe.contracts import UsageError
from vocpipe.decisions import Record

__all__ = ["CUSTOMER_ID", "Nobody", "asked", "one_person", "one_record", "records_of"]


class Nobody(UsageError):
    """What somebody typed means no record that the last run knows."""


CUSTOMER_ID = re.compile(r"c_[0-9a-f]{16}")
LISTED = 20  # more records than this hold an identifier that nobody would judge by

# Both find the canonical record of a customer. An id that a customer bears now is asked for first.
CANONICAL = """
    select source, record_id from people.records where customer_id = $1 and link_rule = 'record'
"""
FORMERLY = """
    select source, record_id
    from people.records
    semi join (select customer_id from people.former_ids where former_customer_id = $1) using (customer_id)
    where link_rule = 'record'
"""
HOLDERS = """
    select source, record_id from people.identifiers where identifier_type = $1 and identifier = $2
"""


def asked(con: duckdb.DuckDBPyConnection, query: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
    """The rows of a query, each as a dictionary."""
    result = con.execute(query, list(parameters))
    names = [column[0] for column in result.description or []]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def records_of(con: duckdb.DuckDBPyConnection, written: str, phone_region: str) -> list[Record]:
    """The records that ``written`` means: ``source:record_id``, a customer id (its canonical record), an identifier.

    A former customer id means the customer that it belongs to now. Raises Nobody where it means no record.
    """
    if any("\ud800" <= c <= "\udfff" for c in written):  # bytes of no text: nothing is called that
        found = []
    elif CUSTOMER_ID.fullmatch(written):
        found = _canonical(con, written)
    else:
        found = _exactly(con, written) or _holding(con, written, phone_region)
    if not found:
        raise Nobody(
            "the last run knows nobody by what you wrote: write source:record_id, a customer id or an e-mail address, "
            "phone number, handle or account id as a whole."
        )
    return found


def one_record(con: duckdb.DuckDBPyConnection, written: str, phone_region: str) -> Record:
    """The one record that ``written`` means. Raises UsageError that lists them where several hold the identifier."""
    found = records_of(con, written, phone_region)
    if len(found) > 1:
        raise UsageError(f"{len(found)} records hold that identifier: write one of {listed(found)}.")
    return found[0]


def one_person(con: duckdb.DuckDBPyConnection, written: str, phone_region: str) -> tuple[str | None, Record]:
    """The customer (None: not resolved) and one record of the person that ``written`` means.

    Where customers and unresolved records hold an identifier, the customer is meant. Raises Nobody where nobody
    does, UsageError where several persons hold it.
    """
    found = records_of(con, written, phone_region)
    customers: dict[str | None, Record] = {}
    for record in found:
        customers.setdefault(customer_of(con, record), record)
    resolved = [customer for customer in customers if customer]
    if len(resolved) > 1:
        raise UsageError(f"{len(resolved)} customers hold that identifier: write one of {', '.join(sorted(resolved))}.")
    if not resolved and len(found) > 1:
        raise UsageError(f"{len(found)} unresolved records hold that identifier: write one of {listed(found)}.")
    chosen = resolved[0] if resolved else None
    return chosen, customers[chosen]


def customer_of(con: duckdb.DuckDBPyConnection, record: Record) -> str | None:
    """The customer that a record belongs to; None: it is not resolved."""
    rows = asked(con, "select customer_id from people.records where source = $1 and record_id = $2", record)
    return rows[0]["customer_id"] if rows else None


def listed(records: Sequence[Record]) -> str:
    """The records as a person can write them."""
    told = ", ".join(map(str, records[:LISTED]))
    return told if len(records) <= LISTED else f"{told} and {len(records) - LISTED} more"


def _canonical(con: duckdb.DuckDBPyConnection, customer_id: str) -> list[Record]:
    """The canonical record of a customer, or of the customer to whom a former id belongs now."""
    rows = con.execute(CANONICAL, [customer_id]).fetchall() or con.execute(FORMERLY, [customer_id]).fetchall()
    return [Record(*row) for row in rows]


def _exactly(con: duckdb.DuckDBPyConnection, written: str) -> list[Record]:
    """The record written as ``source:record_id``."""
    source, _, record_id = written.partition(":")
    query = "select source, record_id from people.records where source = $1 and record_id = $2"
    return [Record(*row) for row in con.execute(query, [source, record_id]).fetchall()]


def _holding(con: duckdb.DuckDBPyConnection, written: str, phone_region: str) -> list[Record]:
    """The records that hold ``written`` as an identifier, in whatever spelling."""
    from vocpipe.identity.forms import normal_forms  # takes a second, and most commands do not need it

    found = [con.execute(HOLDERS, list(form)).fetchall() for form in normal_forms(con, written, phone_region)]
    return sorted({Record(*row) for rows in found for row in rows})
