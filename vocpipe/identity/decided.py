"""Lends what people decided to the rooms of SQL: the temporary table `decided`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb
import pyarrow as pa

COLUMNS = {
    "decision_id": pa.string(),
    "verdict": pa.string(),
    "source_a": pa.string(),
    "record_id_a": pa.string(),
    "source_b": pa.string(),
    "record_id_b": pa.string(),
    "decided_by": pa.string(),
    "why": pa.string(),
    "decided_at": pa.timestamp("us"),
    "conflict": pa.string(),
}


def lend(con: duckdb.DuckDBPyConnection, pairs: Sequence[tuple[Any, ...]]) -> None:
    """(Re)create the temporary table `decided`: one row per standing human judgement (see ``decisions.Pair``).

    ``conflict`` is null, or says in plain words why the judgement cannot be applied.
    """
    cells = list(zip(*pairs, strict=True)) or [()] * len(COLUMNS)
    columns = [pa.array(values, kind) for values, kind in zip(cells, COLUMNS.values(), strict=True)]
    con.register("decided_rows", pa.table(columns, names=list(COLUMNS)))
    con.execute("create or replace temp table decided as select * from decided_rows")
    con.unregister("decided_rows")
