"""Takes a person out of the files that runs leave behind, and writes a file anew so that nothing stays in free blocks.

Rows go by the columns that name a person or a thing of the person; in all other texts what tells the person is masked.
Figures stay as they were published.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from vocpipe.contracts import RunError
from vocpipe.erasure import Masking
from vocpipe.selects import quoted
from vocpipe.warehouse import rows
from vocpipe.warehouse.persons import Whole, put_pairs

# Columns that name a person or a thing, and the temporary table of those that go.
NAMING = (
    (("customer_id",), "gone_customers"),
    (("former_customer_id",), "gone_customers"),
    (("interaction_id",), "gone_interactions"),
    (("source", "record_id"), "gone_records"),
    (("source", "person_id"), "gone_records"),
    (("source_a", "record_id_a"), "gone_records"),
    (("source_b", "record_id_b"), "gone_records"),
    (("source", "order_id"), "gone_order_id"),
    (("source", "response_id"), "gone_response_id"),
    (("source", "conversation_id"), "gone_conversation_id"),
)
TEXTUAL = ("VARCHAR", "JSON", "STRUCT", "MAP")
COLUMNS = """
select schema_name, table_name, list(struct_pack(name := column_name, kind := data_type) order by column_index)
from duckdb_columns() where database_name = current_database() and not internal and schema_name || '.' || table_name in
    (select schema_name || '.' || table_name from duckdb_tables() where database_name = current_database())
