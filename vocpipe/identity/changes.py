"""What has changed since the last run, and which records it could matter to: only these are resolved again.

Records that no identifier and no judgement connects, however far, have nothing to say to each other. So it is enough
to look again at every component that a new, changed or vanished record belongs to, or now touches; the result is the
same as if all were looked at (a property test holds it).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from importlib.resources import files

import duckdb

from vocpipe.identity import fuzzy
from vocpipe.identity.tables import READ, store, within

SCOPE, NOTHING = "affected_records", "nothing"
# Beyond this share of changed records it is quicker to do all.
WORTH_PART = 0.1

NOW = """
create or replace temp table now_records as
with told as (
    select
        source, record_id,
        hash(
            person_kind, given_name, family_name, birth_on, town, postcode, street, signed_up_on, arrived_at
        ) as part,
    from staging.persons
    union all
    select source, record_id, hash(identifier_type, identifier) from staging.identifiers
)
select source, record_id, bit_xor(part) as fingerprint from told group by source, record_id
"""

CHANGED = """
create or replace temp table changed_records as
with old_decisions as (
    select decision_id, verdict, source_a, record_id_a, source_b, record_id_b, status = 'applied' as is_applied
    from identity.decisions
),
new_decisions as (
    select decision_id, verdict, source_a, record_id_a, source_b, record_id_b, conflict is null as is_applied
    from decided
),
judged_otherwise as (
    (select * from old_decisions except select * from new_decisions)
    union all
    (select * from new_decisions except select * from old_decisions)
)
select coalesce(now.source, known.source) as source, coalesce(now.record_id, known.record_id) as record_id
from now_records as now
full outer join identity.known_records as known on now.source = known.source and now.record_id = known.record_id
where now.fingerprint is distinct from known.fingerprint
union
select source_a, record_id_a from judged_otherwise
union
select source_b, record_id_b from judged_otherwise
"""

# Records of pairs of which the model says something else than last time.
JUDGED_OTHERWISE = """
create or replace temp table rejudged_records as
with old as (select source_a, record_id_a, source_b, record_id_b, verdict, evidence from identity.candidates),
new as (select source_a, record_id_a, source_b, record_id_b, verdict, evidence from fresh_candidates),
otherwise as ((select * from old except select * from new) union all (select * from new except select * from old))
select source_a as source, record_id_a as record_id from otherwise
union
select source_b, record_id_b from otherwise
"""

AFFECTED = f"""
create or replace temp table {SCOPE} as
with changed as (
    select source, record_id from changed_records
    union
    select source, record_id from rejudged_records
),
touched as (
    select known.component
    from changed
    inner join identity.known_records as known using (source, record_id)
    union
    select known.component
    from fresh_identifiers as new
    inner join identity.identifiers as held
        on new.identifier_type = held.identifier_type and new.identifier = held.identifier
    inner join identity.known_records as known on held.source = known.source and held.record_id = known.record_id
)
select source, record_id from identity.known_records where component in (select component from touched)
union
select source, record_id from changed
"""

NODES = """
select
    source, record_id, person_kind, given_name, family_name, birth_on, town, postcode, street, signed_up_on, arrived_at,
    row_number() over (order by source, record_id) - 1 as node,
from staging.persons
"""
# Whom the model could compare at all.
NAMED = """
create or replace temp table named_records as
select source, record_id, person_kind, given_name, family_name, birth_on, town, postcode, street
from staging.persons
where person_kind <> 'social_user'
"""


def find(con: duckdb.DuckDBPyConnection, anew: bool, quick: bool, normalise: Callable[[], None]) -> str | None:
    """Leaves in the temporary tables ``record_nodes`` and ``held_identifiers`` the records to resolve.

    Returns the name of the temporary table of all records whose rows are to be replaced; None: all are; ``NOTHING``:
    none is. ``normalise`` reads the temporary table ``written_identifiers`` into the tables of identifiers; only those
    of records that changed are read again. What a model says of pairs of all records is in ``fresh_candidates``.
    """
    con.execute(NOW)
    scope = None if anew or not is_known(con) else changed(con)
    if scope == NOTHING:
        return scope
    unread = "changed_records" if scope else None
    con.execute(f"create or replace temp table written_identifiers as from staging.identifiers where {within(unread)}")
    normalise()
    if quick:
        con.execute("create or replace temp table fresh_candidates as from identity.candidates")
    else:
        propose(con, unread)
    if scope:
        con.execute(JUDGED_OTHERWISE)
        con.execute(AFFECTED)
    for name in READ:
        store(con, name, unread)
    con.execute(f"create or replace temp table record_nodes as {NODES} where {within(scope)}")
    con.execute(f"create or replace temp table held_identifiers as from identity.identifiers where {within(scope)}")
    return scope


def propose(con: duckdb.DuckDBPyConnection, records: str | None) -> None:
    """Asks the model about all records with names; what those of ``records`` say is read anew (None: of all)."""
    con.execute(f"{NAMED} and {within(records)}")
    con.execute(f"delete from identity.compared_records where {within(records)}")
    if not records:
        con.execute("delete from identity.weighed_pairs")
    fuzzy.take_in(con)
    fuzzy.propose(con)
    con.execute("drop table named_records")


def is_known(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether the last run resolved by the same rules and settings."""
    return con.execute("select settings from identity.resolved_with").fetchall() == [(settings(con),)]


def settings(con: duckdb.DuckDBPyConnection) -> str:
    """Returns what the result depends on besides the records: the rules as written here, phone region and secret.

    And on what DuckDB says of two names: a newer one may compare them otherwise.
    """
    folder = files(__package__)
    places = (*folder.iterdir(), *folder.joinpath("fuzzy").iterdir())
    rules = sorted((file.name, file.read_bytes()) for file in places if file.name.endswith((".py", ".sql")))
    given = con.execute("select getvariable('phone_region'), getvariable('secret_print')").fetchall()
    return hashlib.sha256(repr((given, rules, duckdb.__version__)).encode()).hexdigest()


def changed(con: duckdb.DuckDBPyConnection) -> str | None:
    """Finds the records that changed; returns whether nothing, a part (``SCOPE``) or all (None) is to be done."""
    con.execute(CHANGED)
    count, known = con.execute(
        "select (select count(*) from changed_records), (select count(*) from identity.known_records)"
    ).fetchall()[0]
    if not count:
        return NOTHING
    return SCOPE if count <= WORTH_PART * known else None


def remember(con: duckdb.DuckDBPyConnection, scope: str | None) -> None:
    """Notes the records of this run, so that the next one knows what has changed."""
    con.execute(f"delete from identity.known_records where {within(scope)}")
    con.execute(f"""
        insert into identity.known_records
        select
            now.source, now.record_id, now.fingerprint,
            (select coalesce(max(component), 0) + 1 from identity.known_records) + found.component
        from now_records as now
        left join record_nodes as nodes on now.source = nodes.source and now.record_id = nodes.record_id
        left join found_components as found on nodes.node = found.node
        where {within(scope, "now.source", "now.record_id")}
    """)
    con.execute("update identity.resolved_with set settings = $1", [settings(con)])
