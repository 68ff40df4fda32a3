"""The text step's first half: which texts are new and what they look like redacted; and the taxonomy in use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import compress

import duckdb
import pyarrow as pa

from vocpipe.enrichment import Workers, may_tell_many, redact_many
from vocpipe.enrichment.marks import Mark
from vocpipe.enrichment.redaction import Redactor
from vocpipe.enrichment.taxonomy import Taxonomy
from vocpipe.warehouse import marks, rows, transaction, value

Progress = Callable[[str, int, int], None]
# Texts in memory at a time; each chunk starts its worker processes anew, so few large ones are better.
CHUNK = 1_000_000
SEPARATOR = chr(30)  # between names
NOBODY: list[str] = []  # one for all texts without names, not a million

# Names that count for a text: those of its writer, by his own record or that of the customer he was recognised as,
# as far as they stand in the text at all. Every other text is the same whoever wrote it.
WRITERS = """
create or replace temp table writers as
with names as (
    select p.source, p.record_id, l.customer_id, lower(name) as folded, name
    from (
        select source, record_id, unnest([given_name, family_name]) as name from staging.persons
    ) as p
    left join identity.links as l on p.source = l.source and p.record_id = l.record_id
    where length(name) > 1
),
customer_names as (
    select distinct customer_id, folded, name from names where customer_id is not null
),
turns as materialized (
    select t.interaction_id, t.source, t.person_id, l.customer_id, lower(t.verbatim) as folded
    from staging.turns as t
    left join identity.links as l on t.source = l.source and t.person_id = l.record_id
    where t.verbatim is not null and t.person_id is not null
),
said as (
    select t.interaction_id, n.name
    from turns as t
    inner join customer_names as n on t.customer_id = n.customer_id
    where contains(t.folded, n.folded)
    union
    select t.interaction_id, n.name
    from turns as t
    inner join names as n on t.source = n.source and t.person_id = n.record_id
    where t.customer_id is null and contains(t.folded, n.folded)
)
select interaction_id, list_sort(list(name)) as names
from said
group by interaction_id
"""

KEYS = """
create or replace temp table keys as
select
    t.interaction_id, t.verbatim, t.language_hint, coalesce(w.names, []) as names,
    md5(concat_ws(chr(31), $1, t.verbatim, array_to_string(coalesce(w.names, []), chr(30)))) as redaction_key
from staging.turns as t
left join writers as w on t.interaction_id = w.interaction_id
where t.verbatim is not null
"""


def counting(stage: str, done: int, total: int, progress: Progress) -> Callable[[int], None]:
    """Adds up what is done chunk by chunk for a progress bar."""

    def told(count: int) -> None:
        nonlocal done
        done += count
        progress(stage, done, total)

    return told


def redact(
    con: duckdb.DuckDBPyConnection, brand_handles: Sequence[str], workers: Workers, progress: Progress
) -> dict[str, int]:
    """Redact every text that is new, or whose writer changed, or that may hold a name, handle, number or birth
    date that was not known before.

    Makes `enrichment.texts`.
    """
    known = marks.known(con)
    redactor = Redactor((), brand_handles, known)
    con.execute(WRITERS)
    con.execute(KEYS, [redactor.rules])
    forget_outdated(con, known, workers, progress)
    con.execute("""
        create or replace temp table missing as
        select redaction_key, any_value(verbatim) as verbatim, any_value(array_to_string(names, chr(30))) as names
        from keys
        where redaction_key not in (select redaction_key from enrichment.redactions)
        group by redaction_key
    """)
    count = value(con, "select count(*) from missing")
    for start, chunk in chunks(con, "select redaction_key, verbatim, names from missing order by redaction_key"):
        keys, texts, joined = (column.to_pylist() for column in chunk.columns)
        names = [one.split(SEPARATOR) if one else NOBODY for one in joined]
        done = redact_many(redactor, texts, names, workers, counting("redacting texts", start, count, progress))
        fresh = pa.table({"redaction_key": keys, "redacted": done})
        con.execute("insert into enrichment.redactions select redaction_key, redacted from fresh")
        del fresh
    con.execute(
        """
        create or replace table enrichment.texts as
        select k.interaction_id, md5(r.redacted) as text_id, r.redacted, k.language_hint, $1 as redaction_version
        from keys as k
        inner join enrichment.redactions as r on k.redaction_key = r.redaction_key
        """,
        [redactor.version],
    )
    return {"texts redacted": count}


def forget_outdated(
    con: duckdb.DuckDBPyConnection, known: Sequence[Mark], workers: Workers, progress: Progress
) -> None:  # fmt: skip
    """Drop the redactions that what is known now may change: of texts that may hold something that is new.

    Where something is no longer known, all are dropped.
    """
    before = set(rows(con, "select kind, value from enrichment.redaction_marks"))
    fresh, held = [mark for mark in known if mark not in before], "from enrichment.redactions"
    if not fresh and len(before) == len(known):
        return
    outdated: list[str] = []
    if len(before) + len(fresh) == len(known):
        held += " where redaction_key in (select redaction_key from outdated)"
        query = (
            "select distinct redaction_key, verbatim from keys semi join enrichment.redactions using (redaction_key)"
        )
        count = value(con, f"select count(*) from ({query})")
        for start, chunk in chunks(con, query) if count else []:
            keys, texts = (column.to_pylist() for column in chunk.columns)
            told = counting("looking for new names", start, count, progress)
            outdated += compress(keys, may_tell_many(fresh, texts, workers, told))
    outdated_keys = pa.table({"redaction_key": pa.array(outdated, pa.string())})
    told_by = pa.table({"kind": pa.array([mark.kind for mark in known], pa.string()),
                        "value": pa.array([mark.value for mark in known], pa.string())})  # fmt: skip
    with transaction(con):
        con.register("outdated", outdated_keys)
        con.execute(f"delete {held}")
        con.unregister("outdated")
        con.execute("delete from enrichment.redaction_marks")
        con.execute("insert into enrichment.redaction_marks from told_by")
    del told_by


def chunks(con: duckdb.DuckDBPyConnection, query: str, size: int = CHUNK) -> list[tuple[int, pa.Table]]:
    """The result of a query in tables of at most ``size`` rows, each with its first row's number."""
    result = con.sql(query).to_arrow_table()
    return [(start, result.slice(start, size)) for start in range(0, result.num_rows, size)]


def register_taxonomy(con: duckdb.DuckDBPyConnection, taxonomy: Taxonomy) -> None:
    """Put the taxonomy in use into `enrichment.topics`."""
    con.execute(
        "create or replace table enrichment.topics (slug varchar, label varchar, definition varchar, status varchar, "
        "experience varchar, journey_stage varchar, need varchar)"
    )
    con.executemany(
        "insert into enrichment.topics values (?, ?, ?, ?, ?, ?, ?)",
        [[t.slug, t.label, t.definition, t.status, t.experience, t.journey_stage, t.need] for t in taxonomy.topics],
    )
