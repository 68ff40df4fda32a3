"""When things happened and how people felt: eighteen months of an airline, with a winter storm in January 2026."""

from __future__ import annotations

import tomllib
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

START = datetime(2025, 1, 1)
END = datetime(2026, 7, 1)
SPAN_SECONDS = int((END - START).total_seconds())
STORM = "2026-01"

# Points added to what a customer would otherwise answer on a 0-10 scale, by month.
MOODS = {
    "2025-07": -0.6,
    "2025-08": -0.5,
    "2025-12": -0.4,
    STORM: -2.4,
    "2026-02": -1.2,
    "2026-05": 0.5,
    "2026-06": 0.8,
}
# How much more people say in a month than in an ordinary one.
VOLUMES = {"2025-07": 1.2, "2025-08": 1.2, STORM: 1.7, "2026-02": 1.2}


def month_of(moment: datetime) -> str:
    """The month as ``YYYY-MM``."""
    return f"{moment:%Y-%m}"


def moments(rng: np.random.Generator, count: int) -> list[datetime]:
    """``count`` moments in naive UTC, in order, denser in the months when people had something to say."""
    days = [START + timedelta(days=d) for d in range((END - START).days)]
    weights = np.array([VOLUMES.get(month_of(day), 1.0) for day in days])
    drawn = rng.choice(len(days), count, p=weights / weights.sum())
    seconds = np.sort(drawn * 86400 + rng.integers(0, 86400, count))
    return [START + timedelta(seconds=int(s)) for s in seconds]


def mood_at(moment: datetime) -> float:
    """Points added to a 0-10 answer at that moment: the month's mood, and a slow improvement over the story."""
    progress = (moment - START).total_seconds() / SPAN_SECONDS
    return MOODS.get(month_of(moment), 0.0) + 0.6 * progress


@lru_cache(maxsize=4)
def parts(name: str) -> dict[str, Any]:
    """The word lists ``data/sample/<name>.toml``; the folder lies in the package, or beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    folder = next(d for d in (package / "data", package.parent / "data") if (d / "sample").is_dir())
    return tomllib.loads((folder / "sample" / f"{name}.toml").read_text(encoding="utf-8"))
