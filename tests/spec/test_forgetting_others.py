"""Persons of all kinds are forgotten: of one channel, of no record, of two records, and those who share an address."""

from __future__ import annotations

import json

import pytest
from leaks import files_of, found
from project import qualtrics, read_quickly, response, ticket, tickets, tweet, tweets, user, write

import vocpipe
from vocpipe import decisions, forgetting, pipeline
from vocpipe.proposing import init
from vocpipe.verifying import verify

pytestmark = pytest.mark.long
HEAD = "customer_id,first_name,last_name,email,phone,twitter_handle,date_of_birth,loyalty_tier,signup_date\n"
RECORDS = (
    "CUST001,Mira,Holt,mira.holt@example.com,303 555 0101,,1980-02-03,Gold,2020-01-01\n"
    "CUST002,Mira,Holt,m.holt.old@example.com,,,1980-02-03,Gold,2021-01-01\n"  # the same person, says somebody
    "CUST003,Jonas,Aasland,family.aasland@example.com,303 555 0102,,1970-05-06,Blue,2019-01-01\n"
    "CUST004,Berit,Aasland,family.aasland@example.com,303 555 0103,,1972-07-08,Blue,2019-01-01\n"
)
# Who is asked for, and what of the person must be nowhere.
MERGED = (
    "crm:CUST002",
    {"mira holt", "mira.holt@example.com", "m.holt.old@example.com", "303 555 0101", "CUST001", "CUST002", "1980-02-03",
     "the merged one says"},
)  # fmt: skip
ONE_CHANNEL = ("only.survey@example.org", {"only.survey@example.org", "the silent one says"})
NO_RECORD = ("@lone_tweeter9", {"lone_tweeter9", "the tweeting one says", "7700099"})
SHARING = ("crm:CUST004", {"berit aasland", "303 555 0103", "CUST004", "1972-07-08"})
KEPT = {"jonas aasland", "family.aasland@example.com", "CUST003", "the others says"}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The project after a whole run, all four forgotten."""
    folder = write(tmp_path_factory.mktemp("others") / "exports", files())
    init(folder, {}, force=False)
    read_quickly(folder)
    path = folder / "vocpipe.toml"
    text = path.read_text(encoding="utf-8")
    for kind in (".csv", ".json", ".jsonl"):  # the same export comes again under another name
        text = text.replace(f'{kind}"', f'*{kind}"')
    path.write_text(text, encoding="utf-8")
    records = [decisions.Record("crm", f"CUST00{n}") for n in (1, 2)]
    decisions.judge(folder, "same", *records, "Eva", "she told us")
    pipeline.run(folder)
    return folder


def files(again: str = "") -> dict[str, bytes]:
    """The vendors' files; ``again``: the same under another name, a byte longer."""
    answers = [response(n, 9) for n in range(10)]
    answers += [
        response(20 + n, 2, RecipientEmail="only.survey@example.org", Q4=f"the silent one says {n}") for n in (1, 2)
    ]
    answers += [response(30, 3, RecipientEmail="mira.holt@example.com", Q4="the merged one says no")]
    names = "for berit  aasland and Mira\nHolt of 303-555-0101, @lone_tweeter9 or lone_tweeter9: the others says so"
    return {
        f"crm/customers{again}.csv": (HEAD + RECORDS).encode() + b"\n" * bool(again),
        f"q/survey{again}.csv": qualtrics(answers),
        f"x/tweets{again}.jsonl": tweets(
            tweet(1, "the tweeting one says no", author_id="7700099"), tweet(2, names, author_id="7700011"),
            handles={"7700099": "lone_tweeter9", "7700011": "someone_else"}),
        f"z/tickets{again}.json": tickets(ticket(1, requester_id=1, description="the others says so")),
        f"z/users{again}.json": json.dumps({"users": [user(1, name="Jonas Aasland", email="family.aasland@example.com",
                                                         phone="303 555 0102")]}).encode(),
    }  # fmt: skip


def everything(folder, secrets):
    return found(files_of(folder), secrets)


def test_each_is_gone_and_stays_out(project):
    asked = (MERGED, ONE_CHANNEL, NO_RECORD, SHARING)
    secrets = {secret.lower() for _, those in asked for secret in those}
    there = {secret for secret, _ in everything(project, secrets | KEPT)}
    assert there == secrets | {secret.lower() for secret in KEPT}
    for written, _ in asked:
        forgetting.forget(project, written, "Eva", "asked for it")
    assert {secret for secret, _ in everything(project, secrets | KEPT)} == {secret.lower() for secret in KEPT}
    write(project, files("_again"))
    pipeline.run(project, full_refresh=True)
    assert {secret for secret, _ in everything(project, secrets | KEPT)} == {secret.lower() for secret in KEPT}
    assert verify(project)[0] == []
    with vocpipe.connect(project) as con:
        assert con.execute("select count(*) from marts.customers").fetchall() == [(1,)]
