"""The run ledger in `quality.runs`, and the counts that a run's summary shows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import duckdb

from vocpipe.sources import formats
from vocpipe.warehouse import rows
from vocpipe.warehouse.rooms import build_room


def start(
    con: duckdb.DuckDBPyConnection, run_id: str, started_at: datetime, as_of: datetime, settings_hash: str
) -> None:
    """Open the run's row; a run that is killed leaves it as it stands here."""
    con.execute(
        "insert into quality.runs values ($1, $2, null, $3, 'not finished', null, $4, $5, null, null, null)",
        [run_id, started_at, as_of, version("vocpipe"), settings_hash],
    )


def latest(con: duckdb.DuckDBPyConnection) -> datetime | None:
    """When the newest run began, by the clock that this machine had then; None before the first."""
    found: datetime | None = rows(con, "select max(started_at) from quality.runs")[0][0]
    return found


def close(
    con: duckdb.DuckDBPyConnection, run_id: str, outcome: str, problem: str | None,
    counts: Mapping[str, Any], timings: Mapping[str, float],
) -> None:  # fmt: skip
    """Write how the run ended."""
    versions = {}
    if rows(con, "select 1 from duckdb_tables() where schema_name = 'enrichment' and table_name = 'versions'"):
        named = "case rank when 0 then classifier else concat(classifier, ', stand-in') end"
        versions = dict(rows(con, f"select {named}, version from enrichment.versions where rank < 2 order by 1"))
    con.execute(
        "update quality.runs set ended_at = $2, outcome = $3, problem = $4, model_versions = $5, counts = $6, "
        "timings = $7 where run_id = $1",
        [run_id, datetime.now(UTC).replace(tzinfo=None, microsecond=0), outcome, problem, json.dumps(versions),
         json.dumps(counts, default=str), json.dumps({name: round(x, 3) for name, x in timings.items()})],
    )  # fmt: skip


# What a run saw and linked. Two runs of one state are one night done twice: they are compared with the same run.
STATE = """
    select md5(concat_ws('|',
        getvariable('as_of'),
        (select count(*) from staging.turns),
        (select concat_ws(':', count(*), bit_xor(hash(source, record_id, customer_id, link_rule))) from identity.links),
        (select count(*) from identity.contradictions),
        (select concat_ws(':', count(*), max(judgement_id)) from identity.judgements where ended_at is null),
        (select count(*) from identity.candidates where verdict = 'unsure')
    ))
"""


def compare(con: duckdb.DuckDBPyConnection, run_id: str) -> None:
    """Find the run that this one is compared with: the last one that came to its end and saw or linked other things.

    Its id and time become the variables ``before_run_id`` and ``before_at``; both are null where there is none.
    """
    con.execute("delete from identity.run_states where run_id = $1", [run_id])
    con.execute(f"insert into identity.run_states select $1, ({STATE})", [run_id])
    found = rows(
        con,
        """
        select runs.run_id, runs.started_at
        from quality.runs as runs
        inner join identity.run_states as states on runs.run_id = states.run_id
        where runs.outcome in ('published', 'not published')
            and states.state <> (select state from identity.run_states where run_id = $1)
        order by runs.started_at desc, runs.run_id desc
        limit 1
        """,
        [run_id],
    )
    before_run_id, before_at = found[0] if found else (None, None)
    con.execute("set variable before_run_id = cast($1 as varchar)", [before_run_id])
    con.execute("set variable before_at = cast($1 as timestamp)", [before_at])


def keep_identity(con: duckdb.DuckDBPyConnection, run_id: str) -> None:
    """Keep this run's figures of the identity graph, so that the next run can be compared with it."""
    con.execute("delete from identity.run_figures where run_id = $1", [run_id])
    con.execute("insert into identity.run_figures by name select $1 as run_id, * from facts.identity_figures", [run_id])


def row_counts(con: duckdb.DuckDBPyConnection, run_id: str) -> dict[str, Any]:
    """Rows in, used, set aside (with reasons) and unchanged over all loads, and the new ones of this run."""
    found = rows(
        con,
        """
        with declared as (select load_id from raw.loads where source in (select source from staging.declared_sources))
        select
            coalesce(sum(rows_in), 0)::bigint, coalesce(sum(rows_unchanged), 0)::bigint,
            coalesce(sum(rows_in) filter (run_id = $1), 0)::bigint,
            coalesce(sum(rows_changed) filter (run_id = $1), 0)::bigint,
            (select count(*) from raw.rejects where load_id in (from declared)),
            (select count(*) from staging.records where reason is null)
        from raw.loads
        where load_id in (from declared)
        """,
        [run_id],
    )[0]
    reasons = dict(
        rows(
            con,
            "select reason, count(*) from staging.records where reason is not null group by reason order by 2 desc, 1",
        )
    )
    total, unchanged, fresh, changed, unreadable, used = found
    aside = sum(reasons.values()) + unreadable
    cells = rows(con, "select reason, count(*) from staging.cells group by reason order by 2 desc, 1")
    return {
        "rows in": total,
        "rows new in this run": fresh,
        "rows used": used,
        "rows set aside": aside,
        "rows unchanged": unchanged,
        "rows changed in this run": changed,
        "reasons": reasons | ({"no row that can be read": unreadable} if unreadable else {}),
        "cells set aside": dict(cells),
        "new columns": new_columns(con, run_id),
    }


