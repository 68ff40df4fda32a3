"""A backfill comes to what the nights would have come to, had each of them run when its files came."""

from __future__ import annotations

import shutil
from datetime import date, datetime, timedelta

import pytest
from project import qualtrics, read_quickly, response, ticket, tickets, write

import vocpipe
from vocpipe import backfilling, pipeline
from vocpipe.proposing import init

pytestmark = pytest.mark.usefixtures("without_report")

START = date(2026, 3, 2)
# When and by which run something was loaded or linked.
AUDIT = {"run_id", "loaded_at", "linked_at", "unlinked_at", "as_of", "trained_at"}


def files_of(day: int) -> dict[str, bytes]:
    """What comes on a day: answers and tickets of people who come again and again."""
    at = datetime.combine(START + timedelta(days=day), datetime.min.time()) + timedelta(hours=10)
    written = dict.fromkeys(("StartDate", "EndDate", "RecordedDate"), f"{at:%Y-%m-%d %H:%M:%S}")
    answers = [
        response(20 * day + n, (day + n) % 11, **written, RecipientEmail=f"p{(day + n) % 7}@example.com")
        for n in range(12)
    ]
    iso = f"{at:%Y-%m-%dT%H:%M:%SZ}"
    asked = [ticket(20 * day + n, created_at=iso, updated_at=iso, requester_id=n % 5) for n in range(4)]
    return {f"surveys/q_{day:03d}.csv": qualtrics(answers, "UTC"), f"desk/t_{day:03d}.json": tickets(*asked)}


def published(folder):
    """Every published table of figures and records, without the audit columns."""
    found = {}
    with vocpipe.connect(folder) as con:
        names = con.execute(
            "select schema_name, table_name from duckdb_tables() where schema_name in ('marts', 'metrics', 'actions')"
        ).fetchall()
        for schema, name in names:
            columns = [row[0] for row in con.execute(f"describe {schema}.{name}").fetchall() if row[0] not in AUDIT]
            listed = ", ".join(f'"{column}"' for column in columns)
            found[f"{schema}.{name}"] = sorted(
                map(repr, con.execute(f"select {listed} from {schema}.{name}").fetchall())
            )
    return found


@pytest.mark.parametrize("days", [pytest.param(2, marks=pytest.mark.slow), pytest.param(90, marks=pytest.mark.long)])
def test_a_backfill_comes_to_what_the_nights_come_to(tmp_path, days):
    whole = tmp_path / "whole"
    for day in range(days):
        write(whole, files_of(day))
    init(whole, {}, force=False)
    read_quickly(whole)
    nights = tmp_path / "nights"
    write(nights, files_of(0))
    shutil.copy(whole / "vocpipe.toml", nights)
    end = START + timedelta(days=days - 1)
    for day, as_of in enumerate(backfilling.nights(nights, START, end)):
        write(nights, files_of(day))
        pipeline.run(nights, as_of=as_of, since=START)
    (whole / "work").mkdir(mode=0o700)
    shutil.copy(nights / "work" / "pseudonym.key", whole / "work")
    assert len(list(backfilling.backfill(whole, START, end))) == days
    expected, found = published(nights), published(whole)
    assert expected.keys() == found.keys()
    assert [name for name in expected if expected[name] != found[name]] == []
    assert len(found["marts.interactions"]) == 16 * days
    assert list(backfilling.backfill(whole, START, end)) == []
