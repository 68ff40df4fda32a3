"""Whether two published files tell the same: every row, id and label, and numbers but for their last digits."""

from __future__ import annotations

from pathlib import Path

import duckdb

# What differs between any two runs of the same input.
AUDIT = {"run_id", "loaded_at", "linked_at", "unlinked_at", "code_version"}
SCHEMAS = ("marts", "metrics", "actions")
NEAR = 1e-9


def differences(one: Path, other: Path) -> dict[str, str]:
    """What differs, by table; empty where the files tell the same."""
    with duckdb.connect() as con:
        con.execute(f"attach '{one}' as one (read_only)")
        con.execute(f"attach '{other}' as other (read_only)")
        named = [
            con.execute(
                "select schema_name || '.' || table_name from duckdb_tables() "
                "where database_name = $1 and list_contains($2, schema_name) order by all",
                [name, list(SCHEMAS)],
            ).fetchall()
            for name in ("one", "other")
        ]
        assert named[0] == named[1]
        found = {table: difference(con, table) for (table,) in named[0]}
    return {table: told for table, told in found.items() if told}


def difference(con: duckdb.DuckDBPyConnection, table: str) -> str:
    """What differs in one table; empty where nothing does."""
    kinds = [
        {row[0]: row[1] for row in con.execute(f"describe {name}.{table}").fetchall() if row[0] not in AUDIT}
        for name in ("one", "other")
    ]
    if kinds[0] != kinds[1]:
        return f"columns {set(kinds[0].items()) ^ set(kinds[1].items())}"
    exact = [f'"{name}"' for name, kind in kinds[0].items() if kind != "DOUBLE"]
    near = [f'"{name}"' for name, kind in kinds[0].items() if kind == "DOUBLE"]
    order = ", ".join([*exact, *near])
    rows = [con.execute(f"select {order} from {name}.{table} order by {order}").fetchall() for name in ("one", "other")]
    if len(rows[0]) != len(rows[1]):
        return f"{len(rows[0])} and {len(rows[1])} rows"
    unlike = {
        name
        for a, b in zip(*rows, strict=True)
        for name, x, y in zip([*exact, *near], a, b, strict=True)
        if x != y and not (isinstance(x, float) and isinstance(y, float) and abs(x - y) <= NEAR * max(1, abs(x)))
    }
    return f"values of {', '.join(sorted(unlike))}" if unlike else ""
