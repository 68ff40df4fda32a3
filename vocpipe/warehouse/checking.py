"""Runs the checks: each .sql file returns the rows that offend; its first line says fail or warn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb

from vocpipe.contracts import RunError
from vocpipe.selects import PACKAGE, Select, read_select
from vocpipe.warehouse import value


def checks() -> list[tuple[str, Select]]:
    """Severity (fail or warn) and SELECT of every check, by name."""
    selects = [read_select(path) for path in sorted((PACKAGE / "checks").glob("*.sql"))]
    return [(select.definition.split(":", 1)[0].strip(), select) for select in selects]


def check(con: duckdb.DuckDBPyConnection, run_id: str, progress: Callable[[str, int, int], None]) -> dict[str, Any]:
    """Run every check and log it. Raises RunError naming those that must hold and do not."""
    found = []
    every = checks()
    for number, (severity, select) in enumerate(every, start=1):
        count = value(con, f"select count(*) from ({select.sql}\n)")
        definition = select.definition.split(":", 1)[1].strip()
        con.execute(
            "insert into quality.checks values ($1, $2, $3, $4, $5)", [run_id, select.name, severity, definition, count]
        )
        found.append((severity, select.name, definition, count))
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
        "warnings": [
            f"{definition} ({count} rows)" for kind, _, definition, count in found if kind == "warn" and count
        ],
    }
