"""The history of judgements and links: what is new is added, what holds no more is ended, nothing is deleted."""

from __future__ import annotations

import duckdb

from vocpipe.identity.tables import within

# What makes two judgements, or two links, the same one over the runs.
JUDGEMENT = ("source_a", "record_id_a", "source_b", "record_id_b", "verdict", "rule", "decided_by", "evidence")
LINK = ("source", "record_id", "customer_id", "link_rule")


def standing(con: duckdb.DuckDBPyConnection, scope: str | None) -> None:
    """Makes the temporary tables of the judgements and links that stand for the records of the table ``scope``.

    None: for all. A night's few records are then compared with few others, not with all that ever stood.
    """
    con.execute(f"""
        create or replace temp table held_judgements as
        from identity.judgements where ended_at is null and {within(scope, "source_a", "record_id_a")}
    """)
    con.execute(f"""
        create or replace temp table held_links as
        from identity.link_history where unlinked_at is null and {within(scope)}
    """)


def keep(con: duckdb.DuckDBPyConnection) -> None:
    """Brings the history of judgements and links up to date, unless the run only looks back.

    What a look back does not see has not ended: the next run finds it again. Reads the tables of ``standing``, and
    ``fresh_judgements`` and ``fresh_links``: what is new begins, and what was not found again ends, at the variable
    ``linked_at``.
    """
    seen = con.execute("select seen_until > getvariable('seen_until') from identity.resolved_with").fetchall()
    if not seen[0][0]:
        keep_judgements(con)
        keep_links(con)
        con.execute("update identity.resolved_with set seen_until = getvariable('seen_until')")
    for name in ("fresh_judgements", "held_judgements", "held_links"):
        con.execute(f"drop table {name}")


def keep_judgements(con: duckdb.DuckDBPyConnection) -> None:
    """Brings identity.judgements up to date."""
    con.execute(f"""
        update identity.judgements set ended_at = getvariable('linked_at')
        where judgement_id in (
            select judgement_id from held_judgements as held
            where not exists (select 1 from fresh_judgements as fresh where {same(JUDGEMENT)})
        )
    """)
    con.execute(f"""
        insert into identity.judgements
        select
            (select coalesce(max(judgement_id), 0) from identity.judgements)
                + row_number() over (order by {", ".join(JUDGEMENT)}),
            fresh.*, getvariable('linked_at'), null
        from fresh_judgements as fresh
        where not exists (select 1 from held_judgements as held where {same(JUDGEMENT)})
    """)


def keep_links(con: duckdb.DuckDBPyConnection) -> None:
    """Brings identity.link_history up to date."""
    con.execute(f"""
        update identity.link_history as spell set unlinked_at = getvariable('linked_at')
        from held_links as held
        where spell.unlinked_at is null and {same(LINK, "spell")}
            and not exists (select 1 from fresh_links as fresh where {same(LINK)})
    """)
    # The record that it is linked through may be another one than last time.
    con.execute(f"""
        update identity.link_history as spell set link_score = fresh.link_score, evidence = fresh.evidence
        from held_links as held
        inner join fresh_links as fresh on {same(LINK)}
        where spell.unlinked_at is null and {same(LINK, "spell")}
            and (held.link_score, held.evidence) <> (fresh.link_score, fresh.evidence)
    """)
    con.execute(f"""
        insert into identity.link_history
        select source, record_id, person_kind, customer_id, link_rule, link_score, evidence, linked_at, null
        from fresh_links as fresh
        where not exists (select 1 from held_links as held where {same(LINK)})
    """)


def same(columns: tuple[str, ...], other: str = "fresh") -> str:
    """SQL: whether a row held and another one agree."""
    return " and ".join(f"held.{name} = {other}.{name}" for name in columns)
