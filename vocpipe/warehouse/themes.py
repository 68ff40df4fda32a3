"""The tables of themes: the texts to look at, what is known of themes, and what a night found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa

from vocpipe.analysis.theme_groups import Vectorise
from vocpipe.analysis.themes import Found, Known, Limits, find
from vocpipe.warehouse import rows, transaction, value

# Texts of the last days before the newest one, so many at most: which ones depends on their ids alone.
DAYS, TEXTS = 365, 100_000

LOOKED_AT = """
select
    i.interaction_id, i.verbatim as text, cast(i.occurred_at as date) as occurred_on, i.topic,
    coalesce(i.topics, []) as topics,
    -- Who is no customer yet is told apart as far as the vendor does.
    coalesce(i.customer_id, i.source || ':' || t.person_id, i.source || ':' || i.conversation_id, i.interaction_id)
        as customer,
from facts.interactions as i
inner join staging.turns as t on i.interaction_id = t.interaction_id
where i.verbatim is not null
    and coalesce(i.language, 'und') in ('en', 'und')
    and i.occurred_at >= (select max(occurred_at) from facts.interactions) - to_days($1)
order by md5(i.interaction_id), i.interaction_id
limit $2
"""
NAMES = """
select distinct lower(unnest(regexp_split_to_array(concat_ws(' ', given_name, family_name), '[^\\pL]+'))) as name
from staging.persons
where coalesce(given_name, family_name) is not null
"""
# Each theme as it was last seen at the time of this run; a look back knows those found later by their first sight.
SEEN = """
select theme_id, words
from enrichment.themes
qualify row_number() over (
    partition by theme_id order by as_of <= $1 desc, case when as_of <= $1 then as_of end desc, as_of
) = 1
"""


def register_decisions(con: duckdb.DuckDBPyConnection, decided: Mapping[str, Any], topics: Mapping[str, str]) -> None:
    """Put what people decided into `enrichment.theme_decisions` (``decided``: `decisions.themes.in_force`; ``topics``:
    the topic of each theme that counts as one)."""
    con.execute(
        "create or replace table enrichment.theme_decisions "
        "(theme_id varchar, verdict varchar, label varchar, topic varchar)"
    )
    for theme_id, made in sorted(decided.items()):
        con.execute(
            "insert into enrichment.theme_decisions values (?, ?, ?, ?)",
            [theme_id, made.verdict, made.label, topics.get(theme_id)],
        )


def update(
    con: duckdb.DuckDBPyConnection, as_of: datetime, decided: Mapping[str, Any], limits: Limits,
    vectorise: Vectorise | None = None,
) -> dict[str, int]:  # fmt: skip
    """Find the themes of this run and keep them; needs `facts.interactions`. Gives how many were found."""
    newest = value(con, "select max(cast(occurred_at as date)) from facts.interactions where verbatim is not null")
    if newest is None:
        return {"themes": 0}
    texts = con.sql(LOOKED_AT, params=[DAYS, TEXTS]).to_arrow_table().to_pandas()
    names = {name for (name,) in rows(con, NAMES) if len(name) > 1}
    found = find(texts, newest, known(con, as_of, decided), names=names, limits=limits, vectorise=vectorise)
    keep(con, as_of, found)
    return {"themes": len(found.themes)}


def known(con: duckdb.DuckDBPyConnection, as_of: datetime, decided: Mapping[str, Any]) -> list[Known]:
    """Every theme of an earlier run, and those that people decided on though this work file never saw them."""
    members: dict[str, set[str]] = {}
    for theme_id, interaction_id in rows(con, "select theme_id, interaction_id from enrichment.theme_members"):
        members.setdefault(theme_id, set()).add(interaction_id)
    words: dict[str, Sequence[str]] = {theme_id: made.theme.words for theme_id, made in decided.items()}
    words |= dict(rows(con, SEEN, [as_of]))
    return [
        Known(theme_id, words[theme_id], frozenset(members.get(theme_id, ())), *said_of(decided.get(theme_id)))
        for theme_id in sorted(words)
    ]


def said_of(made: Any) -> tuple[str, str | None, str | None]:
    """Status, slug and the theme it was merged into, by a person's decision on a theme."""
    return (made.verdict, made.slug, made.into) if made else ("proposed", None, None)


def keep(con: duckdb.DuckDBPyConnection, as_of: datetime, found: Found) -> None:
    """Keep the themes of a run in place of those that a run of the same time found.

    A look back leaves the members as a later run saw them.
    """
    themes = pa.Table.from_pandas(found.themes, preserve_index=False)
    members = pa.Table.from_pandas(found.members, preserve_index=False)
    with transaction(con):
        con.execute("delete from enrichment.themes where as_of = $1", [as_of])
        if len(themes):
            con.execute("insert into enrichment.themes by name select $1 as as_of, * from themes", [as_of])
            current = "select theme_id from enrichment.themes group by theme_id having max(as_of) = $1"
            con.execute(
                "delete from enrichment.theme_members where theme_id in (select theme_id from themes) "
                f"and theme_id in ({current})",
                [as_of],
            )
            con.execute(
                f"insert into enrichment.theme_members select * from members where theme_id in ({current})", [as_of]
            )
    del themes, members
