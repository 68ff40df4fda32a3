"""What a metric is: one file of this folder, its definition in words, its marks and its SELECT."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

DIMENSIONS = ("channel", "topic", "journey_stage", "experience", "need", "language")
METHODS = (
    *("adjusted_wald", "mean_of_parts", "wilson", "poisson_byar"),
    *("order_statistics", "kaplan_meier", "t", "none"),
)
MARK = re.compile(r"^-- (\w+): (\S.*)$")


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric's file: name, definition in words, its marks (unit, direction, grain, method, …) and its SELECT."""

    name: str
    definition: str
    marks: dict[str, str]
    sql: str

    @property
    def is_paired(self) -> bool:
        """Whether a change is tested with customers who are in both periods; stocks of shares are not."""
        method, timing = self.marks["method"], self.marks["timing"]
        return method == "poisson_byar" or (method in ("adjusted_wald", "wilson", "t") and timing != "stock")


def read_metric(path: Path) -> Metric:
    """The metric that a file holds. The comments before the SELECT are its definition, `-- key: value` its marks."""
    sql = path.read_text(encoding="utf-8")
    head = []
    for line in sql.splitlines():
        if not line.startswith("--"):
            break
        head.append(line)
    marks = {found[1]: found[2].strip() for line in head if (found := MARK.match(line))}
    words = [line[2:].strip() for line in head if not MARK.match(line)]
    return Metric(path.stem, " ".join(words), marks, sql)
