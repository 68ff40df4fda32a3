"""Whether tickets of engaged employees are rated better."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from vocpipe.analysis.clustered import slope

TABLE = "metrics.engagement_effect"
DEFINITION = """How much the share of tickets rated good rises per point of engagement of the employee who works on
them. Tickets and employee are joined by the assignee; the error is between employees (CR2, Satterthwaite). An
association: who is engaged may differ in other ways. Of ten employees or more with rated tickets, else null; never
about a single one. One row per measure of engagement."""
COLUMNS = {
    "measure": ("varchar", "engagement (mean of the items of satisfaction) or recommend (would recommend, 0 to 10)."),
    "n_employees": ("bigint", "Employees with an answer and a rated ticket."),
    "n_tickets": ("bigint", "Their rated tickets."),
    "good_share": ("double", "Share of these rated good, 0 to 1."),
    "mean_measure": ("double", "Mean of the measure over these employees, on the survey's own scale."),
    "effect": ("double", "Rise of the share rated good per point of the measure: 0.1 is ten tickets more of 100."),
    "se": ("double", "Its standard error, robust between employees."),
    "ci_low": ("double", "Lower bound."),
    "ci_high": ("double", "Upper bound."),
    "p_value": ("double", "Two-sided p of no effect."),
    "conf": ("double", "Confidence of the interval, 0 to 1."),
}
READS = {
    "employees": """
select
    e.employee_no,
    e.engagement_score as engagement,
    e.recommend_score as recommend,
    count(*) as n,
    sum(case when c.rating = 'good' then 1 else 0 end) as good,
from facts.employees as e
join marts.conversations as c on c.assignee_id = e.employee_id
where c.rating in ('good', 'bad')
group by e.employee_no, e.engagement_score, e.recommend_score
order by e.employee_no
"""
}
LEAST_EMPLOYEES = 10


def make(frames: Mapping[str, pd.DataFrame], parameters: Mapping[str, Any]) -> pd.DataFrame:
    """A row for each measure that somebody with a rated ticket answered."""
    employees, conf = frames["employees"], float(parameters["conf"])
    made = [told(employees[employees[m].notna()], m, conf) for m in ("engagement", "recommend")]
    return pd.DataFrame([row for row in made if row["n_employees"]], columns=list(COLUMNS))


def told(employees: pd.DataFrame, measure: str, conf: float) -> dict[str, Any]:
    """One measure against ratings; figures of few employees stay null."""
    known = {
        "measure": measure,
        "n_employees": len(employees),
        "n_tickets": int(employees["n"].sum()),
        "conf": conf,
    }
    if len(employees) < LEAST_EMPLOYEES:
        return known
    x, good, n = (employees[c].to_numpy(dtype=float) for c in (measure, "good", "n"))
    known |= {"good_share": float(good.sum() / n.sum()), "mean_measure": float(x.mean())}
    found = slope(x, good, n, conf)
    if found is None:
        return known
    return known | {
        "effect": found.slope,
        "se": found.se,
        "ci_low": found.low,
        "ci_high": found.high,
        "p_value": found.p_value,
    }
