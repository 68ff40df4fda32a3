"""One module a format; a new format is a new file here and nothing else."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import cast

from vocpipe.contracts import Recognition, Source
from vocpipe.exports import Export


@cache
def formats() -> dict[str, Source]:
    """Every format by its name, the most particular first (``PRECEDENCE``, then the name).

    The modules are those of the package, so they are looked for once: thousands of files ask for them.
    """
    modules = [importlib.import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__)]
    modules.sort(key=lambda module: (getattr(module, "PRECEDENCE", 0), module.NAME))
    return {module.NAME: cast(Source, module) for module in modules}


def recognise(export: Export) -> Recognition | None:
    """What a file is, by its content; None where no format knows it."""
    return next((found for source in formats().values() if (found := source.recognise(export))), None)
