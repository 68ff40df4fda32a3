"""A SELECT of the rooms in the words of Spark: sqlglot speaks both, and the rules here say what it leaves to chance.

Each rule stands for a place where the two engines would both answer, and differently; `docs/spark.md` lists them for
whoever writes a SELECT. What is in no rule is either the same in both or refused by Spark with an error.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, Protocol

from sqlglot import ErrorLevel, exp, parse_one

# Functions of DuckDB that make an interval, and their place among the arguments of Spark's make_dt_interval.
PARTS = {"to_days": 0, "to_hours": 1, "to_minutes": 2, "to_seconds": 3}
NAIVE = exp.DataType.build("timestamp", dialect="duckdb")  # a time without a zone, which sqlglot calls TIMESTAMP_NTZ
DOUBLE = exp.DataType.build("double")
UTC = exp.Literal.string("UTC")
Rule = Callable[[exp.Expr], exp.Expr]
TEXT = exp.DataType.build("text")
DATE = exp.DataType.build("date")


def read(sql: str) -> exp.Expr:
    """One statement of DuckDB as a tree."""
    return parse_one(sql, read="duckdb")


def view_of(table: exp.Table) -> str:
    """The name under which Spark knows a table: it has one list of views, without schemas."""
    return f"{table.db}__{table.name}" if table.db and table.db != "temp" else table.name


def tables_of(tree: exp.Expr) -> list[exp.Table]:
    """The tables that a query reads, without those that it names itself."""
    named = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    found = (t for t in tree.find_all(exp.Table) if isinstance(t.this, exp.Identifier))
    return [table for table in found if table.db or table.name.lower() not in named]


class Values(Protocol):
    """The variables of a run by their names."""

    def __getitem__(self, name: str, /) -> Any: ...


def translated(tree: exp.Expr, variables: Values) -> str:
    """A query of DuckDB as one of Spark, with the values of ``variables`` in the place of ``getvariable(name)``.

    Raises sqlglot's UnsupportedError for what Spark has no words for, KeyError for a variable that is not set.
    """
    for cte in tree.find_all(exp.CTE):
        cte.set("materialized", None)
    made = applied(
        tree.copy(), lambda node: literal(variables[node.expressions[0].name]) if is_variable(node) else node
    )
    for rule in RULES:
        made = applied(made, rule)
    return made.sql("spark", unsupported_level=ErrorLevel.RAISE, comments=False)


def filled(tree: exp.Expr, parameters: Sequence[Any]) -> exp.Expr:
    """A query with its parameters ($1, $2 …) in their places."""
    return applied(
        tree, lambda node: literal(parameters[int(node.name) - 1]) if isinstance(node, exp.Placeholder) else node
    )


def applied(tree: exp.Expr, rule: Rule) -> exp.Expr:
    """The tree with every node as a rule wants it, the inner ones first."""
    for node in reversed(list(tree.walk(bfs=True))):
        made = rule(node)
        if made is not node:
            if node is tree:
                tree = made
            else:
                node.replace(made)
    return tree


def cast(column: str, kind: str) -> str:
    """A column as a type of Spark, by DuckDB's rules."""
    return _decimal(exp.cast(exp.column(column), exp.DataType.build(kind, dialect="spark"))).sql("spark")


def is_variable(node: exp.Expr) -> bool:
    """Whether this is ``getvariable('name')``."""
    return isinstance(node, exp.Anonymous) and node.name.lower() == "getvariable"


def literal(value: Any) -> exp.Expr:
    """A value with its type: Spark would take .95 for a decimal, and a whole number for 32 bits."""
    if value is None:
        return exp.Null()
    if isinstance(value, bool):
        return exp.Boolean(this=value)
    if isinstance(value, datetime):
        return exp.cast(exp.Literal.string(value.isoformat(" ")), NAIVE)
    if isinstance(value, date):
        return exp.cast(exp.Literal.string(value.isoformat()), DATE)
    if isinstance(value, int):
        return exp.cast(exp.Literal.number(value), exp.DataType.build("bigint"))
    return exp.cast(exp.Literal.string(repr(value)), DOUBLE) if isinstance(value, float) else exp.Literal.string(value)


