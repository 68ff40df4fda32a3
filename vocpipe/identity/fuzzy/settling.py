"""Links that hold together: no chain of likely pairs may join two records that cannot be one person.

Arrays and frames in, arrays out; nothing is read or written here.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from vocpipe.identity.graph import Bools, joined, pairs_within

WIDE = 100  # more records than this in one chain are no person: none of its pairs is accepted
MARGIN = 0.5  # bits: a record that could as well be either of two persons joins neither


def chained(edges: pd.DataFrame) -> tuple[Bools, pd.DataFrame]:
    """Returns which edges lie in a chain too wide, and all pairs of customers that one chain joins: node_a, node_b.

    ``edges``: node_a, node_b, guest (the end that is no customer record, -1: both are); chains of two records need no
    second look and are left out.
    """
    node, place = np.unique(edges[["node_a", "node_b"]].to_numpy(), return_inverse=True)
    a, b = place.reshape(-1, 2).T
    chain = joined(len(node), a, b)
    is_customer = ~np.isin(node, edges["guest"].to_numpy())
    size = np.bincount(chain, minlength=len(node))[chain]
    customers = np.bincount(chain, weights=is_customer, minlength=len(node))[chain]
    inside = np.flatnonzero(is_customer & (size > 2) & (customers <= WIDE))
    i, j = pairs_within(chain[inside])
    one, other = node[inside[i]], node[inside[j]]
    pairs = pd.DataFrame({"node_a": np.minimum(one, other), "node_b": np.maximum(one, other)})
    return customers[a] > WIDE, pairs


def settled(edges: pd.DataFrame, contradictions: pd.DataFrame) -> Bools:
    """Returns which edges (node_a, node_b, match_weight, guest as for ``chained``) are accepted.

    ``contradictions``: node_a, node_b, all pairs of customers in one chain that cannot be one person. A record that
    leads to two such records by nearly equal weights joins neither; then the heaviest edges between customers are
    accepted first (Kruskal 1956), and an edge that would join two such records is not. Each guest is settled last and
    by itself: what one says changes nothing for the others.
    """
    if contradictions.empty:
        return np.ones(len(edges), dtype=bool)
    against: dict[int, set[int]] = {}
    for one, other in contradictions[["node_a", "node_b"]].itertuples(index=False):
        against.setdefault(one, set()).add(other)
        against.setdefault(other, set()).add(one)
    accepted = ~_torn(edges, contradictions)
    order = np.lexsort((edges["node_b"], edges["node_a"], -edges["match_weight"].to_numpy(), edges["guest"]))
    ends = edges[["node_a", "node_b", "guest"]].to_numpy(dtype="int64")
    joined: dict[int, set[int]] = {}
    reached: dict[int, set[int]] = {}
    for row in order[accepted[order]]:
        one, other, guest = (int(cell) for cell in ends[row])
        if guest < 0:
            accepted[row] = _join(joined, against, one, other)
            continue
        customer = one + other - guest
        theirs = joined.get(customer, {customer})
        known = reached.setdefault(guest, set())
        accepted[row] = _agree(against, known, theirs)
        known |= theirs if accepted[row] else set()
    return accepted


def _join(joined: dict[int, set[int]], against: dict[int, set[int]], one: int, other: int) -> bool:
    """Joins the sets of two records unless records of them contradict each other; whether they are one now."""
    left, right = joined.setdefault(one, {one}), joined.setdefault(other, {other})
    if left is right:
        return True
    if not _agree(against, left, right):
        return False
    few, many = sorted((left, right), key=len)
    many |= few
    joined.update(dict.fromkeys(few, many))
    return True


def _agree(against: dict[int, set[int]], left: set[int], right: set[int]) -> bool:
    """Whether no record of one set contradicts one of the other."""
    few, many = sorted((left, right), key=len)
    return all(against.get(node, set()).isdisjoint(many) for node in few)


def _torn(edges: pd.DataFrame, contradictions: pd.DataFrame) -> Bools:
    """Which edges lead from one record to two that contradict each other, by weights that are nearly the same."""
    ends = edges[["node_a", "node_b"]].to_numpy()
    row = np.tile(np.arange(len(edges)), 2)
    half = pd.DataFrame({"node": ends.T.ravel(), "far": ends[:, ::-1].T.ravel(), "row": row})
    half["weight"] = edges["match_weight"].to_numpy()[row]
    near = contradictions.merge(half, left_on="node_a", right_on="far").drop(columns="far")
    both = near.merge(half, left_on=["node_b", "node"], right_on=["far", "node"], suffixes=("", "_other"))
    close = both[(both["weight"] - both["weight_other"]).abs() < MARGIN]
    torn = np.zeros(len(edges), dtype=bool)
    torn[close["row"].to_numpy()] = torn[close["row_other"].to_numpy()] = True
    return torn
