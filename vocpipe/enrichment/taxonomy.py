"""The taxonomy: the topics of a business, with the words by which each is known, in a file a person can change.

One TOML table per topic: label, definition, journey_stage, experience (product, transaction, interaction), keywords,
and where wanted need (meaning, value, accommodation), weights, seeds and examples. A keyword is a word ('refund'), a
phrase ('on hold') or a stem ('delay*'; any word of a phrase may be one); a keyword in the table ``weights`` counts as
much as its number says, all others 1. A seed is what a customer might write ('my bag never came'): found word for word
it counts as a keyword, and a learned model takes it as a labelled text. Guide: ``docs/topics.md``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from vocpipe.contracts import UsageError

UNKNOWN = "unknown"
EXPERIENCES = ("product", "transaction", "interaction")
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_SLUG = re.compile(r"[a-z][a-z0-9_]*")
NEEDS = ("meaning", "value", "accommodation")
_TOLD = ("label", "definition", "journey_stage", "experience")
_KEYS = {*_TOLD, "need", "status", "keywords", "weights", "seeds", "examples"}


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic of a taxonomy; ``keywords`` maps each keyword, in lower case, to its weight."""

    slug: str
    label: str
    definition: str
    journey_stage: str
    experience: str
    status: str = "approved"
    keywords: Mapping[str, float] = field(default_factory=dict)
    examples: tuple[str, ...] = ()
    need: str | None = None
    seeds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """The topics of one business, in the order of the file."""

    name: str
    topics: tuple[Topic, ...]


def load_taxonomy(path: Path) -> Taxonomy:
    """The taxonomy in a TOML file; raises UsageError naming file, topic and key where an entry is wrong."""
    try:
        content = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            f"The taxonomy {path} cannot be read ({error.strerror}); write the path of a TOML file."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"The taxonomy {path} is not a TOML file: {error}.") from error
    entries = content.get("topic", {})
    if not isinstance(entries, dict) or not entries:
        raise UsageError(f"The taxonomy {path} names no topic; write tables like [topic.delivery].")
    topics = tuple(_topic(f"Taxonomy {path}, topic '{slug}'", slug, entry) for slug, entry in entries.items())
    return Taxonomy(name=str(content.get("name", Path(path).stem)), topics=topics)


def _topic(where: str, slug: str, entry: object) -> Topic:
    if not isinstance(entry, dict):
        raise UsageError(f"{where}: write a table [topic.{slug}] with label, definition and keywords.")
    if not _SLUG.fullmatch(slug) or slug == UNKNOWN:
        raise UsageError(f"{where}: a slug is lower-case letters, digits and _, and not '{UNKNOWN}'.")
    if strange := sorted(set(entry) - _KEYS):
        raise UsageError(f"{where}: key '{strange[0]}' is not known; write one of {', '.join(sorted(_KEYS))}.")
    told = {key: _text(where, entry, key) for key in _TOLD}
    _one_of(where, "experience", told["experience"], EXPERIENCES)
    need = _one_of(where, "need", _text(where, entry, "need"), NEEDS) if "need" in entry else None
    status = entry.get("status", "approved")
    if status != "approved":
        raise UsageError(f"{where}: status '{status}' must be 'approved'; leave other topics out of the file.")
    examples, seeds = (tuple(_texts(where, entry.get(key, []), key)) for key in ("examples", "seeds"))
    keywords = _keywords(where, entry, seeds)
    return Topic(slug, **told, status=status, keywords=keywords, examples=examples, need=need, seeds=seeds)


def _one_of(where: str, key: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise UsageError(f"{where}: {key} '{value}' must be one of {', '.join(allowed)}.")
    return value


def _text(where: str, entry: Mapping[str, object], key: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value.strip():
        raise UsageError(f"{where}: key '{key}' must be a text that says something.")
    return value.strip()


def _texts(where: str, value: object, key: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise UsageError(f"{where}: key '{key}' must be a list of texts.")
    return value


def _keywords(where: str, entry: Mapping[str, object], seeds: tuple[str, ...]) -> dict[str, float]:
    weights = entry.get("weights", {})
    if not isinstance(weights, dict):
        raise UsageError(f"{where}: key 'weights' must be a table of keyword = number.")
    written = [*_texts(where, entry.get("keywords", []), "keywords"), *weights]
    if not written and not seeds:
        raise UsageError(f"{where}: key 'keywords' must name at least one word or phrase.")
    return {_seed(where, seed): 1.0 for seed in seeds} | {
        _keyword(where, word): _weight(where, word, weights.get(word, 1.0)) for word in written
    }


def _seed(where: str, written: str) -> str:
    words = WORD.findall(written.lower().replace("’", "'"))
    if not words:
        raise UsageError(f"{where}: the seed '{written}' must be a phrase that a customer might write.")
    return " ".join(words)


def _keyword(where: str, written: str) -> str:
    words = written.lower().replace("’", "'").replace("-", " ").split()
    if not words or not all(WORD.fullmatch(word.removesuffix("*")) for word in words):
        raise UsageError(f"{where}: keyword '{written}' must be words of letters and digits; a * may only end a word.")
    return " ".join(words)


def _weight(where: str, written: str, weight: object) -> float:
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < weight < 100:
        raise UsageError(f"{where}: the weight of '{written}' must be a number above 0 and below 100.")
    return float(weight)


def taxonomy_folder() -> Path:
    """The folder of the taxonomies that come with the project, in a checkout or in an installed package."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "data" / "taxonomies", package.parent / "data" / "taxonomies"):
        if folder.is_dir():
            return folder
    raise UsageError(
        "The taxonomies that come with vocpipe were not found; install it again, or name a file as taxonomy."
    )
