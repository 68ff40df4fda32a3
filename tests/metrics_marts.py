"""A small warehouse that holds only what the metrics room reads, filled by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from vocpipe import metrics

Row = Mapping[str, Any]
MARTS = {
    "interactions": """interaction_id varchar, channel varchar, customer_id varchar, occurred_at timestamp,
        sentiment_score double, topic varchar, journey_stage varchar, experience varchar, need varchar,
        language varchar, source varchar, conversation_id varchar, actionability varchar""",
    "responses": """response_id varchar, interaction_id varchar, source varchar, question_id varchar, metric varchar,
        scale_low integer, scale_high integer, score integer, customer_id varchar, occurred_at timestamp,
        known_at timestamp, loaded_at timestamp, superseded_at timestamp, segments varchar""",
    "conversations": """conversation_id varchar, customer_id varchar, status varchar, rating varchar,
        created_at timestamp, solved_at timestamp, first_reply_minutes double, resolution_minutes double,
        topic varchar, journey_stage varchar, experience varchar, need varchar, source varchar,
        count_turns bigint, count_reopens integer, segments varchar""",
    "orders": """order_id varchar, customer_id varchar, ordered_at timestamp, currency varchar, is_cancelled boolean,
        paid_amount double""",
    "sends": """source varchar, send_id varchar, campaign varchar, channel varchar, customer_id varchar,
        is_delivered boolean, is_paused boolean, sent_at timestamp""",
    "customer_attributes": """customer_id varchar, attribute varchar, value varchar, valid_from timestamp,
        valid_to timestamp""",
    "customers": """customer_id varchar, signed_up_on date, p_alive double, is_p_alive_by_construction boolean""",
    "journeys": """journey_id varchar, customer_id varchar, peak_end double, ended_at timestamp""",
    "journey_stages": """journey_id varchar, customer_id varchar, journey_stage varchar, stage_score double,
        last_at timestamp""",
    "facts.employees": """employee_no varchar, employee_id varchar, recommend_score double, engagement_score double,
        known_at timestamp""",
}
WEIGHTS = "period varchar, period_start timestamp, customer_id varchar, weight double, warning varchar"
SETTINGS = {
    "as_of": "timestamp '2025-07-01'",
    "time_zone": "'UTC'",
    "min_n_show": "1",
    "low_base_n": "30",
    "churn_days": "180",
    "repeat_days": "180",
    "contract_ended": "'contract'",
    "ended_values": "'ended,yes'",
    "conf": "0.95",
    "z": "1.959963984540054",
    "watermark_days": "14",
    "run_id": "'test'",
    "code_version": "'0'",
    "periods": "'all,month'",
    "invitations": "'survey|nps'",
}


def warehouse(tables: Mapping[str, Sequence[Row]], **settings: str) -> duckdb.DuckDBPyConnection:
    """A database in memory with these rows in `marts`, or the schema that is named, and these settings, as SQL."""
    con = duckdb.connect()
    con.execute("create schema marts; create schema facts")
    for name, columns in MARTS.items():
        table = name if "." in name else f"marts.{name}"
        con.execute(f"create table {table} ({columns})")
        for row in tables.get(name, ()):
            marks = ", ".join(f"${i + 1}" for i in range(len(row)))
            con.execute(f"insert into {table} ({', '.join(row)}) values ({marks})", list(row.values()))
    con.execute("create schema scores")
    con.execute(f"create table scores.survey_weights ({WEIGHTS})")
    for row in tables.get("survey_weights", ()):
        con.execute("insert into scores.survey_weights values ($1, $2, $3, $4, null)", [*row.values()])
    for name, value in (SETTINGS | settings).items():
        con.execute(f"set variable {name} = {value}")
    return con


def built(tables: Mapping[str, Sequence[Row]], **settings: str) -> duckdb.DuckDBPyConnection:
    """The same, after the metrics room has run."""
    con = warehouse(tables, **settings)
    metrics.build(con)
    return con


def rows(con: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    """What a query gives, a dictionary a row."""
    result = con.execute(sql)
    names = [column[0] for column in result.description]
    return [dict(zip(names, values, strict=True)) for values in result.fetchall()]


def figure(con: duckdb.DuckDBPyConnection, metric: str, **keys: Any) -> dict[str, Any]:
    """The one published row of a metric under these keys (period 'all' and segment 'all' unless told)."""
    wanted = {"metric": metric, "period": "all", "segment_type": "all"} | keys
    found = [
        row for row in rows(con, "from metrics.metric_value") if all(str(row[k]) == str(v) for k, v in wanted.items())
    ]
    assert len(found) == 1, f"{len(found)} rows for {wanted}"
    return found[0]


def answers(scores: Sequence[int], metric: str = "nps", low: int = 0, high: int = 10, **more: Any) -> list[Row]:
    """Responses of these scores in March 2025, of unknown people unless `more` says otherwise (callables get i)."""
    return [
        {
            "response_id": f"R{i:04}",
            "source": "surveys",
            "question_id": "Q1",
            "metric": metric,
            "scale_low": low,
            "scale_high": high,
            "score": score,
            "occurred_at": "2025-03-10 12:00",
            "loaded_at": "2025-07-01",
            "known_at": "2025-03-10 12:00",
        }
        | {key: value(i) if callable(value) else value for key, value in more.items()}
        for i, score in enumerate(scores)
    ]
