"""What was judged of pairs of records, by persons or by a model, beside what the records say themselves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from vocpipe.identity.graph import Ints, joined, pairs_within
from vocpipe.identity.names import NO_BIRTH, Profiles, clash, no_numbers, pair_keys
from vocpipe.identity.people import People

# What is judged of two records. "likely" is a model's word: it joins where nothing better speaks against it.
SAME, DIFFERENT, LIKELY = "same", "different", "likely"


def ends(pairs: pd.DataFrame, verdict: str) -> tuple[Ints, Ints]:
    """Returns the nodes of the pairs of a verdict: node_a, node_b."""
    some = pairs[pairs["verdict"] == verdict]
    return some["node_a"].to_numpy(dtype="int64"), some["node_b"].to_numpy(dtype="int64")


def informed(people: People, pairs: pd.DataFrame) -> People:
    """Returns the records with what was judged of ``pairs`` (node_a, node_b, verdict).

    Who was judged to be one person contradicts himself no more, whatever his records say. A record of which somebody
    said that it is not another one's gets a voice of its own (``People.token``), so that the two never meet.
    """
    a, b = ends(pairs, DIFFERENT)
    nodes = np.unique(np.concatenate([a, b]))
    start = len(people.profiles.birth)
    profiles = _with_blanks(people.profiles, len(nodes))
    tokens = start + np.arange(len(nodes))
    different = np.unique(
        pair_keys(tokens[np.searchsorted(nodes, a)], tokens[np.searchsorted(nodes, b)], start + len(nodes))
    )
    one, other = _chained(_of_customers(people, pairs), len(people.profile))
    alias, aliases = _aliases(profiles, people.profile[one], people.profile[other])
    name, names = _name_pairs(profiles, aliases)
    known = replace(profiles, alias=alias, aliases=aliases, name=name, names=names, different=different)
    return replace(people, profiles=known, token_node=nodes, token=tokens)


def _of_customers(people: People, pairs: pd.DataFrame) -> pd.DataFrame:
    """The pairs without a model's word on others than two customer records: only these excuse a contradiction."""
    is_customer = people.is_customer[pairs[["node_a", "node_b"]].to_numpy(dtype="int64")].all(axis=1)
    return pairs[is_customer | (pairs["verdict"] != LIKELY).to_numpy()]


def _chained(pairs: pd.DataFrame, size: int) -> tuple[Ints, Ints]:
    """All pairs of nodes that chains of the same and likely pairs join."""
    a, b = np.concatenate([ends(pairs, verdict) for verdict in (SAME, LIKELY)], axis=1)
    chain = joined(size, a, b)
    nodes = np.unique(np.concatenate([a, b]))
    i, j = pairs_within(chain[nodes])
    return nodes[i], nodes[j]


def _with_blanks(profiles: Profiles, count: int) -> Profiles:
    """The profiles and some that know nothing behind them."""
    none = np.zeros(count, dtype="int64")
    return replace(
        profiles,
        given=np.concatenate([profiles.given, none]),
        family=np.concatenate([profiles.family, none]),
        birth=np.concatenate([profiles.birth, np.full(count, NO_BIRTH)]),
    )


def _aliases(profiles: Profiles, a: Ints, b: Ints) -> tuple[Ints, tuple[Ints, ...]]:
    """Groups of profiles that contradict each other and were judged to be one person all the same."""
    hit = np.flatnonzero(clash(profiles, a, b))
    known = np.unique(np.concatenate([a[hit], b[hit]]))
    alias = np.full(len(profiles.birth), -1, dtype="int64")
    if not len(known):
        return alias, ()
    group = joined(len(known), np.searchsorted(known, a[hit]), np.searchsorted(known, b[hit]))
    alias[known] = np.unique(group, return_inverse=True)[1]
    order = np.argsort(alias[known], kind="stable")
    parts = np.split(known[order], np.flatnonzero(np.diff(alias[known][order])) + 1)
    return alias, tuple(parts)


def _name_pairs(profiles: Profiles, aliases: tuple[Ints, ...]) -> tuple[Ints, Ints]:
    """A number for the whole name of each profile, and the pairs of different ones that one person bears."""
    if not aliases:
        return no_numbers(), no_numbers()
    codes = profiles.given * len(profiles.words) + profiles.family
    name = np.unique(codes, return_inverse=True)[1].astype("int64")
    found = [no_numbers()]
    for group in aliases:
        borne = np.unique(name[group[profiles.is_whole()[group]]])
        i, j = np.triu_indices(len(borne), 1)
        found.append(pair_keys(borne[i], borne[j], len(name)))
    return name, np.unique(np.concatenate(found))


def pair_ties(pairs: pd.DataFrame, verdict: str, rank: int) -> pd.DataFrame:
    """Returns ties (node, value, rank) for the pairs of a verdict: one value a pair."""
    a, b = ends(pairs, verdict)
    value = np.tile(np.arange(len(a)), 2)
    return pd.DataFrame({"node": np.concatenate([a, b]), "value": value, "rank": rank}).astype("int64")
