"""vocpipe: voice-of-customer analytics on one machine, joined to the customer record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vocpipe.pipeline import Summary
    from vocpipe.published import Published

__all__ = ["connect", "run"]


def connect(directory: str | Path) -> Published:
    """A read-only DuckDB connection to a project's published file, that sees each new publish by itself.

    Raises UsageError where nothing was published yet.
    """
    from vocpipe.published import Published

    return Published(Path(directory))


def run(directory: str | Path, **options: Any) -> Summary:
    """The whole nightly job on a project folder; options as for ``vocpipe.pipeline.run``."""
    from vocpipe import pipeline

    return pipeline.run(Path(directory), **options)
