"""Clusters that never join two persons: components where nothing speaks against it, a careful union where it does."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import combinations, pairwise, product

import numpy as np
import pandas as pd

from vocpipe.identity.graph import Bools, Ints, components, counts_per, pairs_within
from vocpipe.identity.guards import CONTRADICTION, contradictions, nothing
from vocpipe.identity.names import REASONS, Profiles, clash
from vocpipe.identity.people import People

WIDE = 200  # a component with more different persons is taken apart without comparing all of its pairs first
BETWEEN = "the record leads to persons who contradict each other"

Edge = tuple[int, int, int]  # rank, label, label
Voice = tuple[int, int]  # profile, node


def grow(people: People, labels: Ints, ties: pd.DataFrame, witness: Bools) -> tuple[Ints, pd.DataFrame]:
    """Returns larger clusters as a label per node, and the contradictions that kept clusters apart.

    ``labels`` are clusters that stand already and are never questioned; ``ties`` (node, value, rank) join those that
    hold a common value. A component in which witnesses of different clusters contradict each other is taken apart:
    its clusters are joined again strongest rule first, and a union of contradicting witnesses is refused.
    """
    node, value = ties["node"].to_numpy(), ties["value"].to_numpy()
    joined = components(labels, node, value)
    voices = _voices(people, labels, joined, witness)
    torn, known = _torn(people.profiles, voices)
    if not torn.size:
        return joined, nothing()
    inside = np.isin(joined, torn)
    edges = _edges(labels, ties[inside[node]], witness, joined)
    spoken = voices[np.isin(voices["component"].to_numpy(), torn)]
    by_label = _by_label(spoken)
    check = _checker(people.profiles, known)
    roots, refused = _unions(edges, by_label, check)
    joined = np.where(inside, _renamed(labels, roots), joined)
    return joined, _refusals(refused)


def _voices(people: People, labels: Ints, joined: Ints, witness: Bools) -> pd.DataFrame:
    """What witnesses say, in components of several labels: component, label, profile, node (the first to say it)."""
    node = np.flatnonzero(witness & (people.profile > 0))
    frame = pd.DataFrame(
        {"component": joined[node], "label": labels[node], "profile": people.profile[node], "node": node}
    )
    return frame.drop_duplicates(["label", "profile"], ignore_index=True)


def _torn(profiles: Profiles, voices: pd.DataFrame) -> tuple[Ints, dict[tuple[int, int], int]]:
    """Components that hold a contradiction, and the reason code (or 0) of the pairs of profiles compared in them."""
    component = voices["component"].to_numpy()
    sizes = counts_per(component)
    wide = np.unique(component[sizes > WIDE])
    rows = voices[(sizes > 1) & (sizes <= WIDE)]
    i, j = pairs_within(rows["component"].to_numpy())
    component, label, profile = (rows[c].to_numpy() for c in ("component", "label", "profile"))
    code = clash(profiles, profile[i], profile[j])
    torn = np.unique(component[i[(code > 0) & (label[i] != label[j])]])
    kept = np.isin(component[i], torn)
    known = dict(zip(_keys(profile[i[kept]], profile[j[kept]]), code[kept].tolist(), strict=True))
    return np.union1d(torn, wide), known


def _keys(a: Ints, b: Ints) -> list[tuple[int, int]]:
    return list(zip(np.minimum(a, b).tolist(), np.maximum(a, b).tolist(), strict=True))


def _edges(labels: Ints, ties: pd.DataFrame, witness: Bools, joined: Ints) -> list[list[Edge]]:
    """Edges between labels, one list per component: everybody on a value meets its authorities, else the first."""
    node = ties["node"].to_numpy()
    frame = pd.DataFrame(
        {
            "component": joined[node],
            "rank": ties["rank"].to_numpy(),
            "value": ties["value"].to_numpy(),
            "label": labels[node],
            "is_guest": ~witness[node],
        }
    ).sort_values(["component", "rank", "value", "label", "is_guest"], kind="stable")
    frame = frame.drop_duplicates(["value", "label"])
    out: dict[int, list[Edge]] = {}
    for (component, rank, _), held in frame.groupby(["component", "rank", "value"], sort=True):
        hosts = held["label"][~held["is_guest"]].tolist()
        guests = held["label"][held["is_guest"]].tolist()
        out.setdefault(int(component), []).extend((int(rank), a, b) for a, b in _meetings(hosts, guests))
    return list(out.values())


def _meetings(hosts: list[int], guests: list[int]) -> Iterable[tuple[int, int]]:
    if not hosts:
        return ((guests[0], other) for other in guests[1:])
    near = combinations(hosts, 2) if len(hosts) <= WIDE else pairwise(hosts)
    return [*near, *product(hosts[:WIDE], guests)]


def _by_label(voices: pd.DataFrame) -> dict[int, list[Voice]]:
    out: dict[int, list[Voice]] = {}
    for label, profile, node in voices[["label", "profile", "node"]].itertuples(index=False):
        out.setdefault(label, []).append((profile, node))
    return out


Check = Callable[[list[Voice], list[Voice]], tuple[int, int, int] | None]


def _checker(profiles: Profiles, known: dict[tuple[int, int], int]) -> Check:
    """Returns a function that says why two groups of voices cannot be one person (code, node, node), or None."""

    def check(ones: list[Voice], others: list[Voice]) -> tuple[int, int, int] | None:
        pairs = [(min(p, q), max(p, q), n, m) for (p, n), (q, m) in product(ones, others)]
        new = [pair[:2] for pair in pairs if pair[:2] not in known]
        if new:
            a, b = np.array(new, dtype="int64").T
            known.update(zip(new, clash(profiles, a, b).tolist(), strict=True))
        return next(((known[p, q], n, m) for p, q, n, m in pairs if known[p, q]), None)

    return check


class _Forest:
    """Disjoint sets of labels; each set knows what its witnesses say."""

    def __init__(self, by_label: dict[int, list[Voice]]) -> None:
        self.parent: dict[int, int] = {}
        self.voices = {label: list(voices) for label, voices in by_label.items()}

    def root(self, label: int) -> int:
        while (up := self.parent.get(label, label)) != label:
            self.parent[label] = self.parent.get(up, up)
            label = up
        return label

    def said(self, root: int) -> list[Voice]:
        return self.voices.get(root, [])

    def join(self, one: int, other: int) -> None:
        low, high = min(one, other), max(one, other)
        self.parent[high] = low
        self.voices[low] = self.said(low) + self.voices.pop(high, [])


def _unions(
    edges: list[list[Edge]], by_label: dict[int, list[Voice]], check: Check
) -> tuple[dict[int, int], list[tuple[int, str, int, int]]]:
    """Root of each label, and the refusals (rank, reason, node, node): Kruskal's order, one rank after the other."""
    forest = _Forest(by_label)
    refused: list[tuple[int, str, int, int]] = []
    for component in edges:
        for rank in sorted({edge[0] for edge in component}):
            level = [(a, b) for r, a, b in component if r == rank]
            refused += ((rank, *why) for why in _join_level(forest, level, check))
    return {label: forest.root(label) for part in edges for edge in part for label in edge[1:]}, refused