def _decimal(node: exp.Expr) -> exp.Expr:
    """A double becomes a decimal by rounding its product with a power of ten in DuckDB, by its digits in Spark.

    Between two decimals that makes the one or the other. What is no double is cast as it stands: Spark knows the type
    before it runs and leaves the other branch out.
    """
    if type(node) is not exp.Cast or not node.to.is_type("decimal") or len(node.to.expressions) < 2:
        return node
    scale = int(node.to.expressions[1].name)
    power, unit = exp.cast(exp.Literal.string(f"1e{scale}"), DOUBLE), exp.Literal.string(f"{10.0**-scale:.{scale}f}")
    product = exp.Mul(this=exp.cast(node.this.copy(), DOUBLE), expression=power)
    whole = exp.cast(exp.Anonymous(this="round", expressions=[product]), exp.DataType.build("decimal(38, 0)"))
    rounded = exp.Mul(this=whole, expression=exp.cast(unit, exp.DataType.build(f"decimal({scale}, {scale})")))
    is_double = exp.Anonymous(this="typeof", expressions=[node.this.copy()]).eq("double")
    return exp.case().when(is_double, exp.cast(rounded, node.to)).else_(node.copy())


def _table(node: exp.Expr) -> exp.Expr:
    """Tables are views, and without the schema their columns are called by the table's name."""
    if not isinstance(node, exp.Table) or not node.db:
        return node
    return exp.table_(view_of(node), alias=node.alias or node.name)


def _interval(node: exp.Expr) -> exp.Expr:
    name = "to_days" if isinstance(node, exp.ToDays) else node.name.lower() if isinstance(node, exp.Anonymous) else ""
    if name not in PARTS:
        return node
    count = node.this if isinstance(node, exp.ToDays) else node.expressions[0]
    parts: list[exp.Expr] = [exp.Literal.number(0) for _ in PARTS]
    parts[PARTS[name]] = exp.cast(count, exp.DataType.build("decimal(18, 6)" if name == "to_seconds" else "int"))
    return exp.Anonymous(this="make_dt_interval", expressions=parts)


def _zone(node: exp.Expr) -> exp.Expr:
    """(t at time zone a) at time zone b: from one zone to another.

    Of a local time that the clock showed twice in autumn DuckDB takes the later one, Spark the earlier one.
    """
    if not isinstance(node, exp.AtTimeZone) or isinstance(outer_of(node), exp.AtTimeZone):
        return node
    inner = node.this.unnest()
    if not isinstance(inner, exp.AtTimeZone):
        raise ValueError("`at time zone` stands in pairs: (local at time zone from) at time zone to")
    time, before, after = inner.this, inner.args["zone"], node.args["zone"]
    found = converted(before, after, time)
    if before == UTC:
        return found
    if after != UTC:
        raise ValueError("`at time zone` goes from UTC or to UTC")
    later = exp.Add(this=found, expression=exp.Interval(this=exp.Literal.string("1"), unit=exp.var("HOUR")))
    return exp.case().when(converted(UTC, before, later).eq(time.copy()), later.copy()).else_(found.copy())


def converted(before: exp.Expr, after: exp.Expr, time: exp.Expr) -> exp.Expr:
    """Spark's function for it."""
    return exp.Anonymous(this="convert_timezone", expressions=[before.copy(), after.copy(), time.copy()])


def outer_of(node: exp.Expr) -> exp.Expr | None:
    """What a node stands in, brackets aside."""
    outer = node.parent
    while isinstance(outer, exp.Paren):
        outer = outer.parent
    return outer


def _days(node: exp.Expr) -> exp.Expr:
    """A date less a date is a whole number of days in DuckDB, an interval in Spark."""
    if isinstance(node, exp.Sub) and is_date(node.this) and is_date(node.expression):
        return exp.cast(exp.Anonymous(this="datediff", expressions=[node.this, node.expression]), "bigint")
    return node


def is_date(node: exp.Expr) -> bool:
    """Whether this is written as a date, as the portable subset asks."""
    return isinstance(node, exp.Cast) and node.to.is_type("date")


def _division(node: exp.Expr) -> exp.Expr:
    """`/` gives a double in DuckDB whatever is divided; a decimal of few places, of decimals, in Spark.

    By zero it gives something infinite in DuckDB and ends the run in Spark. Both is wrong in a table: here it is null,
    and the comparison of the engines tells where somebody relied on it.
    """
    if not isinstance(node, exp.Div):
        return node
    parts = (x if is_double(x) else exp.cast(exp.paren(x), DOUBLE) for x in (node.this, node.expression))
    return exp.Anonymous(this="try_divide", expressions=list(parts))


