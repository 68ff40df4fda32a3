"""Publishes: writes what is public into a new file, which then takes the published one's place in one step."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import duckdb

from vocpipe import metrics
from vocpipe.contracts import PUBLISHED, RunError
from vocpipe.selects import comment, quoted
from vocpipe.statistics import statistics
from vocpipe.warehouse import rows, transaction
from vocpipe.warehouse.rooms import read_room

# Schemas that analysts see. Nothing else ever enters the published file.
PUBLIC = ("marts", "actions", "metrics", "quality")

# Columns that hold what customers wrote, or words of it.
WORDS = (
    *("marts.interactions.verbatim", "marts.annotations.evidence", "marts.aspects.evidence"),
    *("actions.suppressions.evidence", "actions.knowledge_gaps.examples"),
)

# BI tools and drivers bring a DuckDB of their own, often years older than ours. From this version on all can read the
# file, comments and macros included; it is 7 % larger for that. What nothing but vocpipe opens has no such limit.
READABLE_SINCE = "v1.2.0"

Copy = Callable[[duckdb.DuckDBPyConnection], None]
Described = dict[str, tuple[str, dict[str, str]]]  # table -> its definition, and the comment of each column


def path_of(directory: Path) -> Path:
    """Path of the published file of a project folder."""
    return directory / PUBLISHED


def publish(con: duckdb.DuckDBPyConnection, directory: Path, *, with_words: bool = True) -> Path:
    """Write a new published file and put it in the old one's place; readers keep what they have open.

    ``with_words`` False: what customers wrote is left out. Raises RunError where that cannot be done; the old file then
    stands as it was.
    """
    con.execute("set force_compression = 'auto'")  # what many open is worth packing
    try:
        copy = partial(copy_tables, with_words=with_words)
        return put(con, path_of(directory), "published file", copy, describe(con), metrics.macros_sql())
    finally:
        con.execute("set force_compression = 'uncompressed'")


def put(
    con: duckdb.DuckDBPyConnection, target: Path, what: str, copy: Copy, described: Described, further: str = ""
) -> Path:  # fmt: skip
    """Fill a new file, by ``copy`` and then the SQL ``further`` in it, and let it take the place of ``target``.

    ``copy`` writes into the attached database ``fresh``; ``what`` names the file for people. Raises RunError where it
    cannot be written.
    """
    fresh = target.with_name(f".{target.name}.new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        refuse_wal(target)
        fresh.unlink(missing_ok=True)
        fresh.with_name(fresh.name + ".wal").unlink(missing_ok=True)
        write(con, fresh, copy)
        finish(fresh, described, further)
        refuse_wal(fresh)
        os.replace(fresh, target)
    except (OSError, duckdb.IOException) as problem:
        raise RunError(
            f"{target} could not be written ({type(problem).__name__}), the last {what} stands: "
            "look at the disk's free space and at the rights of the folder, then run again."
        ) from problem
    refuse_wal(target)
    return target


def write(con: duckdb.DuckDBPyConnection, fresh: Path, copy: Copy) -> None:
    """Fill a new file with tables, in a form that other programs' DuckDB can read too."""
    con.execute(f"attach {quoted(str(fresh))} as fresh (storage_version '{READABLE_SINCE}')")
    try:
        copy(con)
    finally:
        con.execute("detach fresh")


def refuse_wal(path: Path) -> None:
    """Nobody writes to a published file; a write-ahead log beside it would make it unopenable or wrong."""
    wal = path.with_name(path.name + ".wal")
    if wal.exists():
        raise RunError(f"{wal} is there, so some program has written to the published file: remove it and run again.")


def public_tables(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Schema and name of every table and view to publish."""
    return rows(
        con,
        "select table_schema, table_name from information_schema.tables where table_catalog = current_database() "
        f"and table_schema in {PUBLIC} order by 1, 2",
    )


def copy_tables(con: duckdb.DuckDBPyConnection, *, with_words: bool = True) -> None:
    """Copy the public tables; the small ones in an order that does not depend on how they came about."""
    for schema in PUBLIC:
        con.execute(f"create schema fresh.{schema}")
    for schema, name in public_tables(con):
        # Sorting millions of texts by every column would take longer than all the rest of the publish.
        order = "" if schema == "marts" else " order by all"
        chosen = "*" if with_words else without_words(con, schema, name)
        con.execute(f"create table fresh.{schema}.{name} as select {chosen} from {schema}.{name}{order}")


def without_words(con: duckdb.DuckDBPyConnection, schema: str, name: str) -> str:
    """The columns of a table, those that hold customers' words empty."""
    kinds = dict(rows(con, "select column_name, data_type from duckdb_columns() where schema_name = $1 "
                           "and table_name = $2 and database_name = current_database()", [schema, name]))  # fmt: skip
    empty = [f"null::{kinds[column]} as {column}" for column in kinds if f"{schema}.{name}.{column}" in WORDS]
    return f"* replace ({', '.join(empty)})" if empty else "*"


def finish(fresh: Path, described: Described, further: str) -> None:
    """Write the comments and the macros into the new file, close it, and see it onto the disk."""
    con = duckdb.connect(":memory:")
    try:
        # Opened by itself the file would go by its own name, which may be that of a schema in it.
        con.execute(f"attach {quoted(str(fresh))} as fresh; use fresh")
        with transaction(con):  # one write to the disk, not one for every column
            for table, (definition, columns) in described.items():
                comment(con, table, definition, columns)
        con.execute(further)
        con.execute("checkpoint; use memory; detach fresh")
    finally:
        con.close()
    with fresh.open("rb") as file:
        os.fsync(file.fileno())


def describe(con: duckdb.DuckDBPyConnection) -> Described:
    """Definition and column comments of every public table: of the file that makes it, and those the work file has."""
    known = definitions()
    told = dict(rows(con, "select schema_name || '.' || table_name, comment from duckdb_tables() "
                          "where database_name = current_database() and comment is not null"))  # fmt: skip
    commented: dict[str, dict[str, str]] = {}
    for table, column, said in rows(
        con,
        "select schema_name || '.' || table_name, column_name, comment from duckdb_columns() "
        "where database_name = current_database() and comment is not null",
    ):
        commented.setdefault(table, {})[column] = said
    described: Described = {}
    for schema, name in public_tables(con):
        table = f"{schema}.{name}"
        definition, columns = known.get(table, ("", {}))
        described[table] = (told.get(table, definition), columns | commented.get(table, {}))
    return described


def definitions() -> Described:
    """What the files of the rooms and statistics say of their tables; a view has the columns of the one it hands on."""
    facts = {select.name: select.columns for select in read_room("facts")}
    selects = [select for schema in PUBLIC for select in read_room(schema)] + metrics.published_tables()
    known = {select.table: (select.definition, select.columns or facts.get(select.name, {})) for select in selects}
    for schema in PUBLIC:
        for made in statistics(schema):
            known[made.TABLE] = (made.DEFINITION, {name: said for name, (_, said) in made.COLUMNS.items()})
    return known
