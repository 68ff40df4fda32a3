"""Identity on made-up companies with known truth: the linkable rules hold, and nobody becomes somebody else.

Needs the scenario generator; skipped where it is absent. More seeds: VOCPIPE_IDENTITY_SEEDS="11 12 13"; a bigger
company: VOCPIPE_IDENTITY_CUSTOMERS=20000.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from people import empty_staging, migrate

from vocpipe import identity

LINKABLE = {
    "email_exact",
    "email_norm",
    "email_plus",
    "external_ref",
    "phone_norm",
    "handle",
    "handle_norm",
    "transitive",
}
SEEDS = [int(s) for s in os.environ.get("VOCPIPE_IDENTITY_SEEDS", "11 12").split()]
CUSTOMERS = int(os.environ.get("VOCPIPE_IDENTITY_CUSTOMERS", "2000"))

Person = tuple[str, str, str, str | None, str | None, str | None, str | None]
Identifier = tuple[str, str, str, str]


def crm(folder: Path) -> tuple[list[Person], list[Identifier], dict[str, tuple[str, str]]]:
    persons, identifiers = [], []
    with (folder / "crm/customers.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            key = row["customer_id"]
            signed = row["signup_date"] or None
            persons.append(
                (
                    "crm",
                    key,
                    "customer_record",
                    row["first_name"],
                    row["last_name"],
                    row["date_of_birth"] or None,
                    signed,
                )
            )
            found = zip(
                ("account_id", "email", "phone", "handle"),
                (key, row["email"], row["phone"], row["twitter_handle"]),
                strict=True,
            )
            identifiers += [("crm", key, kind, value) for kind, value in found if value]
    return persons, identifiers, {}


def zendesk(folder: Path) -> tuple[list[Person], list[Identifier], dict[str, tuple[str, str]]]:
    persons, identifiers, requesters = [], [], {}
    for user in json.loads((folder / "zendesk/users.json").read_text(encoding="utf-8"))["users"]:
        key = str(user["id"])
        given, _, family = user["name"].partition(" ")
        persons.append(("zendesk", key, "ticket_user", given, family or None, None, None))
        held = [("account_id", user["external_id"]), ("email", user["email"]), ("phone", user["phone"])]
        held += [("email" if x["type"] == "email" else "handle", x["value"]) for x in user["identities"]]
        identifiers += [("zendesk", key, kind, value) for kind, value in held if value]
    for path in folder.glob("zendesk/tickets_*.json"):
        for ticket in json.loads(path.read_text(encoding="utf-8"))["tickets"]:
            requesters[f"Z{ticket['id']}"] = ("zendesk", str(ticket["requester_id"]))
    return persons, identifiers, requesters


def twitter(folder: Path) -> tuple[list[Person], list[Identifier], dict[str, tuple[str, str]]]:
    users, authors = {}, {}
    for path in folder.glob("twitter/*.jsonl"):
        for line in path.read_text(encoding="utf-8").splitlines():
            page = json.loads(line)
            users |= {user["id"]: user for user in page["includes"]["users"]}
            authors |= {tweet["id"]: ("x", tweet["author_id"]) for tweet in page["data"]}
    persons = [("x", key, "social_user", user["name"], None, None, None) for key, user in users.items()]
    return persons, [("x", key, "handle", user["username"]) for key, user in users.items()], authors


def surveys(folder: Path) -> tuple[list[Person], list[Identifier], dict[str, tuple[str, str]]]:
    persons, identifiers, answers = {}, set(), {}
    for path in folder.glob("surveys/*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                said = (
                    row["ExternalReference"],
                    row["RecipientEmail"],
                    row["RecipientFirstName"],
                    row["RecipientLastName"],
                )
                if not row["ResponseId"].startswith("R_") or not any(said):
                    continue
                key = hashlib.sha256("\x1f".join(said).encode()).hexdigest()[:20]
                answers[row["ResponseId"]] = ("survey", key)
                persons[key] = ("survey", key, "respondent", said[2] or None, said[3] or None, None, None)
                held = zip(("account_id", "email"), said, strict=False)
                identifiers |= {("survey", key, kind, value) for kind, value in held if value}
    return list(persons.values()), sorted(identifiers), answers


def load(con: duckdb.DuckDBPyConnection, folder: Path) -> dict[str, tuple[str, str]]:
    """Fills the two staging tables from a scenario; returns the person's record behind each interaction."""
    persons: list[Person] = []
    identifiers: list[Identifier] = []
    speakers: dict[str, tuple[str, str]] = {}
    for read in (crm, zendesk, twitter, surveys):
        some, held, who = read(folder)
        persons, identifiers, speakers = persons + some, identifiers + held, speakers | who
    columns = ["source", "record_id", "person_kind", "given_name", "family_name", "birth_on", "signed_up_on"]
    con.register("p", pd.DataFrame(persons, columns=columns).astype("str"))
    con.register("i", pd.DataFrame(identifiers, columns=["source", "record_id", "identifier_type", "identifier"]))
    migrate(con)
    empty_staging(con)
    con.execute(
        "insert into staging.persons by name select * replace (cast(birth_on as date) as birth_on,"
        " cast(signed_up_on as date) as signed_up_on) from p"
    )
    con.execute("insert into staging.identifiers select * from i")
    return speakers


