"""From records and identifiers to persons: the order in which the rules and their guards are applied.

Arrays and frames in, frames out; nothing is read or written here. `docs/identity.md` tells the same in words.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from vocpipe.identity.graph import Ints, components, joined
from vocpipe.identity.guards import attached, contested, nothing, turned_away, two_accounts
from vocpipe.identity.judged import LIKELY, SAME, ends, informed, pair_ties
from vocpipe.identity.people import People, people
from vocpipe.identity.rescue import name_ties
from vocpipe.identity.rules import RANK, RULES, SAID, STRENGTHS, TYPES, explain_links, stars
from vocpipe.identity.splits import grow


@dataclass(frozen=True, slots=True)
class Resolution:
    """Who is who.

    ``components``: node, component: records that nothing at all connects are in two components, so that what is said
    of the one never changes what the other is. ``links``: node, canonical (node of the customer's canonical record),
    link_rule, link_score, via (the record met on the way, -1: none), said (by which rule, in words); one row per
    record of a customer, sorted by node. ``pairs``: node_a, node_b, rule, score, said: what holds the clusters
    together. ``contradictions``: identifier_type, reason, node_a, node_b, sorted.
    """

    components: pd.DataFrame
    links: pd.DataFrame
    pairs: pd.DataFrame
    contradictions: pd.DataFrame


def resolve_records(records: pd.DataFrame, holdings: pd.DataFrame, judged: pd.DataFrame) -> Resolution:
    """Returns the persons behind the records.

    ``records``: source, person_kind, given_name, family_name, birth_on, signed_up_on, arrived_at; position = node,
    sorted by source and record_id. ``holdings``: node, value (a number per identifier in its normal form),
    identifier_type, is_role; each node and value once. ``judged``: node_a, node_b, verdict (same, different: a person's
    word, free of contradiction; likely: a model's). The result is a function of the three sets, in any order.
    """
    persons = informed(people(records), judged)
    by_person, by_model = (pair_ties(judged, v, RANK[r]) for v, r in ((SAME, "person"), (LIKELY, "fuzzy")))
    ties = _ranked(holdings)
    is_account = ties["rank"].to_numpy() == RANK["account_id"]
    by_account, personal = ties[is_account], ties[~is_account].reset_index(drop=True)
    one = joined(len(records), *ends(judged, SAME))
    is_double, double = two_accounts(persons, records["source"], one, by_account)
    accounts, apart = grow(persons, one, _kept(persons, by_account[~is_double]), persons.is_customer)
    shared, disputes = contested(persons, accounts, personal)
    guarded = np.isin(personal["value"].to_numpy(), shared) | personal["is_role"].to_numpy()
    named = attached(persons, accounts, by_account[~is_double])
    away, refusals = turned_away(persons, named, personal[~guarded])
    unsafe = guarded.copy()
    unsafe[~guarded] = away
    witness = persons.witnesses(accounts)
    by_name = name_ties(persons, named, personal, unsafe)
    beside = _in_one([personal[~unsafe], by_name, by_model])
    # First what the company keeps itself, then, night by night, what others say: they add, and take nothing apart.
    firm, torn = grow(persons, accounts, _kept(persons, beside), witness)
    # A login with two account ids is no puzzle where everything else says that both are one person's.
    late = nothing()
    if is_double.any():
        is_double, double = two_accounts(persons, records["source"], firm, by_account)
        firm, late = grow(persons, firm, _kept(persons, by_account[~is_double]), witness)
    every = _in_one([by_person, by_account[~is_double], beside])
    clusters, doubtful = grow(persons, firm, every, witness, persons.turn)
    found = pd.concat([double, apart, disputes, refusals, torn, late, doubtful], ignore_index=True)
    return Resolution(_connected(records, ties, judged), *_links(persons, clusters, every), _in_words(found))


def _kept(persons: People, ties: pd.DataFrame) -> pd.DataFrame:
    """The ties of the records that the company itself keeps."""
    return ties[persons.is_authority[ties["node"].to_numpy()]]


def _in_one(ties: list[pd.DataFrame]) -> pd.DataFrame:
    """All ties (node, value, rank) as one frame; the values of each part are numbered apart."""
    start, parts = 0, []
    for part in ties:
        parts.append(part[["node", "value", "rank"]].assign(value=part["value"] + start))
        start += int(part["value"].max()) + 1 if len(part) else 0
    return pd.concat(parts, ignore_index=True)


def _connected(records: pd.DataFrame, ties: pd.DataFrame, judged: pd.DataFrame) -> pd.DataFrame:
    """The components of everything that could matter to each other, guarded identifiers and all judgements included."""
    by_judgement = joined(len(records), *judged[["node_a", "node_b"]].to_numpy(dtype="int64").T)
    component = components(by_judgement, ties["node"].to_numpy(), ties["value"].to_numpy())
    return pd.DataFrame({"node": np.arange(len(records)), "component": component})


def _ranked(holdings: pd.DataFrame) -> pd.DataFrame:
    """Holdings with the rank of their type among the rules, in an order that depends on their content alone."""
    rank = holdings["identifier_type"].map({name: RANK[name] for name in TYPES})
    frame = holdings[["node", "value", "is_role"]].assign(rank=rank.astype("int64"))
    return frame.sort_values(["node", "value"], ignore_index=True)


def _links(persons: People, clusters: Ints, every: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The links and the pairs that hold them, with their rules in words; ``every``: all ties that may hold."""
    names = np.array([rule.name for rule in RULES], dtype=object)
    found = explain_links(clusters, persons.is_customer, persons.age, every)
    via = found["via_rank"].to_numpy()
    links = found.assign(
        link_rule=names[found["rank"].to_numpy()], said=np.where(via < 0, SAID[0], SAID[via])
    ).rename(columns={"score": "link_score"})  # fmt: skip
    pairs = stars(clusters, persons.is_customer, persons.age, every)
    rank = pairs["rank"].to_numpy()
    pairs = pairs.assign(rule=names[rank], score=STRENGTHS[rank], said=SAID[rank])
    columns = ["node", "canonical", "link_rule", "link_score", "via", "said"]
    return links[columns], pairs[["node_a", "node_b", "rule", "score", "said"]]


def _in_words(found: pd.DataFrame) -> pd.DataFrame:
    """Contradictions with the type of the identifier; a name rule is reported under its identifier's type."""
    types = np.array([rule.name.removesuffix("_name") for rule in RULES], dtype=object)
    frame = found.assign(identifier_type=types[found["rank"].to_numpy(dtype="int64")])
    frame = frame[["identifier_type", "reason", "node_a", "node_b"]].drop_duplicates()
    return frame.sort_values(["node_a", "node_b", "identifier_type", "reason"], ignore_index=True)
