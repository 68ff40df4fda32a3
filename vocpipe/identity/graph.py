"""Sets of pairs and connected components over integer arrays. No I/O, no knowledge of persons."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def components(labels: Ints, node: Ints, value: Ints) -> Ints:
    """Returns a label per node: nodes that share a label or hold a common value, transitively, get one label.

    ``labels`` has one label per node (a node number of its set); ``node`` and ``value`` are the incidences. The new
    label is the smallest node number of the component, so it depends on the sets alone.
    """
    n = len(labels)
    size = n + (int(value.max()) + 1 if value.size else 0)
    ends = (labels[node], n + value)
    matrix = coo_array((np.ones(len(node), dtype="int8"), ends), shape=(size, size))
    component = connected_components(matrix, directed=False)[1]
    return smallest(component[labels])


def joined(size: int, a: Ints, b: Ints) -> Ints:
    """Returns a label for each of ``size`` nodes: those that the pairs (a, b) join, transitively, get one label."""
    return components(np.arange(size), np.concatenate([a, b]), np.tile(np.arange(len(a)), 2))


def smallest(labels: Ints) -> Ints:
    """Returns each position's label renamed to the smallest position that carries it."""
    _, first, back = np.unique(labels, return_index=True, return_inverse=True)
    renamed: Ints = first[back].astype("int64")
    return renamed


def pairs_within(key: Ints) -> tuple[Ints, Ints]:
    """Returns the positions (i, j), i before j, of all pairs of rows with the same key."""
    order = np.argsort(key, kind="stable")
    _, start, size = np.unique(key[order], return_index=True, return_counts=True)
    place = np.arange(len(key)) - np.repeat(start, size)
    later = np.repeat(size, size) - 1 - place
    first = np.repeat(np.arange(len(key)), later)
    second = first + 1 + np.arange(later.sum()) - np.repeat(np.cumsum(later) - later, later)
    return order[first], order[second]


def counts_per(key: Ints) -> Ints:
    """Returns for each row how many rows carry its key."""
    _, back, size = np.unique(key, return_inverse=True, return_counts=True)
    counts: Ints = size[back]
    return counts
