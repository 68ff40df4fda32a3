"""New files to new lists without the rest of the night: the same lists as a whole run would leave, and soon."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta

import pytest
from project import read_quickly, ticket, tickets, tweet, tweets, user, write

import vocpipe
from vocpipe import acting, pipeline
from vocpipe.cli import main
from vocpipe.contracts import UsageError
from vocpipe.proposing import init
from vocpipe.runs import locked
from vocpipe.warehouse import opened

pytestmark = pytest.mark.usefixtures("without_report")

NOW = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
HEAD = "customer_id,first_name,last_name,email,twitter_handle,date_of_birth,loyalty_tier,signup_date,marketing_opt_in\n"
BAD = "This is the worst company ever, my bag is lost, nobody helps and I am furious, number {}"


def ago(**span) -> str:
    return f"{NOW - timedelta(**span):%Y-%m-%dT%H:%M:%SZ}"


def a_ticket(number, requester, status="open", text=None, **span):
    told = {"status": status, "description": text or BAD.format(number), "satisfaction_rating": {"score": "unoffered"}}
    return ticket(number, requester_id=requester, created_at=ago(**span), updated_at=ago(**span), **told)


def records(*rows) -> bytes:
    return (HEAD + "".join(f"{row}\n" for row in rows)).encode()


def people(*users) -> bytes:
    return json.dumps({"users": users}).encode()


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Three customers after a whole run; nobody is in distress, and who tweets is no customer that anybody knows."""
    folder = write(tmp_path_factory.mktemp("project"), {
        "crm/customers_1.csv": records(
            "K1,Mira,Holt,mira1@example.com,,1980-02-03,Gold,2020-01-01,true",
            "K2,Jon,Aas,jon2@example.com,,1990-02-03,Blue,2021-01-01,true",
            "K3,Eva,Lie,eva3@example.com,,1970-02-03,Blue,2022-01-01,false",
        ),
        "crm/orders.csv": b"order_id,customer_id,ordered_at,amount,currency,status\n"
        + f"O1,K1,{ago(days=40)},100.00,EUR,paid\nO2,K2,{ago(days=50)},70.00,EUR,paid\n".encode(),
        "zendesk/tickets_1.json": tickets(
            a_ticket(1, 1, "solved", "Thank you for the quick answer, great crew", days=30),
            a_ticket(2, 2, "open", "Thank you, we love your great crew, wonderful flight", days=20),
        ),
        "zendesk/users.json": people(user(1), user(2, name="Jon Aas", email="jon2@example.com"),
                                     user(3, name="Eva Lie", email="eva3@example.com")),
        "x/tweets_1.jsonl": tweets(
            tweet(1, BAD.format("tw"), created_at=ago(days=2).replace("Z", ".000Z")), handles={"77": "una_r"}),
    })  # fmt: skip
    init(folder, {}, force=False)
    read_quickly(folder)
    pipeline.run(folder)
    return folder


def listed(folder) -> dict[str, str]:
    with (folder / "published" / "actions" / "suppress_marketing.csv").open(newline="", encoding="utf-8") as file:
        return {row["record_id"]: row["reason"] for row in csv.DictReader(file)}


def lists(folder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "published" / "actions").glob("*.csv")
            if "changes" not in path.name}  # fmt: skip


def test_new_files_come_into_the_lists_as_a_whole_run_would_bring_them(project):
    assert listed(project) == {}
    with vocpipe.connect(project) as con:
        before = con.execute("select count(*) from marts.interactions").fetchall()
    write(project, {
        # A new ticket, one that was only asked about and is angry now, and one of a customer without consent.
        "zendesk/tickets_2.json": tickets(
            a_ticket(3, 1, minutes=9), a_ticket(2, 2, minutes=8), a_ticket(4, 3, minutes=7)
        ),
        # The record that tells who it is that tweets.
        "crm/customers_2.csv": records("K5,Una,Rud,una5@example.com,@una_r,1972-02-03,Gold,2022-01-01,true"),
    })  # fmt: skip
    summary = acting.act(project)
    assert listed(project) == {
        "K1": "unsolved negative ticket", "K2": "unsolved negative ticket", "K5": "fresh negative text",
    }  # fmt: skip
    assert summary.counts["ingest"]["files"] == 2
    with vocpipe.connect(project) as con:
        assert con.execute("select count(*) from marts.interactions").fetchall() == before
    quick = lists(project)
    acting.act(project)  # nothing is new
    assert lists(project) == quick
    pipeline.run(project)
    assert lists(project) == quick
    with opened(project) as con:
        outcomes = con.execute("select outcome from quality.runs order by started_at").fetchall()
    assert outcomes == [("published",), ("lists only",), ("lists only",), ("published",)]


def test_a_ticket_that_was_solved_releases_its_customer_within_the_quarter_of_an_hour(project):
    write(project, {"zendesk/tickets_3.json": tickets(a_ticket(3, 1, "solved", minutes=1))})
    acting.act(project)
    assert set(listed(project)) == {"K2", "K5"}
    with (project / "published" / "actions" / "suppress_marketing_changes.csv").open(encoding="utf-8") as file:
        assert ("released", "K1") in {(row["change"], row["record_id"]) for row in csv.DictReader(file)}


def test_what_a_killed_run_had_landed_is_not_forgotten(project, monkeypatch):
    write(project, {"zendesk/tickets_4.json": tickets(a_ticket(5, 1, seconds=30))})

    def killed(*_args, **_more):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(acting, "follow", killed)
        acting.act(project)
    assert "K1" not in listed(project)
    acting.act(project)
    assert "K1" in listed(project)


def test_while_another_run_is_on_it_gives_way(project):
    with locked(project), pytest.raises(acting.Busy):
        acting.act(project)


def test_lists_do_not_look_back_behind_the_last_whole_run(project):
    with pytest.raises(UsageError, match="cannot look back"):
        acting.act(project, as_of="2020-01-01T00:00:00Z")


def test_without_a_whole_run_there_is_nothing_to_bring_up_to_date(project, tmp_path):
    (tmp_path / "vocpipe.toml").write_bytes((project / "vocpipe.toml").read_bytes())
    with pytest.raises(UsageError, match="has had no whole run yet"):
        acting.act(tmp_path)


def test_the_command_tells_the_lists(project, capsys):
    assert main(["run", str(project), "--actions-only"]) == 0
    assert "suppress_marketing.csv" in capsys.readouterr().out
    assert main(["run", str(project), "--actions-only", "--full-refresh"]) == 2
