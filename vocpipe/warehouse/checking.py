"""Runs the checks: each .sql file returns the rows that offend; its first line says fail or warn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import duckdb

from vocpipe.contracts import RunError
from vocpipe.selects import PACKAGE, Select, read_select
from vocpipe.warehouse import rows, value

# Columns of a check's rows that say where it does not hold, without any person in them.
PLACES = ("source", "channel", "classifier", "metric", "segment")


class Warned(NamedTuple):
    """A check that warns: its name, what it looks for, how many rows offend, and where."""

    check: str
    definition: str
    count_rows: int
    places: list[str]


def checks() -> list[tuple[str, Select]]:
    """Severity (fail or warn) and SELECT of every check, by name."""
    selects = [read_select(path) for path in sorted((PACKAGE / "checks").glob("*.sql"))]
    return [(select.definition.split(":", 1)[0].strip(), select) for select in selects]


def check(con: duckdb.DuckDBPyConnection, run_id: str, progress: Callable[[str, int, int], None]) -> dict[str, Any]:
    """Run every check and log it. Raises RunError naming those that must hold and do not."""
    found = []
    warned: list[Warned] = []
    every = checks()
    for number, (severity, select) in enumerate(every, start=1):
        count = value(con, f"select count(*) from ({select.sql}\n)")
        definition = select.definition.split(":", 1)[1].strip()
        con.execute(
            "insert into quality.checks values ($1, $2, $3, $4, $5)", [run_id, select.name, severity, definition, count]
        )
        found.append((severity, select.name, definition, count))
        if severity == "warn" and count:
            warned.append(Warned(select.name, definition, count, places_of(con, select)))
        progress("running checks", number, len(every))
    broken = [
        f"{name} ({count} rows: {definition})" for kind, name, definition, count in found if kind == "fail" and count
    ]
    if broken:
        raise RunError(
            f"Nothing was published, the last published file stands: the check {'; '.join(broken)} does not hold. "
            "The file vocpipe/checks/<check>.sql shows the rows that offend."
        )
    return {
        "checks": len(found),
        "warnings": [f"{one.definition} ({told_places(one)})" for one in warned],
        "warned": warned,
    }


def places_of(con: duckdb.DuckDBPyConnection, select: Select) -> list[str]:
    """Where a check does not hold, such as "source crm"; one empty place where its rows do not say."""
    relation = con.sql(select.sql)
    named = [name for name in PLACES if name in relation.columns]
    if not named:
        return [""]
    listed = ", ".join(named)
    found = rows(con, f"select distinct {listed} from ({select.sql}\n) order by all")
    return [" ".join(f"{name} {cell}" for name, cell in zip(named, row, strict=True)) for row in found]


def told_places(one: Warned) -> str:
    """How many rows, and where, for people."""
    named = ", ".join(one.places[:5])
    return f"{one.count_rows} rows: {named}" if named else f"{one.count_rows} rows"
