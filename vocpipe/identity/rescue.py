"""A shared identifier together with a name: ties a record to the one person on the identifier who bears that name."""

from __future__ import annotations

import numpy as np
import pandas as pd

from vocpipe.identity.graph import Bools, Ints, counts_per, pairs_within
from vocpipe.identity.guards import CROWD, vouched
from vocpipe.identity.names import Profiles, alike, clash
from vocpipe.identity.people import OTHER, People
from vocpipe.identity.rules import named


def name_ties(people: People, accounts: Ints, holdings: pd.DataFrame, guarded: Bools) -> pd.DataFrame:
    """Returns ties (node, value, rank) between records on a guarded identifier that bear the name of one person.

    ``guarded``: the rows of ``holdings`` (node, value, rank) that link nothing alone. A record seeks the accounts that
    hold the same value through one of their authorities; what others type makes nobody a candidate, so that no seeker
    depends on them. Equal names come before names that are alike. Where those found contradict each other, the name
    does not tell them apart: no tie.
    ``value`` numbers in the result are new: one per shared value and account found.
    """
    seekers = _seekers(people, accounts, holdings[guarded])
    hosts = _hosts(people, accounts, holdings[np.isin(holdings["value"].to_numpy(), seekers["value"].to_numpy())])
    equal = _plausible(people.profiles, _equal_names(people.profiles, seekers, hosts))
    left = seekers[~seekers["seeker"].isin(equal["seeker"])]
    close = _plausible(people.profiles, _alike_names(people.profiles, left, hosts))
    found = pd.concat([_unambiguous(people.profiles, part) for part in (equal, close)], ignore_index=True)
    return _as_ties(people, accounts, found)


def _seekers(people: People, accounts: Ints, holdings: pd.DataFrame) -> pd.DataFrame:
    """Records with a whole name on guarded values: seeker (row number), value, rank, node, account, profile.

    A respondent whose account is known has no need to seek.
    """
    node = holdings["node"].to_numpy()
    may = people.profiles.is_whole()[people.profile[node]] & (people.kind[node] != OTHER)
    may &= people.is_authority[node] | ~vouched(people, accounts)[accounts[node]]
    rows = holdings[may].reset_index(drop=True)
    node = rows["node"].to_numpy()
    return rows.assign(seeker=np.arange(len(rows)), account=accounts[node], profile=people.profile[node])


def _hosts(people: People, accounts: Ints, holdings: pd.DataFrame) -> pd.DataFrame:
    """Persons known by name on each value: value, host (node), host_account, host_profile."""
    holdings = holdings[people.is_authority[holdings["node"].to_numpy()]]
    held = pd.DataFrame({"value": holdings["value"], "host_account": accounts[holdings["node"].to_numpy()]})
    named_ = np.flatnonzero(people.is_authority & people.profiles.is_whole()[people.profile])
    names = pd.DataFrame({"host_account": accounts[named_], "host": named_, "host_profile": people.profile[named_]})
    return held.drop_duplicates().merge(names, on="host_account")


def _equal_names(profiles: Profiles, seekers: pd.DataFrame, hosts: pd.DataFrame) -> pd.DataFrame:
    """Seekers beside the hosts of the same name, also with given and family name swapped."""
    mine = seekers["profile"].to_numpy()
    theirs = hosts["host_profile"].to_numpy()
    right = hosts.assign(given=profiles.given[theirs], family=profiles.family[theirs])
    straight = seekers.assign(given=profiles.given[mine], family=profiles.family[mine])
    swapped = seekers.assign(given=profiles.family[mine], family=profiles.given[mine])
    both = pd.concat([straight, swapped], ignore_index=True).merge(right, on=["value", "given", "family"])
    return both.drop(columns=["given", "family"]).drop_duplicates(["seeker", "host"])


def _alike_names(profiles: Profiles, seekers: pd.DataFrame, hosts: pd.DataFrame) -> pd.DataFrame:
    """Seekers beside the hosts whose names are alike; on a crowded value only equal names count."""
    few = hosts[counts_per(hosts["value"].to_numpy()) <= CROWD]
    both = seekers.merge(few, on="value")
    a, b = both["profile"].to_numpy(), both["host_profile"].to_numpy()
    given = alike(profiles.words, profiles.given[a], profiles.given[b])
    return both[given & alike(profiles.words, profiles.family[a], profiles.family[b])]


def _plausible(profiles: Profiles, found: pd.DataFrame) -> pd.DataFrame:
    """Without pairs that contradict each other (a father and a son of one name)."""
    return found[clash(profiles, found["profile"].to_numpy(), found["host_profile"].to_numpy()) == 0]


def _unambiguous(profiles: Profiles, found: pd.DataFrame) -> pd.DataFrame:
    """Only pairs of which neither side leads to persons who contradict each other.

    Father and son of one name share a mailbox with a ticket user of that name: each of the two knows of one namesake
    only, but the ticket user knows of both, so none of the ties stands.
    """
    distinct = found.drop_duplicates(["seeker", "host_profile"])
    seeker, profile = distinct["seeker"].to_numpy(), distinct["host_profile"].to_numpy()
    i, j = pairs_within(seeker)
    torn = found[np.isin(found["seeker"].to_numpy(), seeker[i[clash(profiles, profile[i], profile[j]) > 0]])]
    places = pd.MultiIndex.from_frame(torn[["value", "account"]].drop_duplicates())
    is_torn = [pd.MultiIndex.from_frame(found[["value", side]]).isin(places) for side in ("account", "host_account")]
    return found[~(is_torn[0] | is_torn[1])]


def _as_ties(people: People, accounts: Ints, found: pd.DataFrame) -> pd.DataFrame:
    """One new value per shared value and account: the seekers hold it, and so do the account's hosts and customers."""
    found = found[found["account"] != found["host_account"]]
    meeting = pd.DataFrame({"a": found["value"].to_numpy(), "b": found["host_account"].to_numpy()})
    value = meeting.groupby(["a", "b"], sort=True).ngroup().to_numpy()
    rank = named(found["rank"].to_numpy())
    customers = np.flatnonzero(people.is_customer)
    keepers = pd.DataFrame({"b": accounts[customers], "node": customers})
    at_home = meeting.assign(value=value, rank=rank).drop_duplicates("value").merge(keepers, on="b")
    parts = [
        pd.DataFrame({"node": found["node"].to_numpy(), "value": value, "rank": rank}),
        pd.DataFrame({"node": found["host"].to_numpy(), "value": value, "rank": rank}),
        at_home[["node", "value", "rank"]],
    ]
    return pd.concat(parts).astype("int64").drop_duplicates(ignore_index=True)
