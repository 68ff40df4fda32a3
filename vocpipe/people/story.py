"""One person's whole story: who it is and why, what was kept apart, and what the published file tells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb

from vocpipe.decisions import Decision, Record, consistent, standing
from vocpipe.people import asked

Story = dict[str, Any]

MINE = """
    create or replace temp table mine as
    select source, record_id from people.records
    where customer_id = $1 or (source = $2 and record_id = $3)
"""
RECORDS = """
    select * from people.records semi join mine using (source, record_id)
    order by link_score desc nulls last, source, record_id
"""
FORMER = """
    select former_customer_id from people.former_ids
    where customer_id = $1 and former_customer_id <> customer_id
    order by all
"""
IDENTIFIERS = """
    select identifier_type, identifier, is_role, list(source || ':' || record_id order by source, record_id) as held_by
    from people.identifiers semi join mine using (source, record_id)
    where identifier_type <> 'birth'
    group by all
    order by identifier_type, identifier
"""
# A table of pairs seen from the person: `ours` is one of the person's records, `theirs` the other one.
SIDES = """
    with sides as (
        select pairs.*, source_a || ':' || record_id_a as ours, source_b as source, record_id_b as record_id
        from people.{table} as pairs semi join mine on source_a = mine.source and record_id_a = mine.record_id
        union all
        select pairs.*, source_b || ':' || record_id_b as ours, source_a as source, record_id_a as record_id
        from people.{table} as pairs semi join mine on source_b = mine.source and record_id_b = mine.record_id
    ),
    others as (
        select source, record_id, customer_id as their_customer_id from people.records
    )
    select {columns}, ours, source || ':' || record_id as theirs, their_customer_id
    from sides
    left join others using (source, record_id)
    where {condition}
    order by {order}, ours, theirs
"""
APART = SIDES.format(
    table="contradictions", columns="identifier_type, reason", order="identifier_type, reason",
    condition="(source, record_id) not in (select source, record_id from mine)",
)  # fmt: skip
UNSURE = SIDES.format(
    table="candidates", columns="match_weight, match_probability, evidence", order="match_weight desc",
    condition="verdict = 'unsure' and (source, record_id) not in (select source, record_id from mine)",
)  # fmt: skip
ENDED = SIDES.format(
    table="judgements", columns="verdict, rule, decided_by, evidence, made_at, ended_at", order="ended_at",
    condition="ended_at is not null",
)  # fmt: skip
PROFILE = "select * from voc.marts.customers where customer_id = $1"
# A response without a text has scores but no turn: it is a row all the same.
TIMELINE = """
    with scored as (
        select
            interaction_id,
            min(occurred_at) as answered_at, min(source) as answered_in, min(response_id) as response_id,
            string_agg(metric || ' ' || score || ' of ' || scale_high, ', ' order by metric, question_id) as scores
        from voc.marts.responses
        where customer_id = $1 and superseded_at is null
        group by interaction_id
    ),
    turns as (
        select * from voc.marts.interactions where customer_id = $1
    )
    select coalesce(occurred_at, answered_at) as occurred_at, coalesce(channel, 'survey') as channel,
        coalesce(source, answered_in) as source, coalesce(source_id, response_id) as source_id, interaction_id,
        scores, sentiment, sentiment_score, topic, verbatim
    from turns full join scored using (interaction_id)
    order by all
"""
ORDERS = "select * exclude (customer_id) from voc.marts.orders where customer_id = $1 order by ordered_at, order_id"
TICKETS = """
    select created_at, source, conversation_id, status, priority, rating
    from voc.marts.conversations where customer_id = $1 order by created_at, conversation_id
"""
SUPPRESSIONS = """
    select reason, evidence, starts_at, expires_at from voc.actions.suppressions
    where customer_id = $1 order by starts_at, reason
