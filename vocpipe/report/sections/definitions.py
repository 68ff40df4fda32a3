"""What every figure on the page means, in the words of its file."""

from __future__ import annotations

from typing import Any

from vocpipe.metrics import read_metrics
from vocpipe.report.asking import Asked

TITLE = "Definitions"
PLACE = 150
NEEDS = ("metrics.metric_value",)

# The marks of a metric's file, in words.
METHODS = {
    "adjusted_wald": "adjusted Wald interval",
    "wilson": "Wilson's interval",
    "t": "Student's t, clustered by customer",
    "poisson_byar": "Byar's Poisson interval",
    "order_statistics": "interval by order statistics",
    "none": "a total, without interval",
}


def read(asked: Asked) -> dict[str, Any]:
    """The definition of each metric that the file holds, by name."""
    there = {row["metric"] for row in asked.rows("select distinct metric from metrics.metric_value")}
    return {
        "metrics": [
            {
                "name": metric.name,
                "definition": metric.definition,
                "grain": metric.marks["grain"],
                "unit": metric.marks["unit"],
                "better": {"up": "higher is better", "down": "lower is better"}[metric.marks["direction"]],
                "method": METHODS.get(metric.marks["method"], metric.marks["method"].replace("_", " ")),
                "version": metric.marks["version"],
            }
            for metric in read_metrics()
            if metric.name in there
        ]
    }
