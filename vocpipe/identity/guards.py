"""Guards over identifiers: which are shared by several persons, and who is turned away from one that is not.

A guarded identifier links nothing by itself. What speaks against a link is kept as a row of ``CONTRADICTION``.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from vocpipe.identity.graph import Bools, Ints, counts_per, pairs_within
from vocpipe.identity.names import REASONS, clash
from vocpipe.identity.people import RESPONDENT, People

CONTRADICTION = ("rank", "reason", "node_a", "node_b")
CROWD = 30  # more different persons than this on one identifier: a switchboard, not a person (pairs grow as its square)
CROWDED = f"more than {CROWD} different persons share the identifier"
TWO_ACCOUNTS = "the login names two accounts of one system"
OTHER_NAME = "the respondent gives another name than the person on the identifier"


def contradictions(rank: Ints, reason: np.ndarray, node_a: Ints, node_b: Ints) -> pd.DataFrame:
    """Returns rows of ``CONTRADICTION``, the smaller node first, each once."""
    low, high = np.minimum(node_a, node_b), np.maximum(node_a, node_b)
    frame = pd.DataFrame({"rank": rank, "reason": reason, "node_a": low, "node_b": high})
    return frame.astype({"reason": "object"}).drop_duplicates(ignore_index=True)


def nothing() -> pd.DataFrame:
    """Returns no contradiction at all."""
    none = np.zeros(0, dtype="int64")
    return contradictions(none, none.astype(object), none, none)


def reasons(codes: Ints) -> np.ndarray:
    """Returns the words for codes of ``names.clash``; every code must be a contradiction."""
    return np.array([REASONS[int(code)] for code in codes], dtype=object)


def contested(people: People, accounts: Ints, holdings: pd.DataFrame) -> tuple[Ints, pd.DataFrame]:
    """Returns the values on which authorities contradict each other, and the contradictions.

    ``holdings``: node, value, rank. An authority is judged by the witnesses of its account (see
    ``People.witnesses``). A value with more than ``CROWD`` different persons is contested without comparing them all.
    """
    rows = _witnessed(people, accounts, holdings)
    crowded = counts_per(rows["value"].to_numpy()) > CROWD
    crowd, few = rows[crowded], rows[~crowded]
    i, j = pairs_within(few["value"].to_numpy())
    profile, account, node = (few[c].to_numpy() for c in ("profile", "account", "node"))
    code = clash(people.profiles, profile[i], profile[j]) * (account[i] != account[j])
    hit = np.flatnonzero(code)
    found = contradictions(few["rank"].to_numpy()[i[hit]], reasons(code[hit]), node[i[hit]], node[j[hit]])
    values = np.concatenate([few["value"].to_numpy()[i[hit]], crowd["value"].to_numpy()])
    return np.unique(values), pd.concat([found, _crowds(crowd)], ignore_index=True)


def _witnessed(people: People, accounts: Ints, holdings: pd.DataFrame) -> pd.DataFrame:
    """Different persons on each value: value, rank, account, profile and one witness (node) of each."""
    held = holdings[people.is_authority[holdings["node"].to_numpy()]]
    held = held.assign(account=accounts[held["node"].to_numpy()])[["value", "rank", "account"]].drop_duplicates()
    held = held[counts_per(held["value"].to_numpy()) > 1]
    voices = people.voices(people.witnesses(accounts))
    voices = voices.assign(account=accounts[voices["node"].to_numpy()])
    rows = held.merge(voices, on="account").sort_values(["value", "node"], kind="stable")
    return rows.drop_duplicates(["value", "profile"], ignore_index=True)


def _crowds(crowd: pd.DataFrame) -> pd.DataFrame:
    """One row for each neighbouring pair of a crowd: all pairs would be its square."""
    value, node, rank = (crowd[c].to_numpy() for c in ("value", "node", "rank"))
    next_to = np.flatnonzero(value[1:] == value[:-1])
    why = np.full(len(next_to), CROWDED, dtype=object)
    return contradictions(rank[next_to], why, node[next_to], node[next_to + 1])


def turned_away(people: People, accounts: Ints, holdings: pd.DataFrame) -> tuple[Bools, pd.DataFrame]:
    """Returns which holdings do not count because a respondent gives another name, and the contradictions.

    A respondent with a whole name is turned away when it contradicts every named authority on the value; ticket users
    of an account count as its other names. One mask position per row of ``holdings``.
    """
    guests = _respondents(people, holdings)
    hosts = _hosts(people, accounts, holdings)
    met = guests.merge(hosts, on="value")
    met = met[accounts[met["node"].to_numpy()] != accounts[met["host"].to_numpy()]]
    code = clash(people.profiles, met["profile"].to_numpy(), met["host_profile"].to_numpy())
    met = met.assign(clashes=code > 0)
    refused = met.groupby("row")["clashes"].transform("all").to_numpy(dtype=bool) if len(met) else np.zeros(0, bool)
    away = np.zeros(len(holdings), dtype=bool)
    away[met["row"].to_numpy()[refused]] = True
    out = met[refused]
    why = np.full(len(out), OTHER_NAME, dtype=object)
    return away, contradictions(out["rank"].to_numpy(), why, out["node"].to_numpy(), out["host"].to_numpy())


def two_accounts(
    people: People, source: pd.Series, labels: Ints, by_account: pd.DataFrame
) -> tuple[Bools, pd.DataFrame]:
    """Returns which holdings of account ids do not count since their login names two accounts, and the contradictions.

    A login (a record that is no customer record) with two ids, of two customer records of one system that are not one
    person by ``labels``, says of neither that it is his. One mask position per row of ``by_account``.
    """
    held = by_account[["node", "value", "rank"]]
    is_customer = people.is_customer[held["node"].to_numpy()]
    owners = held[is_customer][["value", "node"]].rename(columns={"node": "owner"})
    owner = owners["owner"].to_numpy()
    met = held[~is_customer].merge(owners.assign(system=source.to_numpy()[owner], person=labels[owner]), on="value")
    met = met.sort_values(["node", "system", "person", "owner"]).drop_duplicates(["node", "system", "person"])
    met = met[met.groupby(["node", "system"])["value"].transform("nunique") > 1]
    is_double = np.isin(held["node"].to_numpy(), met["node"].to_numpy())
    why = np.full(len(met), TWO_ACCOUNTS, dtype=object)
    return is_double, contradictions(met["rank"].to_numpy(), why, met["node"].to_numpy(), met["owner"].to_numpy())


def attached(people: People, accounts: Ints, by_account: pd.DataFrame) -> Ints:
    """Returns the accounts with those records in them that no authority vouches for and that name just one account.

    They belong to it, but they never make one account of two.
    """
    node, value = by_account["node"].to_numpy(), by_account["value"].to_numpy()
    is_authority = people.is_authority[node]
    hosts = pd.DataFrame({"value": value, "account": accounts[node]})[is_authority].drop_duplicates()
    guests = pd.DataFrame({"value": value, "guest": accounts[node]})[~is_authority]
    named = guests.merge(hosts, on="value")[["guest", "account"]].drop_duplicates()
    named = named[(counts_per(named["guest"].to_numpy()) == 1) & ~vouched(people, accounts)[named["guest"].to_numpy()]]
    renamed = np.arange(len(accounts))
    renamed[named["guest"].to_numpy()] = named["account"].to_numpy()
    new: Ints = renamed[accounts]
    return new


def vouched(people: People, accounts: Ints) -> Bools:
    """True for the labels of accounts that hold an authority."""
    known = np.zeros(len(accounts), dtype=bool)
    known[accounts[people.is_authority]] = True
    return known


def _respondents(people: People, holdings: pd.DataFrame) -> pd.DataFrame:
    """Holdings of respondents with a whole name: row (position in ``holdings``), value, rank, node, profile."""
    node = holdings["node"].to_numpy()
    whole = people.profiles.is_whole()[people.profile[node]]
    row = np.flatnonzero((people.kind[node] == RESPONDENT) & whole)
    guests = holdings.iloc[row].reset_index(drop=True)
    return guests.assign(row=row, profile=people.profile[guests["node"].to_numpy()])


def _hosts(people: People, accounts: Ints, holdings: pd.DataFrame) -> pd.DataFrame:
    """Whole names of the accounts whose authorities hold each value: value, host (node), host_profile."""
    held = holdings[people.is_authority[holdings["node"].to_numpy()]]
    held = held.assign(account=accounts[held["node"].to_numpy()])[["value", "account"]].drop_duplicates()
    named = np.flatnonzero(people.is_authority & people.profiles.is_whole()[people.profile])
    names = pd.DataFrame({"account": accounts[named], "host": named, "host_profile": people.profile[named]})
    return held.merge(names, on="account").drop_duplicates(["value", "host_profile"])[["value", "host", "host_profile"]]
