"""Discovery of themes: what several customers say that no topic covers, or that is said far more often of late.

Frames in, frames out. The order of the rows does not matter; the same rows give the same themes.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from vocpipe.analysis.growth import q_values, rate_ratios
from vocpipe.analysis.theme_groups import Vectorise, groups, reduced, tight, word_vectors
from vocpipe.analysis.theme_ids import SAME, Known, cosine, keep_ids, weights
from vocpipe.analysis.theme_naming import Naming, Profile
from vocpipe.analysis.theme_words import Words, names_in, words_of

__all__ = ["Found", "Known", "Limits", "find"]

UNKNOWN = "unknown"
# A word grows where so many times as many customers use it, and so few of those found are chance.
TIMES, FALSE_SHARE = 2.0, 0.05
PER_CUSTOMER = 3  # texts of one customer that count when groups are made: nobody makes a theme by writing often
CLOSE = 0.35  # a text farther (cosine) from the centre of its group does not belong to it
COPIED = 0.5  # a group of which one wording makes up more than this share is a text that is passed on
TWIN = 0.8  # texts that share this part of their words are one wording
MANY = 200  # so many texts of a group are looked at for that
LEAST = 3  # texts that a group needs to be described, before those alike are put together
EXAMPLES = 5
RATES = ["growth", "growth_low", "growth_high", "q_value"]
COLUMNS = (
    "theme_id label words keywords count_texts count_customers first_seen_on last_seen_on growth growth_low"
    " growth_high q_value topic coherence examples"
).split()


@dataclass(frozen=True, slots=True)
class Limits:
    """What a theme needs, how many texts are looked at, and the two times that are compared."""

    min_customers: int = 5
    min_texts: int = 8
    sample: int = 20_000
    recent_days: int = 14
    before_days: int = 56


@dataclass(frozen=True, slots=True)
class Found:
    """The themes of one night.

    ``themes`` has the columns COLUMNS, one row per theme: ``topic`` is that of most of its texts, ``examples`` are the
    interaction ids of the most typical ones. ``members`` has theme_id and interaction_id, one row per theme and text.
    """

    themes: pd.DataFrame
    members: pd.DataFrame


def find(
    texts: pd.DataFrame, today: date, known: Sequence[Known] = (), *, names: Collection[str] = (),
    limits: Limits | None = None, vectorise: Vectorise | None = None,
) -> Found:  # fmt: skip
    """The themes in texts, under the ids of themes that are ``known`` where they are the same.

    ``texts``: interaction_id, text, customer, occurred_on, topic (a slug, 'unknown' or null), topics (list of slugs);
    one row per text. ``names`` are names of people in lower case. ``vectorise`` gives one vector a text; without it
    TF-IDF of the words does. Rejected themes and their near twins are not among those found.
    """
    limits = limits or Limits()
    looked_at, words = prepared(texts, names)
    is_recent, is_before = windows(looked_at, today, limits)
    adopted = {theme.slug: theme.theme_id for theme in known if theme.status == "approved" and theme.slug}
    theme_of = np.array(
        [next((adopted[s] for s in found if s in adopted), None) for found in looked_at["topics"]], object
    )
    candidates = candidate(looked_at, words, is_recent, is_before, limits)
    candidates &= np.array([theme_id is None for theme_id in theme_of], dtype=bool)
    group, close = grouped(looked_at, words, candidates, limits, vectorise)
    naming = Naming(words, looked_at["customer"].tolist())
    numbers = {n: np.flatnonzero(group == n).tolist() for n in np.unique(group[group >= 0]).tolist()}
    numbers = joined(numbers, naming.profiles({n: rows for n, rows in numbers.items() if len(rows) >= LEAST}))
    numbers = {n: rows for n, rows in numbers.items() if is_said_by_many(looked_at, words, rows, limits)}
    profiles = naming.profiles(numbers)
    ids = looked_at["interaction_id"].to_numpy()
    numbers = joined(numbers, naming.profiles(numbers))
    profiles = naming.profiles(numbers)
    kept = keep_ids({n: (profile.words, set(ids[numbers[n]])) for n, profile in profiles.items()}, known)
    for number, theme_id in kept.items():
        theme_of[numbers[number]] = theme_id
    return described(looked_at, theme_of, close, naming, is_recent, is_before, adopted.values())


def prepared(texts: pd.DataFrame, names: Collection[str]) -> tuple[pd.DataFrame, list[Words]]:
    """The texts in an order that depends on their ids alone, at random; and the words of each that say something."""
    order = texts["interaction_id"].map(lambda x: hashlib.sha256(x.encode()).hexdigest())
    ordered = texts.assign(order=order).sort_values("order", ignore_index=True)
    people = names_in(ordered["text"], names)
    return ordered, [words_of(text, people) for text in ordered["text"]]


def windows(texts: pd.DataFrame, today: date, limits: Limits) -> tuple[np.ndarray, np.ndarray]:
    """Which texts are of the last days, and which of the weeks before them."""
    on = pd.to_datetime(texts["occurred_on"]).to_numpy()
    recent = np.datetime64(today - timedelta(days=limits.recent_days))
    before = recent - np.timedelta64(limits.before_days, "D")
    return (on > recent) & (on <= np.datetime64(today)), (on > before) & (on <= recent)


def candidate(
    texts: pd.DataFrame, words: Sequence[Words], is_recent: np.ndarray, is_before: np.ndarray, limits: Limits
) -> np.ndarray:
    """Texts that could be of a new theme: no topic knows them, or they are recent and use a word that grows.

    A text with fewer than two words that say something is junk and none.
    """
    growing = growing_words(texts, words, is_recent, is_before, limits)
    is_unknown = texts["topic"].isna() | (texts["topic"] == UNKNOWN)
    is_growing = np.array([bool(growing & set(one.stems)) for one in words], dtype=bool)
    says = np.array([len(set(one.stems)) >= 2 for one in words], dtype=bool)
    return np.asarray(says & (is_unknown.to_numpy() | (is_recent & is_growing)))


def growing_words(
    texts: pd.DataFrame, words: Sequence[Words], is_recent: np.ndarray, is_before: np.ndarray, limits: Limits
) -> set[str]:
    """Stems that many more customers use of late than before, by chance in few cases."""
    customers = texts["customer"].tolist()
    counts = []
    for window in (is_recent, is_before):
        rows = np.flatnonzero(window).tolist()
        used = {(stem, customers[n]) for n in rows for stem in words[n].stems}
        counts.append((Counter(stem for stem, _ in used), len({customers[n] for n in rows})))
    (recent, all_recent), (before, all_before) = counts
    stems = sorted(stem for stem, count in recent.items() if count >= limits.min_customers)
    if not stems:
        return set()
    now, then = np.array([recent[s] for s in stems]), np.array([before[s] for s in stems])
    rates = rate_ratios(now, then, all_recent, all_before)
    grows = (rates["growth_low"] > 1) & (rates["growth"] >= TIMES) & (q_values(rates["p_value"]) < FALSE_SHARE)
    return {stem for stem, is_so in zip(stems, grows, strict=True) if is_so}


def grouped(
    texts: pd.DataFrame, words: Sequence[Words], candidates: np.ndarray, limits: Limits, vectorise: Vectorise | None
) -> tuple[np.ndarray, np.ndarray]:
    """The group of each text (-1: none) and its closeness to the group's centre.

    One text of each wording and few of each customer make the groups; the other texts of a wording go with it.
    """
    chosen = representatives(texts, words, candidates, limits)
    group, close = np.full(len(texts), -1), np.zeros(len(texts))
    if len(chosen) < limits.min_texts:
        return group, close
    if vectorise:
        vectors = reduced(np.asarray(vectorise([texts["text"].iloc[n] for n in chosen])))
    else:
        vectors = reduced(word_vectors([words[n] for n in chosen]))
    says = vectors.any(axis=1)  # a text that shares no word with another one is alike none
    chosen, vectors = [n for n, is_so in zip(chosen, says, strict=True) if is_so], vectors[says]
    if len(chosen) < limits.min_texts:
        return group, close
    closeness, numbers = tight(vectors, groups(vectors), CLOSE)
    by_key = {words[n].wording: (number, c) for n, number, c in zip(chosen, numbers, closeness, strict=True)}
    for n in np.flatnonzero(candidates):
        group[n], close[n] = by_key.get(words[n].wording, (-1, 0.0))
    return group, close


def representatives(texts: pd.DataFrame, words: Sequence[Words], candidates: np.ndarray, limits: Limits) -> list[int]:
    """The rows that make the groups: the first ones in the order of the ids' hashes."""
    customers = texts["customer"].tolist()
    written: Counter[str] = Counter()
    keys: set[str] = set()
    chosen: list[int] = []
    for n in np.flatnonzero(candidates).tolist():
        if words[n].wording in keys or written[customers[n]] >= PER_CUSTOMER:
            continue
        keys.add(words[n].wording)
        written[customers[n]] += 1
        chosen.append(n)
        if len(chosen) == limits.sample:
            break
    return chosen


