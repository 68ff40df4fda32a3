"""The tables that identity reads and keeps, as an empty work file has them: for tests that call it alone."""

from __future__ import annotations

from importlib.resources import files

import duckdb

from vocpipe.identity import changes, fuzzy

PERSONS = {
    "source": "varchar", "record_id": "varchar", "person_kind": "varchar", "given_name": "varchar",
    "family_name": "varchar", "birth_on": "date", "town": "varchar", "postcode": "varchar", "street": "varchar",
    "signed_up_on": "date", "arrived_at": "timestamp",
}  # fmt: skip
IDENTIFIERS = {"source": "varchar", "record_id": "varchar", "identifier_type": "varchar", "identifier": "varchar"}


def migrate(con: duckdb.DuckDBPyConnection) -> None:
    """Make the tables of the schema identity that outlive a run."""
    con.execute("create schema identity; create table identity.phones (raw varchar, region varchar, e164 varchar)")
    for name in ("0003_judgements", "0016_compared_records", "0017_weighed_pairs", "0018_judgement_numbers"):
        con.execute(files("vocpipe.warehouse").joinpath(f"migrations/{name}.sql").read_text(encoding="utf-8"))


def empty_staging(con: duckdb.DuckDBPyConnection) -> None:
    """(Re)make the two staging tables that identity reads, without a row."""
    con.execute("create schema if not exists staging")
    for table, columns in (("persons", PERSONS), ("identifiers", IDENTIFIERS)):
        described = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        con.execute(f"create or replace table staging.{table} ({described})")


def ready_to_propose(con: duckdb.DuckDBPyConnection) -> None:
    """Lend the model all records of staging.persons, and identity.identifiers."""
    con.execute(changes.NAMED)
    con.execute("create or replace temp view fresh_identifiers as select * from identity.identifiers")
    con.execute("delete from identity.compared_records")
    fuzzy.take_in(con)
    con.execute("drop view fresh_identifiers; drop table named_records")
