"""Keeps the history of links: what a run linked, from when on, and until when."""

from __future__ import annotations

from datetime import datetime

import duckdb

from vocpipe.warehouse import transaction

SAME = """
    held.source = now.source and held.record_id = now.record_id and held.customer_id = now.customer_id
    and held.link_rule = now.link_rule
"""


def keep_links(con: duckdb.DuckDBPyConnection, linked_at: datetime) -> None:
    """End the links that no longer hold and add those that are new, at a time (naive UTC)."""
    with transaction(con):
        con.execute(
            "update identity.link_history as held set unlinked_at = $1 where unlinked_at is null "
            f"and not exists (select 1 from identity.links as now where {SAME})",
            [linked_at],
        )
        con.execute(
            "insert into identity.link_history by name select source, record_id, person_kind, customer_id, link_rule, "
            "link_score, $1::timestamp as linked_at from identity.links as now "
            f"where not exists (select 1 from identity.link_history as held where held.unlinked_at is null and {SAME})",
            [linked_at],
        )
