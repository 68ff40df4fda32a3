"""The rules that tie a record to a customer: their order, strength and reason, and the score of each link.

The strengths are judgements, not estimates: they order the rules, and they leave room below for likelier guesses.
The reasons stand beside them; `docs/identity.md` shows the same table.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from vocpipe.identity.graph import Bools, Ints


class Rule(NamedTuple):
    """One way in which a record belongs to a customer; ``strength`` is its ``link_score``, 0 to 1."""

    name: str
    strength: float
    reason: str


# Strongest first; the position is the rank used in clusters. Positions 2 to 6 are also the types of identifiers.
RULES = (
    Rule("record", 1.0, "the customer's own record, the one that was known first"),
    Rule("person", 1.0, "a person judged them to be the same: nothing outranks that"),
    Rule("account_id", 0.999, "the same account id: given by the company itself, typed by nobody"),
    Rule("handle", 0.99, "the same handle: unique within its network, held by one login"),
    Rule("phone", 0.98, "the same phone number: personal as a rule, but lines are shared and numbers are given again"),
    Rule("email", 0.97, "the same e-mail address: personal as a rule, but households and offices share mailboxes"),
    Rule("birth", 0.965, "the same birth date, home town and whole name, slips of the pen allowed for"),
    Rule("handle_name", 0.96, "a shared handle, and the name of just one of the persons on it"),
    Rule("phone_name", 0.95, "a shared phone number, and the name of just one of the persons on it"),
    Rule("email_name", 0.94, "a shared mailbox, and the name of just one of the persons on it"),
    Rule("birth_name", 0.93, "the same where relatives share them, and the name of just one of the persons"),
    Rule(
        "fuzzy", 0.92, "names, birth date and address that are alike enough: a model's word, checked on labelled pairs"
    ),
    Rule("transitive", 0.95, "through another record of the person: this times the strengths along the way"),
)
RANK = {rule.name: rank for rank, rule in enumerate(RULES)}
TYPES = ("account_id", "handle", "phone", "email", "birth")
TRANSITIVE = RANK["transitive"]
STRENGTHS = np.array([rule.strength for rule in RULES])
# The reasons in short, as evidence of a link.
SAID = np.array([rule.reason.partition(":")[0] for rule in RULES], dtype=object)


def named(rank: Ints) -> Ints:
    """Returns the rank of the rule "this identifier and the name" for each rank of an identifier type."""
    return rank + (RANK["handle_name"] - RANK["handle"])


def explain_links(cluster: Ints, is_customer: Bools, age: Ints, ties: pd.DataFrame) -> pd.DataFrame:
    """Returns one row per node of a customer's cluster: node, canonical, rank (into ``RULES``), score, via, via_rank.

    ``ties`` are the incidences that hold the clusters together: node, value, rank. ``age`` is a place in the order of
    age, the canonical record being the oldest customer record. A record that shares a value with a customer record of
    its cluster gets the strongest such rule; the others are transitive, scored along their best shortest way. ``via``
    is the record that it meets so, ``via_rank`` by which rule; both -1 for the canonical record.
    """
    canonical = _canonical(cluster, is_customer, age)
    ours = np.flatnonzero(canonical >= 0)
    is_canonical = canonical == np.arange(len(cluster))
    inner = ties[canonical[ties["node"].to_numpy()] >= 0]
    node = inner["node"].to_numpy()
    key = _meeting_points(cluster[node], inner["value"].to_numpy())
    held = pd.DataFrame({"node": node, "key": key, "rank": inner["rank"].to_numpy()})
    rank = _direct(len(cluster), node, key, held["rank"].to_numpy(), is_customer)
    rank[is_canonical] = RANK["record"]
    score = np.where(rank < TRANSITIVE, STRENGTHS[rank], 0.0)
    score = _along(score, node, key, STRENGTHS[held["rank"].to_numpy()])
    via, via_rank = _via(held, rank, score, is_customer, age)
    via[is_canonical] = via_rank[is_canonical] = -1
    found = {"canonical": canonical, "rank": rank, "score": score, "via": via, "via_rank": via_rank}
    return pd.DataFrame({"node": ours} | {name: values[ours] for name, values in found.items()})


def _canonical(cluster: Ints, is_customer: Bools, age: Ints) -> Ints:
    """The canonical record of each node's cluster: the oldest customer record; -1 without one."""
    nodes = np.flatnonzero(is_customer)
    nodes = nodes[np.argsort(age[nodes], kind="stable")]
    clusters, first = np.unique(cluster[nodes], return_index=True)
    of_cluster = np.full(len(cluster), -1, dtype="int64")
    of_cluster[clusters] = nodes[first]
    return of_cluster[cluster]


