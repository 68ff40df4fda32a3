"""The log of runs, `work/logs/run.jsonl`: one JSON object a line, a line for each stage, rotating.

It holds counts, seconds and our own sentences, never a value out of a vendor's file.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

FILE = "work/logs/run.jsonl"
SIZE, FILES = 1_000_000, 5


class _Handler(RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:
        raise  # the disk's refusal is the run's failure, not a message on a terminal that nobody sees


def path_of(directory: Path) -> Path:
    """Path of the log of a project folder; older parts stand beside it as `run.jsonl.1` and so on."""
    return directory / FILE


def write(directory: Path, **told: Any) -> None:
    """Add one line with the time in UTC. Raises OSError where the disk refuses."""
    path = path_of(directory)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handler = _Handler(path, maxBytes=SIZE, backupCount=FILES, encoding="utf-8", delay=True)
    line = json.dumps({"at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", **told}, ensure_ascii=False, default=str)
    try:
        handler.handle(logging.LogRecord("vocpipe", logging.INFO, __file__, 0, line, (), None))
    finally:
        handler.close()


def numbers(counts: Mapping[str, Any]) -> dict[str, int | float]:
    """The plain numbers among a stage's counts."""
    return {name: count for name, count in counts.items() if type(count) in (int, float)}
