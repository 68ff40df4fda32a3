"""Cards of models: what comes with vocpipe tells its figures, what is fitted in a project tells where it came from."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest

from vocpipe import enrichment
from vocpipe.contracts import TextChoices
from vocpipe.enrichment import cards
from vocpipe.warehouse.teaching import MODELS

CARDS = sorted(path for path in files(enrichment).joinpath("trained").iterdir() if path.name.endswith(".card.json"))


class Model:
    """A classifier that comes with vocpipe, or not."""

    name = "sentiment"

    def __init__(self, version, **parts):
        self.version = version
        self.__dict__ |= parts


def as_dicts(rows):
    return [dict(zip(MODELS.names, row, strict=True)) for row in rows]


@pytest.mark.parametrize("path", CARDS, ids=lambda path: path.name)
def test_a_shipped_card_says_what_it_was_trained_on_and_each_figure_on_what(path):
    card = json.loads(path.read_text(encoding="utf-8"))
    assert card["trained_on"]
    for figure in card["figures"]:
        assert {"evaluated_on", "channel", "metric", "value", "n"} <= set(figure)
        assert -1 <= figure["value"] <= 1
        assert figure["n"] > 0


def test_a_classifier_in_use_has_the_figures_of_its_card():
    found = as_dicts(cards.rows([Model("vader-1-abc")], None))
    assert {(row["version"], row["origin"], row["is_in_use"]) for row in found} == {("vader-1-abc", "shipped", True)}
    assert {"macro_recall", "accuracy", "calibration_error"} == {row["metric"] for row in found}


def test_the_engine_below_a_head_and_its_stand_in_are_told_too_and_once():
    stand_in = Model("fast-1-b")
    model = Model("adapted-1-c", engine=Model("accurate-1-a", stand_in=stand_in), stand_in=stand_in)
    found = as_dicts(cards.rows([model], None))
    assert {row["version"] for row in found} == {"adapted-1-c", "accurate-1-a", "fast-1-b"}


def test_a_model_fitted_here_is_not_told_as_shipped(tmp_path):
    card = {"classifier": "sentiment", "version": "adapted-1-c", "trained_at": "2026-01-02T00:00:00Z", "outcome": "why"}
    figures = [{"evaluated_on": "held-out authors", "channel": "all", "metric": "accuracy", "value": 0.8, "n": 9}]
    one = cards.put(tmp_path, "sentiment", lambda path: path.write_bytes(b"one"), card | {"figures": figures})
    cards.put(tmp_path, "sentiment", lambda path: path.write_bytes(b"two"), card | {"version": "adapted-1-d"})
    cards.use(tmp_path, "sentiment", "adapted-1-c")
    assert cards.current(tmp_path) == {"sentiment": one}
    assert cards.in_use(tmp_path, "sentiment").read_bytes() == b"one"
    found = as_dicts(cards.rows([Model("adapted-1-c", engine=Model("plain-1-a"))], tmp_path))
    told = {row["version"]: (row["origin"], row["is_in_use"], row["metric"], row["value"]) for row in found}
    assert told == {
        "plain-1-a": ("shipped", True, None, None),
        "adapted-1-c": ("trained here", True, "accuracy", 0.8),
        "adapted-1-d": ("trained here", False, None, None),
    }


def test_models_keep_out_of_the_way_of_who_fits_none(tmp_path):
    assert cards.trained(tmp_path / "work" / "trained") == cards.trained(None) == []
    assert cards.current(tmp_path) == {}
    assert cards.in_use(None, "student") is None
    assert TextChoices().trained is None
