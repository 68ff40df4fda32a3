"""An employee survey as CSV: one row an employee or agent, one column an item of satisfaction or engagement."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vocpipe.contracts import Recognition
from vocpipe.exports import Export
from vocpipe.numbers import decimal_of
from vocpipe.sources.crm import SPOILT_ID, whole
from vocpipe.tabular import Piece, mapped_columns, records_of, sample_of, signature_of

NAME = "employees_csv"
TITLE = "Employee survey"
NEEDS = ()
PRECEDENCE = -4

COLUMNS = {
    "id": ("(agent|employee|staff|worker|team) ?id", "employee( ?number)?", "agent"),
    "score": (),  # no column: the mapping says by `score_decimal` how the items write decimals
}
ITEM = re.compile(r"(?i)satisf|engag|enps|recommend|motivat|wellbeing|morale")

EXAMPLE = {
    "employees.csv": b"agent_id,job_satisfaction,environment_satisfaction,years_at_company\n31,4,3,6\n"
    b"32,2,,1\n33,high,3,2\n"
}


def recognise(export: Export) -> Recognition | None:
    """An employee id and at least one item of satisfaction or engagement in numbers."""
    header, values = sample_of(export)
    columns = mapped_columns(header, COLUMNS)
    items = [name for name in header if ITEM.search(name) and name not in columns.values() and values[name]]
    if "id" not in columns or not items:
        return None
    if decimal_of(value for item in items for value in values[item]) == ",":
        columns["score_decimal"] = ","
    return Recognition(NAME, signature_of(header), header, columns=columns, segments=items)


def read(export: Export) -> Iterator[Piece]:
    """One row an employee."""
    return records_of(export, "employee")


PARSED = {
    "employees": f"""
select row_id, body, is_spoilt(cells.id) as is_spoilt_id, {whole("cells.id")} as employee_id,
from landed
where kind = 'employee'
""",
    "employee_answers": """
with items as (
    select row_id, body, employee_id, unnest(from_json(getvariable('segments'), '["VARCHAR"]')) as item from employees
)
select row_id, employee_id, item, column_of(body, item) as answer, number_as(answer, 'score') as score from items
""",
}

SELECT = {
    "records": f"""
select
    row_id, 'employee' as kind, employee_id as record_key, null::timestamp as occurred_at,
    null::timestamp as recorded_at, null::timestamp as first_recorded_at, false as is_removal,
    case when is_spoilt_id then '{SPOILT_ID}' when employee_id is null then 'the employee has no id' end as set_aside,
    case when employee_id is null then 'id' end as set_aside_column
from employees
""",
    "employees": """
select row_id, employee_id, item, score from employee_answers where score is not null
""",
    "cells": """
select row_id, item as column_name, 'no number' as reason
from employee_answers
where answer is not null and score is null
""",
}

KEPT = "select row_id from employees"