group by all order by all
"""


def lend(con: duckdb.DuckDBPyConnection, whole: Whole) -> None:
    """Put what names the person into temporary tables."""
    for name, ids in (("customers", whole.customers), ("interactions", whole.interactions)):
        con.execute(f"create or replace temp table gone_{name} (id varchar)")
        if ids:
            con.executemany(f"insert into gone_{name} values (?)", [[one] for one in sorted(ids)])
    put_pairs(con, "gone_records", whole.records)
    for column in ("order_id", "response_id", "conversation_id"):
        put_pairs(con, f"gone_{column}", {(source, one) for source, name, one in whole.things if name == column})


def take_out(con: duckdb.DuckDBPyConnection, whole: Whole, masking: Masking, keep: tuple[str, ...] = ()) -> int:
    """Delete the person's rows from every table of the current database (schemas in ``keep`` aside), and mask the rest.

    Returns how many rows went.
    """
    lend(con, whole)
    gone = 0
    for schema, table, columns in rows(con, COLUMNS):
        if schema in keep:
            continue
        name, names = f'{schema}."{table}"', {column["name"] for column in columns}
        for key, those in NAMING:
            # Others speak in a person's ticket too: what they said is theirs.
            if set(key) <= names and not (key[-1] == "conversation_id" and "interaction_id" in names):
                gone += delete(con, name, key, those)
        for column in columns:
            if any(kind in column["kind"] for kind in TEXTUAL):
                blot(con, name, column["name"], column["kind"], masking)
    return gone


def delete(con: duckdb.DuckDBPyConnection, table: str, key: tuple[str, ...], those: str) -> int:
    """Delete rows by the columns that name them; returns how many these were."""
    chosen = f"({', '.join(key)}) in (select {'id' if len(key) == 1 else '(source, record_id)'} from {those})"
    return int(rows(con, f"delete from {table} where {chosen}")[0][0])


def blot(con: duckdb.DuckDBPyConnection, table: str, column: str, kind: str, masking: Masking) -> None:
    """Mask the texts of one column, whatever it is made of."""
    cell = f'"{column}"'
    # As text a list has quotes of its own around and within its texts: they are looked at one by one.
    chosen = f"where regexp_matches({cell}, $1)" if kind == "VARCHAR" else "where $1 is not null"
    query = f"select distinct cast({cell} as varchar), {cell} from {table} {chosen} and {cell} is not null"
    found = rows(con, query, [masking.prefilter()])
    changed = [(before, fresh) for before, value in found if (fresh := masked(value, masking)) != value]
    if not changed:
        return
    con.register("blotted", pa.table({"before": [b for b, _ in changed], "fresh": [f for _, f in changed]}))
    con.execute(
        f"update {table} as t set {cell} = cast(b.fresh as {kind}) from blotted as b "
        f"where cast(t.{cell} as varchar) = b.before"
    )
    con.unregister("blotted")


def masked(value: Any, masking: Masking) -> Any:
    """A value with the texts in it masked."""
    if isinstance(value, str):
        return masking.apply(value)
    if isinstance(value, list):
        return [masked(one, masking) for one in value]
    if isinstance(value, dict):
        return {key: masked(one, masking) for key, one in value.items()}
    return value


# --------------------------------------------------------------------------- files


def compact(path: Path, compression: str = "uncompressed") -> None:
    """Write a DuckDB file anew beside the old one and let it take its place: no deleted row stays in free blocks.

    Raises RunError where another program holds it or the disk refuses; the old file then stands.
    """
    fresh = path.with_name(f".{path.name}.new")
    try:
        for left in (fresh, fresh.with_name(f"{fresh.name}.wal")):
            left.unlink(missing_ok=True)
        mode = path.stat().st_mode & 0o777
        with private(), scratch() as con:
            con.execute(f"set force_compression = '{compression}'")
            con.execute(f"attach {quoted(str(path))} as old; attach {quoted(str(fresh))} as fresh")
            con.execute("copy from database old to fresh")
            con.execute("checkpoint fresh; detach fresh; detach old")
        fresh.chmod(mode)
        with fresh.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(fresh, path)
    except (OSError, duckdb.Error) as problem:
        fresh.unlink(missing_ok=True)
        raise RunError(
            f"{path} could not be written anew ({type(problem).__name__}) and stands as it was: close programs that "
            "use it, look at the disk's free space, then do the same again."
        ) from problem


def rewritten(path: Path, edit: Callable[[duckdb.DuckDBPyConnection], object]) -> None:
    """Edit a DuckDB file without ever writing to it: a copy is edited, written anew and put in its place."""
    copy = path.with_name(f".{path.stem}.edit.duckdb")
    try:
        with private():
            shutil.copyfile(path, copy)
        copy.chmod(path.stat().st_mode & 0o777)
        with scratch() as con:
            con.execute(f"attach {quoted(str(copy))} as edited; use edited")
            edit(con)
            con.execute("use memory; detach edited")
        compact(copy, "auto")
        os.replace(copy, path)
    finally:
        for left in (copy, copy.with_name(f"{copy.name}.wal")):
            left.unlink(missing_ok=True)


@contextmanager
def scratch() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection of its own, in memory, that loads nothing."""
    con = duckdb.connect(":memory:")
    try:
        con.execute("set autoinstall_known_extensions = false; set autoload_known_extensions = false")
        con.execute("set enable_progress_bar = false; set preserve_insertion_order = true")
        yield con
    finally:
        con.close()


@contextmanager
def private() -> Iterator[None]:
    """Files made within are readable by their owner alone."""
    old_mask = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(old_mask)


@contextmanager
def reading(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that reads one DuckDB file."""
    with scratch() as con:
        con.execute(f"attach {quoted(str(path))} as looked (read_only); use looked")
        yield con


def texts_in(con: duckdb.DuckDBPyConnection, size: int) -> Iterator[tuple[str, list[str]]]:
    """The different texts of every column, comment, view and macro of the current database, in portions."""
    for schema, table, columns in rows(con, COLUMNS):
        for column in columns:
            if not any(kind in column["kind"] for kind in TEXTUAL):
                continue
            cell = f'"{column["name"]}"'
            whole = f"cast({cell} as varchar)"
            query = f'select distinct {whole} from {schema}."{table}" where {cell} is not null'
            result = con.execute(query)
            while found := result.fetchmany(size):
                yield f"{schema}.{table}.{column['name']}", [text for (text,) in found]
    for what in ("tables", "columns", "views", "functions"):
        said = rows(con, f"select * from duckdb_{what}() where not internal and database_name = current_database()")
        yield f"duckdb_{what}", [str(cell) for row in said for cell in row if isinstance(cell, str)]
