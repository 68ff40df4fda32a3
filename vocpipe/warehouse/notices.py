"""What people should know of: warnings of checks and alerts of metrics, and which of them are due to be told."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

import duckdb
import pyarrow as pa

from vocpipe.warehouse import rows, transaction
from vocpipe.warehouse.checking import Warned


class Notice(NamedTuple):
    """Something that holds and should be told."""

    notice_id: str
    kind: str
    subject: str
    told: str


class Acknowledged(NamedTuple):
    """Somebody's word that a notice is known; ``at`` is naive UTC."""

    notice_id: str
    by: str
    at: datetime


def notice_of(kind: str, subject: str, told: str) -> Notice:
    """A notice with the id of its subject."""
    return Notice(hashlib.sha256(f"{kind}|{subject}".encode()).hexdigest()[:12], kind, subject, told)


def found(con: duckdb.DuckDBPyConnection, warned: Iterable[Warned]) -> list[Notice]:
    """What this run found: one notice for each check that warns and place where it does, and for each alert."""
    notices = [
        notice_of("check", f"{one.check} {place}".strip(), f"{one.definition}{f': {place}' if place else ''}")
        for one in warned
        for place in one.places
    ]
    return notices + [notice_of("alert", *alert) for alert in alerts(con)]


def alerts(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Subject and sentence of every fresh alert of `metrics.alert`; none where no run has made that table.

    The period is part of the subject: whoever acknowledges what moved in May has not heard of June.
    """
    if not rows(con, "select 1 from duckdb_tables() where schema_name = 'metrics' and table_name = 'alert'"):
        return []
    query = (
        "select concat_ws(' ', metric, unit, segment_type, segment, kind, period, strftime(period_start, '%Y-%m-%d')), "
        "text from metrics.alert where is_fresh order by all"
    )
    return [(subject, told) for subject, told in rows(con, query)]


def update(
    con: duckdb.DuckDBPyConnection, notices: Iterable[Notice], known: Iterable[Acknowledged], now: datetime
) -> None:  # fmt: skip
    """Begin, carry on and end notices by what was found; mark those that somebody acknowledged since they began."""
    cells = list(zip(*dict.fromkeys(notices), strict=True)) or [()] * len(Notice._fields)
    fresh = pa.table([pa.array(column, pa.string()) for column in cells], list(Notice._fields))
    with transaction(con):
        con.execute("create or replace temp table found as from fresh")
        con.execute(
            "update quality.notices set ended_at = $1 "
            "where ended_at is null and notice_id not in (select notice_id from found)",
            [now],
        )
        con.execute(
            "update quality.notices as n set last_found_at = $1, told = f.told from found as f "
            "where n.notice_id = f.notice_id and n.ended_at is null",
            [now],
        )
        con.execute(
            "insert into quality.notices "
            "select notice_id, kind, subject, any_value(told), $1, $1, 0, null, null, null, null from found "
            "where notice_id not in (select notice_id from quality.notices where ended_at is null) "
            "group by notice_id, kind, subject",
            [now],
        )
        for one in known:
            con.execute(
                "update quality.notices set acknowledged_by = $2, acknowledged_at = $3 where notice_id = $1 "
                "and ended_at is null and acknowledged_at is null and first_found_at <= $3",
                list(one),
            )
    del fresh


def due(con: duckdb.DuckDBPyConnection, cooldown: timedelta, now: datetime) -> list[Notice]:
    """What holds, nobody has acknowledged, and was not told within the cool-down."""
    query = (
        "select notice_id, kind, subject, told from quality.notices where ended_at is null and acknowledged_at is null "
        "and (last_told_at is null or last_told_at <= $1) order by kind, subject"
    )
    return [Notice(*row) for row in rows(con, query, [now - cooldown])]


def mark_told(con: duckdb.DuckDBPyConnection, notices: Iterable[Notice], now: datetime) -> None:
    """Note that these were told."""
    con.execute(
        "update quality.notices set last_told_at = $1, count_told = count_told + 1 "
        "where ended_at is null and list_contains($2, notice_id)",
        [now, [notice.notice_id for notice in notices]],
    )


def holding(con: duckdb.DuckDBPyConnection) -> list[Mapping[str, object]]:
    """What holds now, the newest first, for the page of a run."""
    query = (
        "select notice_id, kind, subject, told, first_found_at, acknowledged_by from quality.notices "
        "where ended_at is null order by first_found_at desc, kind, subject"
    )
    names = ("notice_id", "kind", "subject", "told", "first_found_at", "acknowledged_by")
    return [dict(zip(names, row, strict=True)) for row in rows(con, query)]
