"""The tables by which people teach: their corrections, the cards of the models, and the texts to learn from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import duckdb
import pyarrow as pa

from vocpipe.contracts import UsageError
from vocpipe.warehouse import rows, value

CORRECTIONS = pa.schema(
    [
        ("decision_id", pa.string()),
        ("interaction_id", pa.string()),
        ("classifier", pa.string()),
        ("label", pa.string()),
        ("rank", pa.int64()),
        ("decided_by", pa.string()),
        ("decided_at", pa.timestamp("us")),
    ]
)
DISTRESS = pa.schema([("verbatim", pa.string()), ("is_distress", pa.bool_())])
MODELS = pa.schema(
    [
        *((name, pa.string()) for name in (
            "classifier", "version", "origin", "trained_on", "trained_at", "evaluated_on", "channel", "metric"
        )),
        *((name, pa.float64()) for name in ("value", "ci_low", "ci_high")),
        ("n", pa.int64()),
        ("is_in_use", pa.bool_()),
        ("outcome", pa.string()),
    ]
)  # fmt: skip

# A text in a language that no classifier reads teaches nothing. Its writer is the customer, where he is known.
SPOKEN = """
    select
        interaction_id, verbatim, coalesce(customer_id, interaction_id) as author, channel
    from facts.interactions
    where verbatim is not null and language in ('en', 'und')
"""


def register_corrections(con: duckdb.DuckDBPyConnection, corrections: Sequence[tuple[Any, ...]]) -> None:
    """Put what people decided of texts into `enrichment.corrections` (see ``decisions.corrections.Correction``)."""
    put(con, "enrichment.corrections", CORRECTIONS, corrections)


def register_distress(con: duckdb.DuckDBPyConnection, said: Sequence[tuple[str, bool]]) -> None:
    """Put texts (as they are published) of which people said whether their writer is in distress into
    `enrichment.distress_labels`; of a text that is told twice what was said last holds."""
    put(con, "enrichment.distress_labels", DISTRESS, sorted(dict(said).items()))


def register_models(con: duckdb.DuckDBPyConnection, models: Sequence[tuple[Any, ...]]) -> None:
    """Put what is known of the models into `enrichment.models` (see ``enrichment.cards.rows``)."""
    put(con, "enrichment.models", MODELS, models)


def put(con: duckdb.DuckDBPyConnection, table: str, schema: pa.Schema, content: Sequence[tuple[Any, ...]]) -> None:
    """Make a table of these rows in the place of the one that was there."""
    cells: Iterable[Any] = list(zip(*content, strict=True)) or [()] * len(schema)
    columns = [pa.array(values, field.type) for values, field in zip(cells, schema, strict=True)]
    con.register("fresh_rows", pa.table(columns, schema=schema))
    con.execute(f"create or replace table {table} as select * from fresh_rows")
    con.unregister("fresh_rows")


def spoken(con: duckdb.DuckDBPyConnection, most: int) -> list[tuple[str, str]]:
    """Text and author of up to ``most`` different texts that the last run saw, redacted; the same ones every time.

    Raises UsageError where no run has been done yet.
    """
    require_facts(con)
    return rows(
        con,
        f"with spoken as ({SPOKEN}) select verbatim, min(author) from spoken group by verbatim "
        "order by md5(verbatim) limit $1",
        [most],
    )


def texts_of(con: duckdb.DuckDBPyConnection, interactions: Sequence[str]) -> dict[str, tuple[str, str, str]]:
    """Interaction -> its redacted text, author and channel, of those that the last run saw."""
    require_facts(con)
    query = f"with spoken as ({SPOKEN}) select interaction_id, verbatim, author, channel from spoken "
    found = rows(con, f"{query} where list_contains($1, interaction_id)", [list(interactions)])
    return {interaction: (text, author, channel) for interaction, text, author, channel in found}


def waiting(con: duckdb.DuckDBPyConnection, classifier: str, version: str) -> int:
    """How many different texts have no answer of this version of a classifier yet (null: there is nothing to say)."""
    return int(value(con, """
        select count(distinct t.text_id) from enrichment.texts as t
        where not exists (
            select 1 from enrichment.annotations as a
            where a.text_id = t.text_id and a.classifier = $1 and (a.version = $2 or a.label is null))
    """, [classifier, version]))  # fmt: skip


def require_facts(con: duckdb.DuckDBPyConnection) -> None:
    """Raises UsageError where no run has built the facts."""
    there = "select count(*) from duckdb_tables() where schema_name = 'facts' and table_name = 'interactions'"
    if not value(con, there):
        raise UsageError("there are no texts to learn from yet: run `vocpipe run` first.")
