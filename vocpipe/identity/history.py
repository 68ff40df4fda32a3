"""The history of judgements and links: what is new is added, what holds no more is ended, nothing is deleted."""

from __future__ import annotations

import duckdb

from vocpipe.identity.tables import within

# What makes two judgements, or two links, the same one over the runs.
JUDGEMENT = ("source_a", "record_id_a", "source_b", "record_id_b", "verdict", "rule", "decided_by", "evidence")
LINK = ("source", "record_id", "customer_id", "link_rule")


def keep(con: duckdb.DuckDBPyConnection, scope: str | None) -> None:
    """Brings the history of judgements and links up to date, unless the run only looks back.

    What a look back does not see has not ended: the next run finds it again.
    """
    seen = con.execute("select seen_until > getvariable('seen_until') from identity.resolved_with").fetchall()
    if not seen[0][0]:
        keep_judgements(con, scope)
        keep_links(con, scope)
        con.execute("update identity.resolved_with set seen_until = getvariable('seen_until')")
    con.execute("drop table fresh_judgements")


def keep_judgements(con: duckdb.DuckDBPyConnection, scope: str | None) -> None:
    """Brings identity.judgements up to date with ``fresh_judgements``.

    ``scope`` names the temporary table of the records that were looked at; None: all were. What is new begins, and what
    was not found again ends, at the variable ``linked_at``.
    """
    con.execute(f"""
        update identity.judgements as held set ended_at = getvariable('linked_at')
        where ended_at is null and {within(scope, "source_a", "record_id_a")}
            and not exists (select 1 from fresh_judgements as fresh where {same(JUDGEMENT)})
    """)
    con.execute(f"""
        insert into identity.judgements
        select nextval('identity.next_judgement_id'), fresh.*, getvariable('linked_at'), null
        from fresh_judgements as fresh
        where not exists (select 1 from identity.judgements as held where ended_at is null and {same(JUDGEMENT)})
        order by {", ".join(JUDGEMENT)}
    """)


def keep_links(con: duckdb.DuckDBPyConnection, scope: str | None) -> None:
    """Brings identity.link_history up to date with identity.links; ``scope`` as for ``keep_judgements``."""
    con.execute(f"""
        update identity.link_history as held set unlinked_at = getvariable('linked_at')
        where unlinked_at is null and {within(scope)}
            and not exists (select 1 from identity.links as fresh where {same(LINK)})
    """)
    # The record that it is linked through may be another one than last time.
    con.execute(f"""
        update identity.link_history as held set link_score = fresh.link_score, evidence = fresh.evidence
        from identity.links as fresh
        where unlinked_at is null and {within(scope, "held.source", "held.record_id")}
            and {same(LINK)} and (held.link_score, held.evidence) <> (fresh.link_score, fresh.evidence)
    """)
    con.execute(f"""
        insert into identity.link_history
        select source, record_id, person_kind, customer_id, link_rule, link_score, evidence, linked_at, null
        from identity.links as fresh
        where linked_at = getvariable('linked_at') and {within(scope)}
            and not exists (select 1 from identity.link_history as held where unlinked_at is null and {same(LINK)})
    """)


def same(columns: tuple[str, ...]) -> str:
    """SQL: whether a row held and a fresh one agree."""
    return " and ".join(f"held.{name} = fresh.{name}" for name in columns)