def joined(numbers: dict[int, list[int]], profiles: dict[int, Profile]) -> dict[int, list[int]]:
    """The groups with those put together that say one thing; a group that no words describe is none.

    Two say one thing where they share a phrase that half of each uses, or most of their words.
    """
    weight = {number: weights(profile.words) for number, profile in profiles.items()}
    found: dict[int, list[int]] = {}
    for number in sorted(profiles, key=lambda n: (-len(numbers[n]), numbers[n])):
        core, words = profiles[number].core, weight[number]
        place = next((n for n in found if core & profiles[n].core or cosine(words, weight[n]) >= SAME), number)
        found[place] = sorted([*found.get(place, []), *numbers[number]])
    return found


def is_said_by_many(texts: pd.DataFrame, words: Sequence[Words], rows: Sequence[int], limits: Limits) -> bool:
    """Whether a group is more than one text passed on, or the word of a few customers."""
    if texts["customer"].iloc[rows].nunique() < limits.min_customers:
        return False
    wordings: list[tuple[set[str], int]] = []
    looked_at = rows[:MANY]
    for n in looked_at:
        said = set(words[n].wording.split())
        for place, (other, count) in enumerate(wordings):
            if len(said & other) >= TWIN * len(said | other):
                wordings[place] = (other, count + 1)
                break
        else:
            wordings.append((said, 1))
    return len(wordings) >= limits.min_texts and max(count for _, count in wordings) <= COPIED * len(looked_at)


