"""What several customers say that no topic covers yet, or far more often of late."""

from __future__ import annotations

from typing import Any

from vocpipe.report.asking import Asked

TITLE = "Emerging themes"
PLACE = 110
NEEDS = ("marts.themes",)
MOST = 12


def read(asked: Asked) -> dict[str, Any] | None:
    """The proposed themes, the largest first; nothing where there are none."""
    rows = asked.rows("select * from marts.themes where status = 'proposed' order by count_customers desc, theme_id")
    return {"rows": rows[:MOST], "left": len(rows) - len(rows[:MOST])} if rows else None
