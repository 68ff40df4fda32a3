"""The tables of identity that the snapshot reads; made empty where `identity.resolve` does not make them."""

from __future__ import annotations

import duckdb

TABLES = {
    "judgements": "judgement_id bigint, source_a varchar, record_id_a varchar, source_b varchar, record_id_b varchar, "
    "verdict varchar, rule varchar, decided_by varchar, score double, evidence varchar, made_at timestamp, "
    "ended_at timestamp",
    "candidates": "source_a varchar, record_id_a varchar, source_b varchar, record_id_b varchar, match_weight double, "
    "match_probability double, verdict varchar, evidence varchar",
    "decisions": "decision_id varchar, verdict varchar, source_a varchar, record_id_a varchar, source_b varchar, "
    "record_id_b varchar, decided_by varchar, why varchar, decided_at timestamp, status varchar",
    "former_ids": "former_customer_id varchar, customer_id varchar",
}


def complete(con: duckdb.DuckDBPyConnection) -> None:
    """Make what is missing."""
    for name, columns in TABLES.items():
        con.execute(f"create table if not exists identity.{name} ({columns})")
    con.execute("alter table identity.links add column if not exists evidence varchar")