def is_double(node: exp.Expr) -> bool:
    """Whether this is written as a double."""
    return isinstance(node, exp.Cast) and node.to.is_type("double")


def _whole(node: exp.Expr) -> exp.Expr:
    """`floor` of a double is a double in DuckDB, a whole number in Spark."""
    return exp.cast(node.copy(), DOUBLE) if isinstance(node, exp.Floor) and not is_cast(node) else node


def is_cast(node: exp.Expr) -> bool:
    """Whether what stands around a node casts it already."""
    return isinstance(node.parent, exp.Cast)


def _unit(node: exp.Expr) -> exp.Expr:
    """`date_trunc` of a time without a zone has one in Spark."""
    return exp.cast(node.copy(), NAIVE) if isinstance(node, exp.TimestampTrunc) and not is_cast(node) else node


def _text(node: exp.Expr) -> exp.Expr:
    """`concat` passes over what is null, and takes numbers for texts."""
    if isinstance(node, exp.Concat):
        node = node.copy()
        node.set("expressions", [x if x.is_string else exp.cast(x, TEXT) for x in node.expressions])
    return node


def _summed(node: exp.Expr) -> exp.Expr:
    """`sum(x order by y)`: the order matters to the last digit of a double only."""
    if isinstance(node, exp.Sum) and isinstance(node.this, exp.Order):
        return exp.Sum(this=node.this.this)
    return node


def _json(node: exp.Expr) -> exp.Expr:
    """The path of a key with any signs in it, as metrics make it: $."a key" in DuckDB, $['a key'] in Spark."""
    if not isinstance(node, exp.JSONExtractScalar) or isinstance(node.expression, exp.JSONPath):
        return node
    given = node.expression.sql("spark")
    key = parse_one(f"SUBSTRING({given}, 4, LENGTH({given}) - 4)", read="spark")
    path = exp.Anonymous(this="concat", expressions=[exp.Literal.string("$['"), key, exp.Literal.string("']")])
    return exp.Anonymous(this="get_json_object", expressions=[node.this, path])


def _list(node: exp.Expr) -> exp.Expr:
    """`array_agg(x order by …) filter (where …)`: Spark's list has no order, no nulls, and is empty where DuckDB's is
    null."""
    where = node.expression if isinstance(node, exp.Filter) else None
    agg = node.this if isinstance(node, exp.Filter) else node
    if not isinstance(agg, exp.ArrayAgg) or (where is None and isinstance(node.parent, exp.Filter)):
        return node
    if not isinstance(agg.this, exp.Order):
        raise ValueError("`array_agg` and `list` need an order: array_agg(x order by y)")
    keys: list[exp.Ordered] = agg.this.expressions
    fields = ", ".join(f"'k{i}', {key.this.sql('spark')}" for i, key in enumerate(keys))
    only = f" FILTER(WHERE {where.this.sql('spark')})" if where else ""
    rows = f"COLLECT_LIST(NAMED_STRUCT('v', {agg.this.this.sql('spark')}, {fields})){only}"
    ordered = f"ARRAY_SORT({rows}, (a, b) -> CASE {' '.join(map(compared, range(len(keys)), keys))} ELSE 0 END)"
    return parse_one(
        f"CASE WHEN COUNT(*){only} > 0 THEN TRANSFORM({ordered}, s -> s.v) END", read="spark"
    )  # fmt: skip


def compared(place: int, key: exp.Ordered) -> str:
    """The branches of a comparison of two rows by one key; nulls are last unless the key says first."""
    a, b = f"a.k{place}", f"b.k{place}"
    first = -1 if key.args.get("nulls_first") else 1
    less = 1 if key.args.get("desc") else -1
    return (
        f"WHEN {a} IS NULL AND NOT {b} IS NULL THEN {first} WHEN NOT {a} IS NULL AND {b} IS NULL THEN {-first} "
        f"WHEN {a} < {b} THEN {less} WHEN {a} > {b} THEN {-less}"
    )


RULES: tuple[Rule, ...] = (
    *(_decimal, _table, _interval, _zone, _days, _division, _whole, _unit, _text, _summed, _json, _list),
)
