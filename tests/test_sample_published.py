"""The published file of the sample says what is true of the sample, and nothing private."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import duckdb
import pytest

import vocpipe
from vocpipe.sample import Figure, Truth

GUIDE = (Path(vocpipe.__file__).parent / "docs" / "loyalty.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def con(published: Path) -> duckdb.DuckDBPyConnection:
    return vocpipe.connect(published)


def told(con: duckdb.DuckDBPyConnection, metric: str) -> dict[tuple[str, str], tuple[int, float]]:
    """(n, value) by ('all', 'all'), ('month', 'YYYY-MM') and ('loyalty_tier', tier), small cells left out."""
    rows = con.execute(
        """
        select
            case when period = 'month' then 'month' else segment_type end,
            case when period = 'month' then strftime(period_start, '%Y-%m') else coalesce(segment, 'all') end,
            n, value
        from metrics.metric_value
        where metric = $1 and not suppressed and (period, segment_type) in
            (('all', 'all'), ('month', 'all'), ('all', 'loyalty_tier'))
        """,
        [metric],
    ).fetchall()
    return {(kind, "all" if kind == "all" else name): (n, value) for kind, name, n, value in rows}


@pytest.mark.parametrize("metric", ["nps", "csat", "csat_mean", "ces", "ticket_csat"])
def test_figures_are_the_true_ones(con: duckdb.DuckDBPyConnection, truth: Truth, metric: str) -> None:
    """Overall and by month over everything; by tier the share linked decides, so n may differ there by a little."""
    found = told(con, metric)
    for key, figure in truth.metric(metric).items():
        if key[0] != "loyalty_tier" and figure.n >= 10:
            assert found[key] == (figure.n, pytest.approx(figure.value)), key
    assert ("all", "all") in found and len(found) > 10


def test_the_tier_figures_are_those_of_the_answers_that_were_linked(
    con: duckdb.DuckDBPyConnection, truth: Truth
) -> None:
    person = {i.interaction_id: i.person for i in truth.interactions}
    scores = defaultdict(list)
    query = """
        select i.source_id, r.score
        from marts.responses as r
        inner join marts.interactions as i on i.interaction_id = r.interaction_id
        where r.metric = 'nps' and r.superseded_at is null and r.customer_id is not null
    """
    for source_id, score in con.execute(query).fetchall():
        owner = person[source_id]
        assert owner is not None
        scores[truth.people[owner].tier].append((score >= 9) - (score <= 6))
    found = {key[1]: value for key, value in told(con, "nps").items() if key[0] == "loyalty_tier" and key[1] in scores}
    assert found == {tier: (len(v), pytest.approx(100 * sum(v) / len(v))) for tier, v in scores.items()}


@pytest.mark.parametrize("sql", re.findall(r"```sql\n(.*?)```", GUIDE, flags=re.DOTALL))
def test_the_queries_of_the_guide_to_loyalty_find_something(con: duckdb.DuckDBPyConnection, sql: str) -> None:
    assert con.sql(sql).fetchall()


@pytest.mark.parametrize("metric", ["repeat_rate", "churn_rate", "revenue"])
def test_loyalty_is_the_true_one(con: duckdb.DuckDBPyConnection, truth: Truth, metric: str) -> None:
    n, value = told(con, metric)["all", "all"]
    figure: Figure = truth.loyalty()[metric]
    assert value == pytest.approx(figure.value)
    if metric != "revenue":
        assert n == figure.n


def test_every_valid_interaction_is_there_once(con: duckdb.DuckDBPyConnection, truth: Truth) -> None:
    rows = con.execute("select channel, source_id from marts.interactions").fetchall()
    assert sorted(rows) == sorted((i.channel, i.interaction_id) for i in truth.interactions)


def test_nobody_is_taken_for_another(con: duckdb.DuckDBPyConnection, truth: Truth) -> None:
    """Where exact identifiers lead to a person it is found, where they do not it is that person or nobody."""
    owners = defaultdict(set)
    query = """
        select customer_id, record_id from marts.customer_records
        where person_kind = 'customer_record' and unlinked_at is null
    """
    for customer_id, record_id in con.execute(query).fetchall():
        owners[customer_id].add(truth.crm[record_id])
    assert sorted(owners.values(), key=min) == [{number} for number in range(len(truth.people))]
    rows = con.execute("select channel, source_id, customer_id from marts.interactions").fetchall()
    found = {(channel, source_id): owners[c] if c else set() for channel, source_id, c in rows}
    for i in truth.interactions:
        right = {i.person} if i.person is not None else set()
        assert found[i.channel, i.interaction_id] in ([right] if i.is_linkable else [right, set()]), i


def test_nothing_private_is_published(con: duckdb.DuckDBPyConnection, truth: Truth) -> None:
    """No private string of a text, no identifier and no name of a customer stands in any text of the file."""
    secrets = {s for i in truth.interactions for s in i.secrets if not s.isalpha()}
    for person in truth.people:
        secrets |= {person.email, person.other_email, person.phone, person.name} | ({person.handle} - {None})
    columns = con.execute(
        "select table_schema, table_name, column_name from information_schema.columns "
        "where data_type = 'VARCHAR' and table_catalog = current_database()"
    ).fetchall()
    assert len(columns) > 20
    for schema, table, column in columns:
        values = con.execute(
            f'select distinct "{column}" from {schema}."{table}" where "{column}" is not null'
        ).fetchall()
        text = "\n".join(value for (value,) in values).lower()
        assert not [s for s in secrets if s.lower() in text], (schema, table, column)


def test_programs_with_an_older_duckdb_can_read_it(published: Path, con: duckdb.DuckDBPyConnection) -> None:
    """Bytes 12 to 19 of a DuckDB file are the version of its storage: 65 since 1.2. No type that drivers trip over."""
    with (published / "published" / "voc.duckdb").open("rb") as file:
        assert int.from_bytes(file.read(20)[12:], "little") <= 65
    types = con.execute(
        "select distinct data_type from duckdb_columns() where not internal and database_name = current_database()"
    ).fetchall()
    plain = {"VARCHAR", "VARCHAR[]", "BIGINT", "INTEGER", "DOUBLE", "BOOLEAN", "DATE", "TIMESTAMP", "JSON"}
    assert {name for (name,) in types} <= plain
