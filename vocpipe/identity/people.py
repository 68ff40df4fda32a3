"""The records of persons as the rules see them: what kind each is, what it says of the person, whose word counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from vocpipe.identity.graph import Bools, Ints
from vocpipe.identity.names import Profiles, describe

KINDS = ("customer_record", "ticket_user", "respondent")
CUSTOMER, TICKET_USER, RESPONDENT, OTHER = range(4)
NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class People:
    """One position per record: its kind, its profile number, its day of signing up (``NEVER`` where unknown)."""

    kind: Ints
    profile: Ints
    signed_up_on: Ints
    profiles: Profiles

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


def people(records: pd.DataFrame) -> People:
    """Returns the records as arrays.

    Needs person_kind, given_name, family_name, birth_on, signed_up_on; one row per record, sorted by source and
    record_id so that positions do not depend on the order in which rows were stored.
    """
    kind = pd.Index(KINDS).get_indexer(records["person_kind"]).astype("int64")
    kind = np.where(kind < 0, OTHER, kind)
    profile, profiles = describe(
        records["given_name"], records["family_name"], records["birth_on"], kind == CUSTOMER, kind != OTHER
    )
    days = pd.to_datetime(records["signed_up_on"]).to_numpy().astype("datetime64[D]")
    signed = np.where(np.isnat(days), NEVER, days.astype("int64"))
    return People(kind, profile, signed, profiles)