def new_columns(con: duckdb.DuckDBPyConnection, run_id: str) -> list[str]:
    """Columns that a source's files of this run have and none of its earlier files had: kept in raw, not used."""
    found = rows(
        con,
        """
        with columns as (
            select source, run_id, file, unnest(from_json(json_extract(meta, '$.columns'), '["VARCHAR"]')) as name
            from raw.loads
            where problem is null
        ),
        earlier as (select distinct source, name from columns where run_id <> $1)
        select source, name, min(file)
        from columns
        where run_id = $1 and source in (select source from earlier)
            and (source, name) not in (select (source, name) from earlier)
        group by source, name
        order by source, name
        """,
        [run_id],
    )
    return [f"{name!r} in {file} (source {source!r}) is kept but not used" for source, name, file in found]


def figures(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """What the end of a run shows: linked share by channel and the headline metrics with their intervals."""
    linked = rows(
        con, "select channel, count(*), count(customer_id) from marts.interactions group by channel order by 1"
    )
    shown = rows(
        con,
        """
        select metric, segment_type, segment, unit, value, ci_low, ci_high, n from metrics.metric_value
        where period = 'all' and metric <> 'retention'  -- twelve figures for one
            and (segment_type = 'all' or metric = 'net_sentiment' and segment_type = 'channel')
        order by metric, segment, unit
        """,
    )
    before = figures_before(con)
    return {
        "customers": rows(con, "select count(*) from marts.customers")[0][0],
        "suppressed customers": rows(con, "select count(distinct customer_id) from actions.suppressions")[0][0],
        "interactions": {channel: count for channel, count, _ in linked},
        "linked share": {channel: known / count for channel, count, known in linked},
        "metrics": [
            {"metric": m if kind == "all" else f"{m} ({segment})", "unit": unit, "value": value, "ci_low": low,
             "ci_high": high, "n": n, "before": before.get((m if kind == "all" else f"{m} ({segment})", unit))}
            for m, kind, segment, unit, value, low, high, n in shown
        ],
    }  # fmt: skip


def figures_before(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], float | None]:
    """Value by metric and unit of the last run that came to its end, as its summary showed them."""
    query = (
        "select json_extract(counts, '$.build.metrics') from quality.runs where outcome in ('published', "
        "'not published') and run_id <> getvariable('run_id') order by started_at desc, run_id desc limit 1"
    )
    found = rows(con, query)
    shown = json.loads(found[0][0]) if found and found[0][0] else []
    return {(row["metric"], row["unit"]): row["value"] for row in shown}


def file_report(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """What became of each file: rows good and set aside with reasons, cells, columns nobody uses, the newest time."""
    build_room(con, "quality", only=("loads", "quarantine"))
    reasons: dict[tuple[str, str], dict[str, int]] = {}
    for source, file, unit, column, reason, count in rows(
        con,
        """
        select source, file, unit, "column", reason, count(*)
        from quality.quarantine where unit <> 'file' group by all order by count(*) desc, reason
        """,
    ):
        told = f"{reason} ({column})" if column else reason
        found = reasons.setdefault((source, file), {})
        found[told if unit != "cell" else f"cell: {told}"] = count
    newest = dict(rows(con, "select file, max(vendor_at) from staging.records where reason is null group by file"))
    loads = rows(con, "select source, file, rows_in, rows_used, problem from quality.loads order by source, file")
    unused = unused_columns(con)
    return [
        {
            "source": source,
            "file": file,
            "rows": count,
            "good": used,
            "problem": problem,
            "set aside": reasons.get((source, file), {}),
            "newest": newest.get(file),
            "unused columns": unused.get(file, []),
        }
        for source, file, count, used, problem in loads
    ]  # fmt: skip


def unused_columns(con: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """Columns of each table that neither the settings name nor the vendor adds: kept in raw, used for nothing."""
    found = rows(
        con,
        """
        with named as (
            select source, unnest(json_extract_string(columns, '$.*')) as name from source_settings
            union all
            select source, unnest(from_json(segments, '["VARCHAR"]')) from source_settings
            union all
            select source, question_id from questions
        ),
        columns as (
            select source, format, file, unnest(from_json(json_extract(meta, '$.columns'), '["VARCHAR"]')) as name
            from raw.loads where source in (select source from named)
        )
        select c.file, c.format, list(c.name order by c.name)
        from columns as c left join named as n on c.source = n.source and c.name = n.name
        where n.name is null
        group by c.file, c.format
        """,
    )
    unused = {file: [name for name in names if name not in own_columns(format_)] for file, format_, names in found}
    return {file: names for file, names in unused.items() if names}


def own_columns(format_name: str) -> set[str]:
    """The columns that a vendor adds to every export by itself."""
    own = getattr(formats()[format_name], "OWN", ())
    return {*getattr(formats()[format_name], "FIELDS", {}).values(), *(own.values() if isinstance(own, dict) else own)}
