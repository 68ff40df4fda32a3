"""Tables as Parquet between DuckDB and Spark, in a folder that both can read: here, or at any address Arrow knows."""

from __future__ import annotations

import re
from collections.abc import Sequence

import duckdb
import pyarrow.dataset as ds
from pyarrow import fs

from vocpipe.contracts import RunError

# DuckDB's types in Spark's words; those with arguments of their own are taken apart in `spark_type`. A sum of whole
# numbers has 128 bits in DuckDB and 64 in Spark, which ends a run that needs more.
TYPES = {
    "VARCHAR": "string", "BIGINT": "bigint", "INTEGER": "int", "SMALLINT": "smallint", "TINYINT": "tinyint",
    "HUGEINT": "bigint", "UBIGINT": "bigint", "UINTEGER": "bigint", "DOUBLE": "double", "FLOAT": "float",
    "BOOLEAN": "boolean", "DATE": "date", "TIMESTAMP": "timestamp_ntz", "JSON": "string", '"NULL"': "int",
}  # fmt: skip
# What DuckDB is to hand out where Spark has no such type.
CASTS = {"HUGEINT": "bigint", "UBIGINT": "bigint", "UINTEGER": "bigint", "JSON": "varchar", '"NULL"': "integer"}

ROWS = 1_000_000  # in a file, which one worker reads
Columns = Sequence[tuple[str, str]]  # names and types of DuckDB


def opened(place: str) -> tuple[fs.FileSystem, str]:
    """The file system of an address and the path in it. Raises OSError or ValueError for one that Arrow does not know.

    Spark's name for S3 is s3a, Arrow's is s3.
    """
    system, path = fs.FileSystem.from_uri(re.sub(r"^s3[an]:", "s3:", place))
    return system, path


def spark_type(kind: str) -> str:
    """The type of Spark for one of DuckDB. Raises RunError for one that has none."""
    if kind.endswith("[]"):
        return f"array<{spark_type(kind[:-2])}>"
    if kind.startswith("DECIMAL("):
        return kind.lower()
    if kind.startswith("ENUM("):
        return "string"
    if kind not in TYPES:
        raise RunError(f"Spark has no type for {kind} of DuckDB: a SELECT that runs on Spark casts it to another one.")
    return TYPES[kind]


def schema_of(columns: Columns) -> str:
    """The schema of a table as Parquet, in Spark's words."""
    return ", ".join(f"c{i} {spark_type(kind)}" for i, (_, kind) in enumerate(columns))


def write(con: duckdb.DuckDBPyConnection, table: str, columns: Columns, place: str) -> None:
    """Write a table of DuckDB as Parquet; columns are called c0, c1 and so on: Parquet does not bear every name."""
    casts = ("varchar" if kind.startswith("ENUM(") else CASTS.get(kind, kind) for _, kind in columns)
    chosen = (
        f'cast("{name}" as {cast}) as c{i}' for i, ((name, _), cast) in enumerate(zip(columns, casts, strict=True))
    )
    system, path = opened(place)
    reader = con.sql(f"select {', '.join(chosen)} from {table}").to_arrow_reader(ROWS)
    ds.write_dataset(reader, path, format="parquet", filesystem=system, max_rows_per_file=ROWS, max_rows_per_group=ROWS)


def count(place: str) -> int:
    """How many rows lie in a place; Parquet says so in its last lines."""
    system, path = opened(place)
    return int(ds.dataset(path, format="parquet", filesystem=system).count_rows())


def read(con: duckdb.DuckDBPyConnection, place: str, table: str, columns: Columns) -> None:
    """Add what Spark has written as Parquet to a table of DuckDB; columns go by their place."""
    system, path = opened(place)
    chosen = ", ".join(f"cast(c{i} as {kind})" for i, (_, kind) in enumerate(columns))
    con.register("came_back", ds.dataset(path, format="parquet", filesystem=system))
    con.execute(f"insert into {table} select {chosen} from came_back")
    con.unregister("came_back")
