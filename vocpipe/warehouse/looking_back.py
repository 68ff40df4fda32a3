"""A run that looks back reads texts as they stood at its as-of time, whatever models have scored them since.

What a newer version of a classifier replaces stays in `enrichment.annotation_history`. A run looks back when an earlier
one has seen a later time; it then reads what the last run up to its own as-of time read. Of a text that was first
scored later, the first findings count.
"""

from __future__ import annotations

from datetime import datetime
from typing import cast

import duckdb

from vocpipe.warehouse import value

# Runs that looked back themselves read old findings, so that their own time tells nothing.
UNTIL = """
with done as (
    select started_at, as_of
    from quality.runs
    where outcome in ('published', 'not published') and run_id <> $1
),
forward as (
    select *
    from done
    where not exists (
        select 1 from done as e where e.started_at < done.started_at and e.as_of > done.as_of
    )
)
select
    case
        when max(as_of) > $2 then coalesce(max(case when as_of <= $2 then started_at end), min(started_at))
    end
from forward
"""

NOW = """
select annotations.*
from enrichment.annotations as annotations
inner join enrichment.versions as versions
    on annotations.classifier = versions.classifier and annotations.version = versions.version
where annotations.label is not null
"""

THEN = """
with held as (
    select *, timestamp '9999-12-31' as superseded_at from enrichment.annotations
    union all
    select * from enrichment.annotation_history where superseded_at > timestamp '{until}'
),
ranked as (
    select *, dense_rank() over (partition by text_id, classifier order by superseded_at) as place
    from held
    where classifier in (select classifier from enrichment.versions)
)
select * exclude (superseded_at, place)
from ranked
where place = 1 and label is not null
"""


def until(con: duckdb.DuckDBPyConnection, run_id: str, as_of: datetime) -> datetime | None:
    """The time (UTC) up to which a run knows what was said of texts; None: it looks at all that is known now."""
    return cast("datetime | None", value(con, UNTIL, [run_id, as_of]))


def choose_findings(con: duckdb.DuckDBPyConnection, known_until: datetime | None) -> None:
    """Let `enrichment.findings` be what the classifiers say now, or what they had said by that time."""
    con.execute(
        f"create or replace view enrichment.findings as {THEN.format(until=known_until) if known_until else NOW}"
    )
