"""What the SQL rooms speak to in the place of DuckDB: SELECTs run on Spark, everything else as before.

What a SELECT makes is at home on Spark, as Parquet. DuckDB has a table of the same columns beside it: with the rows
where the table has a schema and others read it, without them where it is a step on the way (a temporary table). All
else is at home in DuckDB; Spark takes it when a SELECT first reads it, and again when it has changed since.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb
from sqlglot import exp

from vocpipe.selects import quoted
from vocpipe.spark import dialect, exchange

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

QUERY = (exp.Select, exp.SetOperation)
Rows = list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Held:
    """A table as Spark has it: where its rows lie, and what DuckDB said of it then."""

    places: tuple[str, ...]
    state: Rows
    is_step: bool = False


class Found:
    """The result of a query that ran on Spark."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def fetchall(self) -> Rows:
        """All rows."""
        return self._rows


class Engine:
    """Takes the statements of the rooms as a connection to DuckDB does."""

    def __init__(self, con: duckdb.DuckDBPyConnection, spark: SparkSession, folder: str) -> None:
        self._con, self._spark, self._folder = con, spark, folder
        self._held: dict[str, Held] = {}
        self._views: dict[str, exp.Expr] = {}
        self._count = 0

    def execute(self, sql: str, parameters: Sequence[Any] | None = None) -> Any:
        """Do one statement; what a query finds is had by ``fetchall``."""
        if sql.startswith(("set ", "comment ", "describe ")):
            return self._con.execute(sql, parameters)
        tree = dialect.read(sql)
        query = tree.expression
        if isinstance(tree, exp.Create) and isinstance(query, QUERY):
            if tree.kind == "VIEW":
                self._views[dialect.view_of(tree.this)] = query
                self._con.execute(sql)
            else:
                self._make(tree.this, query, is_step=not tree.this.db)
        elif isinstance(tree, exp.Insert) and isinstance(query, QUERY):
            return Found([(self._add(tree.this, query),)])
        elif isinstance(tree, QUERY) and self._needs_spark(tree):
            asked = dialect.filled(tree, parameters or ())
            return Found([tuple(row) for row in self._query(asked).collect()])
        elif isinstance(tree, exp.Alter) and self._is_step(tree.this):
            self._alter(tree.this, sql)
        else:
            self._forget(tree)
            self._con.execute(sql, parameters)
        return self._con

    def executemany(self, sql: str, rows: Sequence[Sequence[Any]]) -> Any:
        """Do one statement of DuckDB for each of some rows."""
        self._forget(dialect.read(sql))
        return self._con.executemany(sql, rows)

    def _make(self, table: exp.Table, query: exp.Expr, *, is_step: bool) -> None:
        """Make a table anew: its columns are those that DuckDB gives it, its rows those that Spark finds."""
        name, kind = table.sql("duckdb"), "temp table" if is_step else "table"
        frame = self._query(query)  # before DuckDB's table, which may stand for an older one of that name
        self._con.execute(f"create or replace {kind} {name} as select * from ({query.sql('duckdb')}) limit 0")
        columns = self._columns(table)
        place = self._written(frame, [kind for _, kind in columns])
        if not is_step:
            exchange.read(self._con, place, name, columns)
        self._hold(table, (place,), is_step=is_step)

    def _add(self, table: exp.Table, query: exp.Expr) -> int:
        """Add what a SELECT finds to a table; columns that it does not name are null. Returns how many rows it was."""
        frame = self._query(query)
        self._take(table)
        columns, named = self._columns(table), dict(zip(map(str.lower, frame.columns), frame.columns, strict=True))
        chosen = [f"`{named[c.lower()]}`" if c.lower() in named else "null" for c, _ in columns]
        place = self._written(frame.selectExpr(*chosen), [kind for _, kind in columns])
        held = self._held[dialect.view_of(table)]
        if not (is_step := not table.db):
            exchange.read(self._con, place, table.sql("duckdb"), columns)
        self._hold(table, (*held.places, place), is_step=is_step)
        return exchange.count(place)

    def _alter(self, table: exp.Table, sql: str) -> None:
        """Give a column of a step another type."""
        frame = self._spark.table(dialect.view_of(table))
        self._con.execute(sql)
        place = self._written(frame, [kind for _, kind in self._columns(table)])
        self._hold(table, (place,), is_step=True)

    def _query(self, query: exp.Expr) -> DataFrame:
        """What a query finds on Spark, not yet asked for; all that it reads is there then."""
        for table in dialect.tables_of(query):
            self._take(table)
        return self._spark.sql(dialect.translated(query, Variables(self._con)))

    def _take(self, table: exp.Table) -> None:
        """Have a table on Spark as it is now."""
        view = dialect.view_of(table)
        if view in self._views:
            self._query(self._views[view]).createOrReplaceTempView(view)
        elif view not in self._held or self._held[view].state != self._state(table):
            place = self._next()
            name = exp.table_(table.this, table.args.get("db")).sql("duckdb")
            is_any = self._con.execute(f"select 1 from {name} limit 1").fetchall()
            if is_any:
                exchange.write(self._con, name, self._columns(table), place)
            self._hold(table, (place,) if is_any else (), is_step=False)

    def _hold(self, table: exp.Table, places: tuple[str, ...], *, is_step: bool) -> None:
        """Note where a table lies, and give it to Spark by its name."""
        view, columns = dialect.view_of(table), self._columns(table)
        self._held[view] = Held(places, self._state(table), is_step)
        schema = exchange.schema_of(columns)
        read = self._spark.read.schema(schema).parquet(*places) if places else self._spark.createDataFrame([], schema)
        read.toDF(*(name for name, _ in columns)).createOrReplaceTempView(view)

    def _written(self, frame: DataFrame, kinds: Sequence[str]) -> str:
        """Write what a query finds, each column as the type that DuckDB gives it; returns where."""
        named = frame.toDF(*(f"c{i}" for i in range(len(kinds))))
        place = self._next()
        cast = (f"{dialect.cast(f'c{i}', exchange.spark_type(kind))} as c{i}" for i, kind in enumerate(kinds))
        named.selectExpr(*cast).write.parquet(place)
        return place

    def _next(self) -> str:
        """A place where nothing lies."""
        self._count += 1
        return f"{self._folder}/{self._count}"

    def _needs_spark(self, query: exp.Expr) -> bool:
        """Whether a query reads a step, whose rows DuckDB does not have."""
        return any(map(self._is_step, dialect.tables_of(query)))

    def _is_step(self, table: exp.Table) -> bool:
        """Whether the rows of a table, or of what a view reads, are on Spark alone."""
        view = dialect.view_of(table)
        if view in self._views:
            return self._needs_spark(self._views[view])
        return view in self._held and self._held[view].is_step

    def _forget(self, tree: exp.Expr) -> None:
        """What a statement of DuckDB makes, changes or drops is at home there."""
        for table in tree.find_all(exp.Table):
            if not isinstance(tree, QUERY):
                self._held.pop(dialect.view_of(table), None)
                self._views.pop(dialect.view_of(table), None)

    def _columns(self, table: exp.Table) -> exchange.Columns:
        """Names and types of a table's columns."""
        name = exp.table_(table.this, table.args.get("db")).sql("duckdb")
        return [(row[0], row[1]) for row in self._con.execute(f"describe {name}").fetchall()]

    def _state(self, table: exp.Table) -> Rows:
        """What tells whether others have written to a table: made anew it has another number, and it has more or fewer
        columns, or more rows. Rows that are changed in place are not seen, and no step of a build does that. Of a view
        the tables behind it tell.
        """
        database = "temp" if not table.db else self._con.execute("select current_database()").fetchall()[0][0]
        asked = [database, table.db or "main", table.name]
        where = "where database_name = $1 and schema_name = $2"
        found = self._con.execute(
            f"select table_oid, column_count, estimated_size from duckdb_tables() {where} and table_name = $3", asked
        ).fetchall()
        views = self._con.execute(f"select sql from duckdb_views() {where} and view_name = $3", asked).fetchall()
        read = [other for (sql,) in views for other in dialect.tables_of(dialect.read(sql).expression)]
        return found + [row for other in read for row in self._state(other)]


class Variables:
    """The variables of a connection, each asked for when it is needed."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con

    def __getitem__(self, name: str) -> Any:
        return self._con.execute(f"select getvariable({quoted(name)})").fetchall()[0][0]
