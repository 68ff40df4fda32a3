"""Clusters that never join two persons: components where nothing speaks against it, a careful union where it does."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations, groupby, pairwise, product

import numpy as np
import pandas as pd

from vocpipe.identity.graph import Bools, Ints, components, counts_per, pairs_within
from vocpipe.identity.guards import CONTRADICTION, contradictions, nothing
from vocpipe.identity.names import REASONS, Profiles, clash
from vocpipe.identity.people import People

WIDE = 200  # a component with more different persons is taken apart without comparing all of its pairs first
FEW = 20  # up to so many neighbours are compared in one go; among more, the first contradiction is soon found
BETWEEN = "the record leads to persons who contradict each other"

Edge = tuple[int, int, int, int]  # turn, rank, label, label
Place = tuple[int, int]  # turn, label
Voices = dict[int, int]  # what witnesses say: profile -> the first node that says it
Why = tuple[int, int, int]  # reason code, node, node
Refusal = tuple[int, str, int, int]  # a row of guards.CONTRADICTION


def grow(
    people: People, labels: Ints, ties: pd.DataFrame, witness: Bools, turn: Ints | None = None
) -> tuple[Ints, pd.DataFrame]:
    """Returns larger clusters as a label per node, and the contradictions that kept clusters apart.

    ``labels`` are clusters that stand already and are never questioned; ``ties`` (node, value, rank) join those that
    hold a common value. A component in which witnesses contradict each other is taken apart: its clusters are joined
    again strongest rule first (Kruskal 1956), and a union of contradicting witnesses is refused. With a ``turn`` for
    each node, what nodes of turn 0 share is settled by ``labels``, and the others are joined one turn after the other:
    whoever comes later takes nothing apart.
    """
    node = ties["node"].to_numpy()
    joined = components(labels, node, ties["value"].to_numpy())
    voices = _voices(people, labels, joined, witness)
    judge = _Judge(people.profiles)
    torn = _torn(judge, voices)
    if not torn.size:
        return joined, nothing()
    inside = np.isin(joined, torn)
    forest = _Forest(voices[np.isin(voices["component"].to_numpy(), torn)])
    refused: list[Refusal] = []
    for edges in _edges(labels, ties[inside[node]], witness, joined, turn):
        refused += _join(forest, edges, judge)
    return np.where(inside, forest.roots(labels), joined), _refusals(refused)


def _voices(people: People, labels: Ints, joined: Ints, witness: Bools) -> pd.DataFrame:
    """What witnesses say: component, label, profile, node (the first to say it), one row per label and profile."""
    frame = people.voices(witness)
    node = frame["node"].to_numpy()
    frame = frame.assign(component=joined[node], label=labels[node])[["component", "label", "profile", "node"]]
    return frame.drop_duplicates(["label", "profile"], ignore_index=True)


def _torn(judge: _Judge, voices: pd.DataFrame) -> Ints:
    """Components in which something contradicts something, and those too wide to know yet."""
    rows = voices.drop_duplicates(["component", "profile"])
    sizes = counts_per(rows["component"].to_numpy())
    wide = rows["component"].to_numpy()[sizes > WIDE]
    rows = rows[(sizes > 1) & (sizes <= WIDE)]
    component, profile = rows["component"].to_numpy(), rows["profile"].to_numpy()
    i, j = pairs_within(component)
    code = clash(judge.profiles, profile[i], profile[j])
    torn = np.unique(component[i[code > 0]])
    kept = np.isin(component[i], torn)
    judge.remember(profile[i[kept]], profile[j[kept]], code[kept])
    return np.union1d(torn, wide)


def _edges(
    labels: Ints, ties: pd.DataFrame, witness: Bools, joined: Ints, turn: Ints | None
) -> list[list[Edge]]:  # fmt: skip
    """Edges between labels, one list per component: everybody on a value meets its witnesses, else the first."""
    node = ties["node"].to_numpy()
    columns = ["component", "rank", "value", "turn", "label", "is_mute"]
    frame = ties[["rank", "value"]].assign(component=joined[node], label=labels[node], is_mute=~witness[node])
    frame = frame.assign(turn=0 if turn is None else turn[node])[columns].sort_values(columns, kind="stable")
    frame = frame.drop_duplicates(["value", "label"])
    out: dict[int, list[Edge]] = {}
    for (component, rank, _), rows in groupby(frame.itertuples(index=False, name=None), key=lambda row: row[:3]):
        held = list(rows)
        hosts, mute = ([row[3:5] for row in held if row[5] == is_mute] for is_mute in (False, True))
        met = ((max(a[0], b[0]), rank, a[1], b[1]) for a, b in _meetings(hosts, mute))
        out.setdefault(component, []).extend(edge for edge in met if turn is None or edge[0])
    return list(out.values())


def _meetings(hosts: list[Place], guests: list[Place]) -> Iterable[tuple[Place, Place]]:
    if not hosts:
        return ((guests[0], other) for other in guests[1:])
    near = combinations(hosts, 2) if len(hosts) <= WIDE else pairwise(hosts)
    return [*near, *product(hosts[:WIDE], guests)]


class _Judge:
    """Remembers which profiles contradict each other, and compares many new pairs in one go."""

    def __init__(self, profiles: Profiles) -> None:
        self.profiles = profiles
        self.known: dict[tuple[int, int], int] = {}

    def remember(self, a: Ints, b: Ints, code: Ints) -> None:
        pairs = zip(np.minimum(a, b).tolist(), np.maximum(a, b).tolist(), strict=True)
        self.known.update(zip(pairs, code.tolist(), strict=True))

    def learn(self, pairs: Iterable[tuple[Voices, Voices]]) -> None:
        """Compares what is new of all pairs at once: one by one costs a thousand times as much."""
        met = {(min(p, q), max(p, q)) for ones, others in pairs for p in ones for q in others}
        new = sorted(met - self.known.keys())
        if new:
            a, b = np.array(new, dtype="int64").T
            self.remember(a, b, clash(self.profiles, a, b))

    def why(self, ones: Voices, others: Voices) -> Why | None:
        """Why both cannot be one person, or None."""
        self.learn([(ones, others)])
        for (p, node_p), (q, node_q) in product(ones.items(), others.items()):
            code = self.known[min(p, q), max(p, q)]
            if code:
                return code, node_p, node_q
        return None


class _Forest:
    """Disjoint sets of labels; each set knows what its witnesses say. A set is named by its smallest label."""

    def __init__(self, voices: pd.DataFrame) -> None:
        self.parent: dict[int, int] = {}
        self.voices: dict[int, Voices] = {}
        for label, profile, node in voices[["label", "profile", "node"]].itertuples(index=False):
            self.voices.setdefault(label, {})[profile] = node

    def root(self, label: int) -> int:
        while (up := self.parent.get(label, label)) != label:
            self.parent[label] = self.parent.get(up, up)
            label = up
        return label

    def said(self, root: int) -> Voices:
        return self.voices.get(root, {})

    def join(self, one: int, other: int) -> None:
        low, high = min(one, other), max(one, other)
        self.parent[high] = low
        self.voices[low] = self.voices.pop(high, {}) | self.said(low)

    def roots(self, labels: Ints) -> Ints:
        """Labels with each set's name in place of its labels."""
        renamed = np.arange(len(labels))
        moved = list(self.parent)
        renamed[moved] = [self.root(label) for label in moved]
        new: Ints = renamed[labels]
        return new


