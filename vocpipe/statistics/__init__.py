"""Tables that SQL cannot make: one file a table, which reads with SELECTs and computes with `vocpipe.analysis`.

Nothing has to be registered. Those in the schema `scores` are made behind the facts, so that marts can join them; those
in `metrics` behind the figures.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from importlib import import_module
from typing import Any, Protocol, cast


class Statistic(Protocol):
    """One table: a module of this folder whose module-level names are these.

    ``TABLE`` is schema and name, ``DEFINITION`` its comment, which names the grain ("One row per …"), ``COLUMNS`` the
    type (DuckDB's) and the comment of each column. ``READS`` gives each frame that ``make`` gets: one SELECT in the
    portable subset, ordered by a key, so that the result does not depend on how rows came about. ``make`` gets the
    pandas frames and the parameters of the SQL rooms (as_of, conf, …) and gives a frame with the columns, of no rows
    where there is nothing to say. One in ``metrics`` may have ``FIGURES``, a SELECT from its own table that gives rows
    of metrics.metric_value (all columns but conf, low_base, suppressed, as_of and run_id): its figures as metrics.
    """

    TABLE: str
    DEFINITION: str
    COLUMNS: Mapping[str, tuple[str, str]]
    READS: Mapping[str, str]

    def make(self, frames: Mapping[str, Any], parameters: Mapping[str, Any]) -> Any: ...


def statistics(schema: str) -> list[Statistic]:
    """Every statistic whose table is in a schema, by name of the table."""
    modules = (import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__))
    found = [cast(Statistic, module) for module in modules if hasattr(module, "TABLE")]
    return sorted((s for s in found if s.TABLE.startswith(f"{schema}.")), key=lambda statistic: statistic.TABLE)
