"""Pulls the vendors' own files into the project folder; what they are and mean is the sources' business, not ours.

A connector is one module of this folder with the names of `Connector`; nothing has to be registered. It keeps a cursor
of where it is, so that the next pull takes what is new, and one that was cut off goes on where it was: a page is on the
disk before the cursor says so, and a page that comes twice is written twice under the same name.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from vocpipe.connectors.jobs import Job


class Connector(Protocol):
    """One vendor: a module with these names.

    ``OPTIONS`` are the keys that it reads under ``options``, with what each is for; those in ``NEEDS`` must be there.
    ``pull`` lands files and gives the path of each; it raises RunError where the vendor does not answer or refuses.
    """

    VENDOR: str
    OPTIONS: dict[str, str]
    NEEDS: tuple[str, ...]

    def pull(self, job: Job) -> Iterator[Path]: ...


def connectors() -> dict[str, Connector]:
    """Every connector by the name of its vendor."""
    modules = (import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__))
    return {module.VENDOR: cast(Connector, module) for module in modules if hasattr(module, "VENDOR")}