def described(
    texts: pd.DataFrame, theme_of: np.ndarray, close: np.ndarray, naming: Naming, is_recent: np.ndarray,
    is_before: np.ndarray, approved: Collection[str],
) -> Found:  # fmt: skip
    """The themes as tables; one that no words describe is none."""
    rows_of: dict[str, list[int]] = {}
    for n, theme_id in enumerate(theme_of.tolist()):
        if theme_id is not None:
            rows_of.setdefault(theme_id, []).append(n)
    profiles = naming.profiles(rows_of)
    told = [facts_of(texts.iloc[rows_of[i]], close[rows_of[i]]) | asdict(profiles[i]) for i in sorted(profiles)]
    themes = pd.DataFrame(told).assign(theme_id=sorted(profiles)) if told else pd.DataFrame(columns=COLUMNS)
    recent, before = (
        np.array([window[rows_of[i]].sum() for i in sorted(profiles)], dtype=float) for window in (is_recent, is_before)
    )
    rates = rate_ratios(recent, before, int(is_recent.sum()), int(is_before.sum()))
    rates["q_value"] = q_values(rates["p_value"].to_numpy())
    themes = pd.concat([themes.drop(columns=RATES, errors="ignore"), rates], axis=1)[COLUMNS]
    themes = themes[is_news(themes) | themes["theme_id"].isin(list(approved))].reset_index(drop=True)
    pairs = [(i, texts["interaction_id"].iloc[n]) for i in themes["theme_id"] for n in rows_of[i]]
    return Found(themes, pd.DataFrame(pairs, columns=["theme_id", "interaction_id"]))


def facts_of(texts: pd.DataFrame, close: np.ndarray) -> dict[str, Any]:
    """What is counted of one theme's texts."""
    typical = np.argsort(-close, kind="stable")[:EXAMPLES]
    topics = texts["topic"].fillna(UNKNOWN).value_counts()
    topic = min(topics.index, key=lambda slug: (-topics[slug], slug))
    return {
        "count_texts": len(texts),
        "count_customers": texts["customer"].nunique(),
        "first_seen_on": texts["occurred_on"].min(),
        "last_seen_on": texts["occurred_on"].max(),
        "topic": None if topic == UNKNOWN else topic,
        "examples": texts["interaction_id"].iloc[typical].tolist(),
    }


def is_news(themes: pd.DataFrame) -> pd.Series:
    """Texts that a topic knows already are a theme only where they grow."""
    grows = (themes["growth_low"] > 1) & (themes["q_value"] < FALSE_SHARE)
    return themes["topic"].isna() | grows