def judge(con: duckdb.DuckDBPyConnection, folder: Path, speakers: dict[str, tuple[str, str]]) -> pd.DataFrame:
    """One row per interaction of the truth with its state: right, wrong or unlinked."""
    truth = pd.read_csv(folder / "truth_interactions.csv", dtype={"interaction_id": "str"}, keep_default_na=False)
    person = pd.read_csv(folder / "truth_crm.csv", index_col="customer_id")["person"]
    links = con.execute("select source, record_id, customer_id, link_rule from identity.links").df()
    records = links[links["source"] == "crm"]
    persons = dict(zip(records["customer_id"], records["record_id"].map(person), strict=True))
    customers = {(s, r): c for s, r, c in links[["source", "record_id", "customer_id"]].itertuples(index=False)}
    got = [persons.get(customers.get(speakers.get(i, ("", "")), "")) for i in truth["interaction_id"]]
    state = [
        "unlinked" if g is None else "right" if g == p else "wrong" for g, p in zip(got, truth["person"], strict=True)
    ]
    return truth.assign(state=state)


def joined_two(con: duckdb.DuckDBPyConnection, folder: Path) -> int:
    """Number of customers whose records belong to more than one person."""
    person = pd.read_csv(folder / "truth_crm.csv", index_col="customer_id")["person"]
    links = con.execute("select record_id, customer_id from identity.links where source = 'crm'").df()
    return int(
        (links.assign(person=links["record_id"].map(person)).groupby("customer_id")["person"].nunique() > 1).sum()
    )


def unjoined_duplicates(con: duckdb.DuckDBPyConnection, folder: Path) -> int:
    """Number of CRM duplicates that share a phone number with their person's main record but not its customer."""
    person = pd.read_csv(folder / "truth_crm.csv", index_col="customer_id")["person"]
    links = con.execute(
        "select links.record_id, links.customer_id, identifiers.identifier from identity.links inner join"
        " identity.identifiers using (source, record_id) where source = 'crm' and identifier_type <> 'account_id'"
    ).df()
    links["person"] = links["record_id"].map(person)
    return int((links.groupby(["person", "identifier"])["customer_id"].nunique() > 1).sum())


@pytest.mark.parametrize("seed", SEEDS)
def test_linkable_interactions_find_their_person_and_nobody_is_taken_for_another(
    seed: int, shared: Path, tmp_path: Path
) -> None:
    command = [
        sys.executable,
        str(shared / "tools/build_scenario.py"),
        "--out",
        str(tmp_path),
        "--seed",
        str(seed),
        "--customers",
        str(CUSTOMERS),
    ]
    subprocess.run(command, check=True, capture_output=True)
    with duckdb.connect() as con:
        speakers = load(con, tmp_path)
        identity.resolve(con, b"a secret of the tests", "US", datetime(2025, 7, 1))
        judged = judge(con, tmp_path, speakers)
        print(judged.groupby(["source", "link_rule"])["state"].value_counts().unstack(fill_value=0).to_string())
        states = judged[judged["link_rule"].isin(LINKABLE)]["state"].value_counts(normalize=True)
        assert states.get("right", 0.0) >= 0.999
        assert (judged["state"] == "wrong").sum() == 0
        assert joined_two(con, tmp_path) == 0
        assert unjoined_duplicates(con, tmp_path) == 0
