"""The review list: pairs of records that may be one person and that nobody has judged yet."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from vocpipe.decisions import Decision, Record, consistent, standing
from vocpipe.people import asked

UNSURE = """
    select source_a, record_id_a, source_b, record_id_b
    from people.candidates as pairs
    left join people.records as a on source_a = a.source and record_id_a = a.record_id
    left join people.records as b on source_b = b.source and record_id_b = b.record_id
    where verdict = 'unsure' and coalesce(a.customer_id <> b.customer_id, true)
    order by match_weight desc, source_a, record_id_a, source_b, record_id_b
"""
WEIGHT = """
    select match_weight, match_probability, evidence from people.candidates
    where source_a = $1 and record_id_a = $2 and source_b = $3 and record_id_b = $4
"""
RECORD = "select * from people.records where source = $1 and record_id = $2"
HELD = """
    select identifier_type, list(identifier order by identifier) as held from people.identifiers
    where source = $1 and record_id = $2 and identifier_type in ('email', 'phone', 'handle')
    group by identifier_type
"""
# What tells of the record's place in our tables, not of the person.
NOT_COMPARED = {
    "source", "record_id", "person_kind", "customer_id", "link_rule", "link_score", "evidence", "linked_at",
    "signed_up_on", "has_marketing_consent",
}  # fmt: skip

Case = dict[str, Any]


def cases(
    con: duckdb.DuckDBPyConnection, directory: Path, decisions: Sequence[Decision], limit: int
) -> tuple[list[Case], int]:
    """The strongest open cases, at most ``limit``, and how many are open in all.

    A case is open while no standing decision, direct or through others, says same or different, and the last run has
    not made one customer of the two records.
    """
    judged = consistent(standing(decisions))
    found = [(Record(*row[:2]), Record(*row[2:])) for row in con.execute(UNSURE).fetchall()]
    unsettled = [pair for pair in found if judged.verdict(*pair) is None]
    return [case(con, directory, a, b) for a, b in unsettled[:limit]], len(unsettled)


def case(con: duckdb.DuckDBPyConnection, directory: Path, a: Record, b: Record) -> Case:
    """One pair: both sides, what agrees and what differs, and the command lines that settle it."""
    (weight,) = asked(con, WEIGHT, [*a, *b])
    agrees, differs = compared(facts(con, a), facts(con, b))
    return {
        "a": str(a), "b": str(b), **weight, "agrees": agrees, "differs": differs,
        "commands": [settling(directory, verdict, a, b) for verdict in ("same", "different")],
    }  # fmt: skip


def settling(directory: Path, verdict: str, a: Record, b: Record) -> str:
    """The command line that settles a pair."""
    return f"vocpipe judge {shlex.join([str(directory), verdict, str(a), str(b)])} --by WHO --why TEXT"


def facts(con: duckdb.DuckDBPyConnection, record: Record) -> dict[str, set[str]]:
    """What a record says of its person, by name: its columns and its identifiers."""
    rows = asked(con, RECORD, record)
    own = {name: {str(cell)} for row in rows for name, cell in row.items() if cell and name not in NOT_COMPARED}
    return own | {row["identifier_type"]: set(row["held"]) for row in asked(con, HELD, record)}


def compared(a: dict[str, set[str]], b: dict[str, set[str]]) -> tuple[dict[str, str], dict[str, list[str]]]:
    """What both say alike, and what they say differently; what one of them does not say is neither."""
    agrees, differs = {}, {}
    for name in a:
        if name not in b:
            continue
        common = {cell.casefold() for cell in a[name]} & {cell.casefold() for cell in b[name]}
        if common:
            agrees[name] = ", ".join(sorted(cell for cell in a[name] if cell.casefold() in common))
        else:
            differs[name] = [", ".join(sorted(side[name])) for side in (a, b)]
    return agrees, differs