def _join(forest: _Forest, edges: list[Edge], judge: _Judge) -> list[Refusal]:
    """Joins the labels of one component, turn by turn and one rank after the other; returns what was refused."""
    refused: list[Refusal] = []
    for (_, rank), rows in groupby(sorted(set(edges)), key=lambda edge: edge[:2]):
        level = [edge[2:] for edge in rows]
        torn, why = _torn_between(forest, level, judge)
        open_ = [edge for edge in level if not torn & {forest.root(edge[0]), forest.root(edge[1])}]
        refused += ((rank, *reason) for reason in [*why, *_join_level(forest, open_, judge)])
    return refused


def _join_level(forest: _Forest, level: list[tuple[int, int]], judge: _Judge) -> Iterable[tuple[str, int, int]]:
    """Joins along edges of one rank: first those between witnesses, last those between records that say nothing."""
    silent = {edge: sum(not forest.said(forest.root(label)) for label in edge) for edge in level}
    for one, other in sorted(level, key=lambda edge: (silent[edge], edge)):
        a, b = forest.root(one), forest.root(other)
        if a == b:
            continue
        why = judge.why(forest.said(a), forest.said(b))
        if why:
            yield REASONS[why[0]], why[1], why[2]
        else:
            forest.join(a, b)


def _torn_between(
    forest: _Forest, level: list[tuple[int, int]], judge: _Judge
) -> tuple[set[int], list[tuple[str, int, int]]]:
    """Clusters that could be either of two neighbours who contradict each other, and why: they join neither."""
    torn: set[int] = set()
    refused = []
    for cluster, persons in sorted(_neighbours(forest, level, judge).items()):
        pairs = combinations([forest.said(person) for person in sorted(persons)], 2)
        why = next(filter(None, (judge.why(*pair) for pair in pairs)), None)
        if why:
            torn.add(cluster)
            refused += [(BETWEEN, cluster, why[1]), (BETWEEN, cluster, why[2])]
    return torn, refused


def _neighbours(forest: _Forest, level: list[tuple[int, int]], judge: _Judge) -> dict[int, set[int]]:
    """The persons that each cluster could be joined to by these edges."""
    roots = [(forest.root(one), forest.root(other)) for one, other in level]
    judge.learn((forest.said(a), forest.said(b)) for a, b in roots)
    near: dict[int, set[int]] = {}
    for a, b in roots:
        if a != b and not judge.why(forest.said(a), forest.said(b)):
            for cluster, person in ((a, b), (b, a)):
                if forest.said(person):
                    near.setdefault(cluster, set()).add(person)
    few = (persons for persons in near.values() if 1 < len(persons) <= FEW)
    judge.learn(pair for persons in few for pair in combinations(map(forest.said, persons), 2))
    return near


def _refusals(refused: list[Refusal]) -> pd.DataFrame:
    """The refusals as rows of ``guards.CONTRADICTION``."""
    frame = pd.DataFrame(refused, columns=list(CONTRADICTION))
    rank, a, b = (frame[c].to_numpy(dtype="int64") for c in ("rank", "node_a", "node_b"))
    return contradictions(rank, frame["reason"].to_numpy(dtype=object), a, b)
