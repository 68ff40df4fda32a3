"""The records of persons as the rules see them: what kind each is, what it says of the person, whose word counts."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from vocpipe.identity.graph import Bools, Ints
from vocpipe.identity.names import Profiles, describe, no_numbers

KINDS = ("customer_record", "ticket_user", "respondent")
CUSTOMER, TICKET_USER, RESPONDENT, OTHER = range(4)


@dataclass(frozen=True, slots=True)
class People:
    """One position per record: its kind, its profile number, its place in the order of age, its turn.

    ``turn`` is 0 for authorities; the others have their turn after them, in the order of the nights on which they
    arrived (from 1 on). ``token`` are voices (profile numbers) of some nodes beside what their records say: see
    ``judged.informed``.
    """

    kind: Ints
    profile: Ints
    age: Ints
    turn: Ints
    profiles: Profiles
    token_node: Ints = field(default_factory=no_numbers)
    token: Ints = field(default_factory=no_numbers)

    @property
    def is_customer(self) -> Bools:
        """True for the customer records."""
        return np.asarray(self.kind == CUSTOMER)

    @property
    def is_authority(self) -> Bools:
        """True where the company itself keeps the record: only these may contest an identifier."""
        return np.asarray(self.kind <= TICKET_USER)

    def witnesses(self, accounts: Ints) -> Bools:
        """True for the records whose names and birth dates speak for their account.

        Customer records; ticket users only where no customer record carries the account: an account id outranks the
        name somebody gave on the phone.
        """
        with_customer = np.zeros(len(accounts), dtype=bool)
        with_customer[accounts[self.is_customer]] = True
        return self.is_customer | (self.is_authority & ~with_customer[accounts])

    def voices(self, may_speak: Bools) -> pd.DataFrame:
        """What some records say of their person: node, profile; and all that was judged to be somebody else's."""
        node = np.flatnonzero(may_speak & (self.profile > 0))
        return pd.DataFrame(
            {
                "node": np.concatenate([node, self.token_node]),
                "profile": np.concatenate([self.profile[node], self.token]),
            }
        )


def people(records: pd.DataFrame) -> People:
    """Returns the records as arrays.

    Needs person_kind, given_name, family_name, birth_on, signed_up_on, arrived_at; one row per record, sorted by source
    and record_id so that positions do not depend on the order in which rows were stored. Age: the record that was known
    first comes first, of those the one that signed up first.
    """
    kind = pd.Index(KINDS).get_indexer(records["person_kind"]).astype("int64")
    kind = np.where(kind < 0, OTHER, kind)
    profile, profiles = describe(
        records["given_name"], records["family_name"], records["birth_on"], kind == CUSTOMER, kind != OTHER
    )
    arrived, signed = (pd.to_datetime(records[c]) for c in ("arrived_at", "signed_up_on"))
    age = np.empty(len(kind), dtype="int64")
    order = np.lexsort((np.arange(len(kind)), signed.to_numpy(), arrived.to_numpy()))
    age[order] = np.arange(len(kind))  # what is not known comes last
    night = arrived.rank(method="dense", na_option="bottom").to_numpy(dtype="int64")
    return People(kind, profile, age, np.where(kind <= TICKET_USER, 0, night), profiles)
