"""What is known of each model: the card beside a shipped one, and those of the models fitted in a project.

A project keeps its own models in `work/trained`: `<name>-<id>.npz` and its card `<name>-<id>.json`, and which
of them are in use in `current.json`. Files appear as a whole or not at all; none is ever changed or removed by us.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from vocpipe.contracts import Classifier, RunError, UsageError

CURRENT = "current.json"
SHIPPED = "shipped"  # in place of a version: the model that comes with vocpipe
NAMES = ("sentiment", "student", "topic")  # what can be fitted in a project
Card = Mapping[str, Any]
Row = tuple[Any, ...]


def in_use(folder: Path | None, name: str) -> Path | None:
    """The file of the project's own model of that name, or None where the shipped one is in use.

    Raises RunError where the file that `current.json` names is not there.
    """
    model_id = current(folder).get(name)
    if folder is None or model_id is None:
        return None
    path = folder / f"{name}-{model_id}.npz"
    if not path.is_file():
        raise RunError(f"{path} is not there, but {folder / CURRENT} names it: put it back, or use another version "
                       f"(`vocpipe train DIR --use {name}={SHIPPED}`).")  # fmt: skip
    return path


def current(folder: Path | None) -> dict[str, str]:
    """Name -> id of the project's own models in use. Raises RunError where the file is damaged."""
    if folder is None or not (folder / CURRENT).is_file():
        return {}
    found = _json(folder / CURRENT)
    if not isinstance(found, dict) or not all(isinstance(model_id, str) for model_id in found.values()):
        raise RunError(f"{folder / CURRENT} is damaged: remove it, then the shipped models are in use again.")
    return found


def put(folder: Path, name: str, write: Callable[[Path], None], card: Card) -> str:
    """Keep a fitted model and its card (which names its ``version``); returns its id, which follows from its bytes."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = folder / f".{name}.new.npz"  # numpy adds the ending where it lacks
    write(fresh)
    model_id = hashlib.sha256(fresh.read_bytes()).hexdigest()[:8]
    _written(folder / f"{name}-{model_id}.json", {"name": name, "id": model_id, **card})
    _seen_onto_disk(fresh)
    os.replace(fresh, folder / f"{name}-{model_id}.npz")
    return model_id


def use(folder: Path, name: str, wanted: str) -> None:
    """Put a model in use from the next run on, by its id or version, or the shipped one.

    Raises UsageError where it is not there.
    """
    there = {str(card["version"]): str(card["id"]) for card in trained(folder) if card["name"] == name}
    model_id = there.get(wanted, wanted)
    if name not in NAMES or model_id not in (*there.values(), SHIPPED):
        told = f"write {name}={' or '.join([*there, SHIPPED])}" if name in NAMES else f"name one of {', '.join(NAMES)}"
        raise UsageError(f"there is no model {name}={wanted}: {told}.")
    chosen = current(folder) | {name: model_id}
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _written(folder / CURRENT, {known: i for known, i in chosen.items() if i != SHIPPED})


def trained(folder: Path | None) -> list[dict[str, Any]]:
    """The cards of all models fitted in a project, the oldest first."""
    if folder is None:
        return []
    paths = (path for path in folder.glob("*.json") if re.fullmatch(r"[a-z]+-[0-9a-f]{8}", path.stem))
    return sorted(map(_json, paths), key=lambda card: (card["trained_at"], card["name"], card["version"]))


def shipped(classifier: Classifier) -> dict[str, Any]:
    """The card of a classifier that comes with vocpipe, by the first word of its version; {} where it has none."""
    name = f"{classifier.name}-{classifier.version.split('-')[0]}.card.json"
    path = files(__package__).joinpath("trained", name)
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}


def rows(classifiers: Iterable[Classifier], folder: Path | None) -> list[Row]:
    """One row per model and figure (or one without a figure), for the table `quality.models`: classifier, version,
    origin, trained_on, trained_at, evaluated_on, channel, metric, value, ci_low, ci_high, n, is_in_use, outcome."""
    own, chosen = trained(folder), current(folder)
    fitted_here = {str(card["version"]) for card in own}
    parts = (
        part for one in classifiers for part in (one, getattr(one, "engine", None), getattr(one, "stand_in", None))
    )
    in_run = {(part.name, part.version): part for part in parts if part and part.version not in fitted_here}
    found: list[Row] = []
    for (name, version), part in in_run.items():
        found += _rows(shipped(part) | {"classifier": name, "version": version}, "shipped", True)
    for card in own:
        found += _rows(card, "trained here", chosen.get(card["name"]) == card["id"])
    return found


def _rows(card: Card, origin: str, is_in_use: bool) -> list[Row]:
    head = (card["classifier"], card["version"], origin, card.get("trained_on"), card.get("trained_at"))
    figures: Sequence[Mapping[str, Any]] = card.get("figures") or [{}]
    keys = ("evaluated_on", "channel", "metric", "value", "ci_low", "ci_high", "n")
    return [(*head, *(figure.get(key) for key in keys), is_in_use, card.get("outcome")) for figure in figures]


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as problem:
        raise RunError(f"{path} is damaged (no whole JSON): remove it; the model it tells of is then not used.") from (
            problem
        )


def _written(path: Path, content: Any) -> None:
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    _seen_onto_disk(fresh)
    os.replace(fresh, path)


def _seen_onto_disk(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