def _via(held: pd.DataFrame, rank: Ints, score: np.ndarray, is_customer: Bools, age: Ints) -> tuple[Ints, Ints]:
    """The record that each node meets by its best rule, and the rule: a customer record, or the next one on the way.

    The records on a meeting point are ordered by their scores, customer records and older ones first among equals; a
    node meets the first, the first itself meets the second.
    """
    node, key = held["node"].to_numpy(), held["key"].to_numpy()
    order = np.lexsort((age[node], -score[node], ~is_customer[node], key))
    place = np.arange(len(order)) - np.searchsorted(key[order], key[order])
    first = np.full(int(key.max()) + 1 if key.size else 0, -1, dtype="int64")
    second = first.copy()
    first[key[order[place == 0]]] = node[order[place == 0]]
    second[key[order[place == 1]]] = node[order[place == 1]]
    met = np.where(first[key] == node, second[key], first[key])
    is_direct = (met >= 0) & is_customer[met] & (held["rank"].to_numpy() == rank[node])
    is_next = (met >= 0) & (rank[node] == TRANSITIVE)
    gain = np.where(is_direct, 2.0, score[met] * STRENGTHS[held["rank"].to_numpy()])
    some = np.flatnonzero(is_direct | is_next)
    some = some[np.lexsort((met[some], -gain[some], node[some]))]
    some = some[np.r_[True, np.diff(node[some]) > 0]] if some.size else some
    via, via_rank = np.full((2, len(rank)), -1, dtype="int64")
    via[node[some]], via_rank[node[some]] = met[some], held["rank"].to_numpy()[some]
    return via, via_rank


def stars(cluster: Ints, is_customer: Bools, age: Ints, ties: pd.DataFrame) -> pd.DataFrame:
    """Returns pairs that hold the clusters together: node_a, node_b, rank, each once.

    On every value that several records of a cluster hold, each of them is paired with one: the oldest customer record
    or, without one, the oldest record. Joined again by these pairs alone, the records form the same clusters.
    """
    node = ties["node"].to_numpy()
    key = _meeting_points(cluster[node], ties["value"].to_numpy())
    order = np.lexsort((age[node], ~is_customer[node], key))
    starts = np.searchsorted(key[order], np.arange(int(key.max()) + 1 if key.size else 0))
    hub = node[order[starts]][key]
    far = hub != node
    pairs = pd.DataFrame({"node_a": np.minimum(hub, node), "node_b": np.maximum(hub, node), "rank": ties["rank"]})
    return pairs[far].drop_duplicates(ignore_index=True)


def _meeting_points(cluster: Ints, value: Ints) -> Ints:
    """A dense number per (cluster, value): a value refused between two clusters must not carry a score across."""
    width = int(value.max()) + 1 if value.size else 1
    dense: Ints = np.unique(cluster * width + value, return_inverse=True)[1].astype("int64")
    return dense


def _direct(n: int, node: Ints, key: Ints, rank: Ints, is_customer: Bools) -> Ints:
    """The strongest rank through which each node meets a customer record other than itself."""
    held = np.bincount(key, weights=is_customer[node], minlength=1)
    meets = held[key] - is_customer[node] > 0
    best = np.full(n, TRANSITIVE, dtype="int64")
    np.minimum.at(best, node[meets], rank[meets])
    return best


def _along(score: np.ndarray, node: Ints, key: Ints, strength: np.ndarray) -> np.ndarray:
    """Scores of the nodes not met directly, step by step away from those that are."""
    open_ = score == 0.0
    factor = STRENGTHS[TRANSITIVE]
    while True:
        passed = np.zeros(int(key.max()) + 1 if key.size else 1)
        np.maximum.at(passed, key, score[node])
        reached = np.zeros(len(score))
        np.maximum.at(reached, node, passed[key] * strength)
        new = open_ & (reached > 0)
        if not new.any():
            return score
        score, open_ = np.where(new, reached * factor, score), open_ & ~new
