"""The sections of the report: one module and one template each; nothing has to be registered."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import Any, Protocol, cast

from vocpipe.report.asking import Asked


class Section(Protocol):
    """One section: a module of this folder with these names, and ``templates/<name>.html``.

    ``PLACE`` orders the sections, ``NEEDS`` are tables without which there is nothing to ask. ``read`` gives what the
    template shows, or None where there is nothing to say; the section is then left out.
    """

    TITLE: str
    PLACE: int
    NEEDS: tuple[str, ...]

    def read(self, asked: Asked) -> dict[str, Any] | None: ...


def sections() -> list[tuple[str, Section]]:
    """Every section by its place, with the name of its module."""
    names = [found.name for found in pkgutil.iter_modules(__path__)]
    found = [(name, cast(Section, import_module(f"{__name__}.{name}"))) for name in names]
    return sorted(found, key=lambda pair: (pair[1].PLACE, pair[0]))