"""
CASES = "select * exclude (customer_id) from voc.actions.cases where customer_id = $1 order by all"
# What the published file tells of a customer, in the order of the screen; a table that it lacks is left out.
PUBLISHED = {
    "timeline": ("marts.interactions", TIMELINE),
    "orders": ("marts.orders", ORDERS),
    "tickets": ("marts.conversations", TICKETS),
    "cases": ("actions.cases", CASES),
    "suppressions": ("actions.suppressions", SUPPRESSIONS),
}


def story(
    con: duckdb.DuckDBPyConnection, customer_id: str | None, record: Record, decisions: Sequence[Decision]
) -> Story:
    """All that is known of a customer, or of one record that belongs to none; rows as dictionaries, times naive UTC.

    ``con`` is from ``published.open_people``, ``decisions`` from ``decisions.read``. What the published file tells
    (``profile`` and the keys of ``PUBLISHED``) is None where nothing is published of the customer.
    """
    con.execute(MINE, [customer_id, *record])
    told: Story = {"customer_id": customer_id, "former_customer_ids": []}
    if customer_id:
        told["former_customer_ids"] = [row["former_customer_id"] for row in asked(con, FORMER, [customer_id])]
    told["records"] = asked(con, RECORDS)
    ours = {Record(row["source"], row["record_id"]) for row in told["records"]}
    told["decisions"] = decision_rows([d for d in decisions if {d.a, d.b} & ours], status_of(con))
    for row in told["records"]:
        row["judged_by"] = judges(Record(row["source"], row["record_id"]), ours, decisions)
        row["why"] = why(row)
    told["identifiers"] = asked(con, IDENTIFIERS)
    told["kept_apart"] = asked(con, APART)
    judged = consistent(standing(decisions))
    told["unsure"] = [
        row for row in asked(con, UNSURE) if not judged.verdict(*map(written, (row["ours"], row["theirs"])))
    ]
    told["ended"] = asked(con, ENDED)
    return told | published(con, customer_id)


def written(text: str) -> Record:
    """The record of ``source:record_id``; the name of a source holds no colon."""
    return Record(*text.split(":", 1))


def judges(record: Record, ours: set[Record], decisions: Sequence[Decision]) -> str | None:
    """Who judged that a record is the same person as another one of ours; None: nobody."""
    found = [d.by for d in standing(decisions) if d.verdict == "same" and record in (d.a, d.b) and {d.a, d.b} <= ours]
    return ", ".join(dict.fromkeys(found)) or None


def why(row: Story) -> str:
    """Why a record belongs to its customer, in one sentence; null columns say nothing."""
    if not row["customer_id"]:
        return "linked to no customer"
    judged = f"; judged the same by {row['judged_by']}" if row["judged_by"] else ""
    reason = f": {row['evidence'].rstrip('.')}" if row["evidence"] else ""
    return f"{row['link_rule']} ({row['link_score']:.3g}) since {row['linked_at']:%Y-%m-%d}{reason}{judged}"


def status_of(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """What the last run made of each decision that it read."""
    return dict(con.execute("select decision_id, status from people.decisions").fetchall())


def decision_rows(decisions: Sequence[Decision], status: dict[str, str]) -> list[Story]:
    """The standing decisions among these as rows, with what the last run made of each."""
    return [
        {
            "decision": d.decision_id, "verdict": d.verdict, "a": str(d.a), "b": str(d.b), "by": d.by, "why": d.why,
            "at": d.at, "status": status.get(d.decision_id, "waits for the next run"),
        }
        for d in standing(decisions)
    ]  # fmt: skip


def published(con: duckdb.DuckDBPyConnection, customer_id: str | None) -> Story:
    """What the published file tells of a customer; None where it tells nothing of him."""
    there = {
        f"{schema}.{table}"
        for schema, table in con.execute(
            "select table_schema, table_name from information_schema.tables where table_catalog = 'voc'"
        ).fetchall()
    }
    profile = asked(con, PROFILE, [customer_id]) if "marts.customers" in there else []
    told: Story = {"profile": profile[0] if profile else None}
    for name, (table, query) in PUBLISHED.items():
        told[name] = asked(con, query, [customer_id]) if profile and table in there else None
    return told
