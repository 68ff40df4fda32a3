"""From records and identifiers to persons: the order in which the rules and their guards are applied.

Arrays and frames in, frames out; nothing is read or written here. `docs/identity.md` tells the same in words.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from vocpipe.identity.graph import Ints
from vocpipe.identity.guards import contested, turned_away
from vocpipe.identity.people import People, people
from vocpipe.identity.rescue import name_ties
from vocpipe.identity.rules import RANK, RULES, TYPES, explain_links
from vocpipe.identity.splits import grow


@dataclass(frozen=True, slots=True)
class Resolution:
    """Who is who.

    ``links``: node, canonical (node of the customer's canonical record), link_rule, link_score; one row per record of
    a customer, sorted by node. ``contradictions``: identifier_type, reason, node_a, node_b, sorted.
    """

    links: pd.DataFrame
    contradictions: pd.DataFrame


def resolve_records(records: pd.DataFrame, holdings: pd.DataFrame) -> Resolution:
    """Returns the persons behind the records.

    ``records``: person_kind, given_name, family_name, birth_on, signed_up_on; position = node, sorted by source and
    record_id. ``holdings``: node, value (a number per identifier in its normal form), identifier_type, is_role; each
    node and value once. The result is a function of the two sets, whatever the order of ``holdings``.
    """
    persons = people(records)
    ties = _ranked(holdings)
    is_account = ties["rank"].to_numpy() == RANK["account_id"]
    by_account, personal = ties[is_account], ties[~is_account].reset_index(drop=True)
    each = np.arange(len(records))
    accounts, apart = grow(persons, each, by_account, persons.is_customer)
    shared, disputes = contested(persons, accounts, personal)
    guarded = np.isin(personal["value"].to_numpy(), shared) | personal["is_role"].to_numpy()
    away, refusals = turned_away(persons, accounts, personal[~guarded])
    unsafe = guarded.copy()
    unsafe[~guarded] = away
    witness = persons.witnesses(accounts)
    clusters, torn = grow(persons, accounts, personal[~unsafe], witness)
    by_name = name_ties(persons, accounts, personal, unsafe)
    clusters, mistaken = grow(persons, clusters, by_name, witness)
    links = _links(persons, clusters, [by_account, personal[~unsafe], by_name])
    found = pd.concat([apart, disputes, refusals, torn, mistaken], ignore_index=True)
    return Resolution(links, _in_words(found))


def _ranked(holdings: pd.DataFrame) -> pd.DataFrame:
    """Holdings with the rank of their type among the rules, in an order that depends on their content alone."""
    rank = holdings["identifier_type"].map({name: RANK[name] for name in TYPES})
    frame = holdings[["node", "value", "is_role"]].assign(rank=rank.astype("int64"))
    return frame.sort_values(["node", "value"], ignore_index=True)


def _links(persons: People, clusters: Ints, ties: list[pd.DataFrame]) -> pd.DataFrame:
    """The links with their rule in words; values of the parts are numbered apart."""
    start, parts = 0, []
    for part in ties:
        parts.append(part[["node", "value", "rank"]].assign(value=part["value"] + start))
        start += int(part["value"].max()) + 1 if len(part) else 0
    found = explain_links(clusters, persons.is_customer, persons.signed_up_on, pd.concat(parts, ignore_index=True))
    names = np.array([rule.name for rule in RULES], dtype=object)
    frame = found.assign(link_rule=names[found["rank"].to_numpy()]).rename(columns={"score": "link_score"})
    return frame[["node", "canonical", "link_rule", "link_score"]]


def _in_words(found: pd.DataFrame) -> pd.DataFrame:
    """Contradictions with the type of the identifier; a name rule is reported under its identifier's type."""
    types = np.array([rule.name.removesuffix("_name") for rule in RULES], dtype=object)
    frame = found.assign(identifier_type=types[found["rank"].to_numpy(dtype="int64")])
    frame = frame[["identifier_type", "reason", "node_a", "node_b"]].drop_duplicates()
    return frame.sort_values(["node_a", "node_b", "identifier_type", "reason"], ignore_index=True)