def _join_level(forest: _Forest, level: list[tuple[int, int]], check: Check) -> list[tuple[str, int, int]]:
    """Joins along the edges of one rank. Who leads to two contradicting persons at once is joined to neither."""
    torn, refused = _torn_between(forest, level, check)
    apart = [edge for edge in level if not torn & {forest.root(edge[0]), forest.root(edge[1])}]
    spoken = {edge: sum(not forest.said(forest.root(label)) for label in edge) for edge in apart}
    for one, other in sorted(apart, key=lambda edge: (spoken[edge], edge)):
        a, b = forest.root(one), forest.root(other)
        why = check(forest.said(a), forest.said(b)) if a != b else None
        if why:
            refused.append((REASONS[why[0]], why[1], why[2]))
        elif a != b:
            forest.join(a, b)
    return refused


def _torn_between(
    forest: _Forest, level: list[tuple[int, int]], check: Check
) -> tuple[set[int], list[tuple[str, int, int]]]:
    """Clusters that could be either of two neighbours who contradict each other, and why."""
    near: dict[int, set[int]] = {}
    for one, other in level:
        a, b = forest.root(one), forest.root(other)
        for leading, speaking in ((a, b), (b, a)):
            if a != b and forest.said(speaking) and not check(forest.said(a), forest.said(b)):
                near.setdefault(leading, set()).add(speaking)
    torn: set[int] = set()
    refused = []
    for leading, persons in sorted(near.items()):
        why = next(
            filter(None, (check(forest.said(a), forest.said(b)) for a, b in combinations(sorted(persons), 2))), None
        )
        if why:
            torn.add(leading)
            refused += [(BETWEEN, leading, why[1]), (BETWEEN, leading, why[2])]
    return torn, refused


def _renamed(labels: Ints, roots: dict[int, int]) -> Ints:
    """Labels with each root in place of its labels."""
    renamed = np.arange(len(labels))
    renamed[list(roots)] = list(roots.values())
    new: Ints = renamed[labels]
    return new


def _refusals(refused: list[tuple[int, str, int, int]]) -> pd.DataFrame:
    """The refusals as rows of ``guards.CONTRADICTION``."""
    frame = pd.DataFrame(refused, columns=list(CONTRADICTION))
    rank, a, b = (frame[c].to_numpy(dtype="int64") for c in ("rank", "node_a", "node_b"))
    return contradictions(rank, frame["reason"].to_numpy(dtype=object), a, b)
