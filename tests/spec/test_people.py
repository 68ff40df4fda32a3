"""Looking at persons and judging: the private snapshot, one person's story, the review list, on a small project."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
import sys
from contextlib import contextmanager

import duckdb
import pytest
from project import AS_OF, qualtrics, read_quickly, response, ticket, tickets, user, write

from vocpipe import decisions, pipeline
from vocpipe.cli import main
from vocpipe.decisions import Record
from vocpipe.identity import fuzzy
from vocpipe.proposing import init
from vocpipe.published import open_people
from vocpipe.warehouse import opened, snapshot

pytestmark = pytest.mark.usefixtures("without_report")

ESC = "\x1b[31mred\x1b]0;title\x07"
TURNED = "\u202eright to left\u200f"
HOSTILE = "H\x1b[2J1"  # an id that would clear the screen
HEAD = "customer_id,first_name,last_name,email,phone,twitter_handle,date_of_birth,tier,signup_date,marketing_opt_in"
CUSTOMERS = f"""{HEAD}
K1,Mira,Holt,mira.holt@example.com,(212) 555-0101,@MiraH,1980-02-03,Gold,2020-01-01,true
K2,Mirra,Holt,m.holt@example.org,,,1980-02-03,Blue,2021-01-01,true
K3,Ana,Lopez,lopez@example.com,,,1980-05-06,Blue,2022-01-01,false
K4,Ben,Lopez,lopez@example.com,,,1979-07-08,Blue,2022-01-02,true
{HOSTILE},{ESC},{TURNED},hostile@example.com,,,1970-02-03,Blue,2022-01-01,true
""".encode()
ORDERS = b"""order_id,customer_id,ordered_at,amount,currency,status
O1,K1,2025-12-01T00:00:00Z,100.00,EUR,paid
"""
CANDIDATES = [
    ("crm", "K1", "crm", "K2", 9.5, 0.998, "unsure", "birth date and family name agree, the given names nearly"),
    ("crm", "K3", "crm", "K4", 4.25, 0.95, "unsure", "family name and e-mail agree, the rest differs"),
    ("crm", "K2", "crm", HOSTILE, 2.0, 0.8, "unsure", f"nothing but {ESC}"),
    ("crm", "K1", "zendesk", "1", 20.0, 0.999999, "same", "all agrees"),
]


@contextmanager
def changed(folder):
    """The work file, open to put something in; the snapshot is made anew from it."""
    with opened(folder) as con:
        yield con
        snapshot.write(con, folder)


def answers():
    named = {"RecipientFirstName": "Mira", "RecipientLastName": "Holt", "RecipientEmail": "MIRA.HOLT+poll@example.com"}
    hostile = {"RecipientEmail": "hostile@example.com"}
    return [response(1, 3, **named), response(2, 10, text="", Q4="", **named),
            response(3, 9, text=f"{ESC} \u202eback to front\u200f", **hostile)]  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = write(tmp_path_factory.mktemp("people"), {
        "q.csv": qualtrics(answers()), "customers.csv": CUSTOMERS, "orders.csv": ORDERS,
        "t.json": tickets(ticket(1, requester_id=1, status="open", description="My bag is lost, this is terrible!")),
        "users.json": json.dumps({"users": [user(1, email="mira.holt@example.com", phone="+12125550101")]}).encode(),
    })  # fmt: skip
    init(folder, {}, force=False)
    read_quickly(folder)
    settings = folder / "vocpipe.toml"
    told = settings.read_text(encoding="utf-8").replace("segments = []", 'segments = ["tier"]', 1)
    settings.write_text(told, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:  # what the model says of pairs stands below
        patch.setattr(fuzzy, "SAME", 99.0)
        pipeline.run(folder, as_of=AS_OF)
    with changed(folder) as con:
        con.execute("delete from identity.candidates")
        con.executemany("insert into identity.candidates values (?, ?, ?, ?, ?, ?, ?, ?)", CANDIDATES)
        con.execute(
            "update identity.links set evidence = 'the same e-mail address as crm:K1.' where source = 'zendesk'"
        )
        con.execute(
            "insert into identity.judgements by name select 7 as judgement_id, 'crm' as source_a, 'K1' as record_id_a, "
            "'zendesk' as source_b, '9' as record_id_b, 'same' as verdict, 'phone' as rule, 'rule' as decided_by, "
            "0.98 as score, 'the phone number was the same' as evidence, timestamp '2026-01-01' as made_at, "
            "timestamp '2026-02-01' as ended_at"
        )
        con.execute(
            "insert into identity.former_ids by name select 'c_00000000000000ff' as former_customer_id, customer_id "
            "from identity.links where record_id = 'K1'"
        )
    return folder


@pytest.fixture
def project(made, tmp_path):
    return shutil.copytree(made, tmp_path / "project")


def told(capsys, *arguments):
    capsys.readouterr()
    code = main([str(argument) for argument in arguments])
    out = capsys.readouterr()
    return code, out.out, out.err


def story(capsys, folder, written):
    code, out, err = told(capsys, "customer", folder, written, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def judged(capsys, folder, verdict, a, b):
    code, out, err = told(capsys, "judge", folder, verdict, a, b, "--by", "Eva", "--why", "looked at both")
    assert (code, err) == (0, "")
    return out


def cases(capsys, folder, *options):
    return json.loads(told(capsys, "judge", folder, "--review", "--json", *options)[1])


def customer_id(folder, record_id):
    with open_people(folder) as con:
        return con.execute("select customer_id from people.records where record_id = $1", [record_id]).fetchall()[0][0]


# ------------------------------------------------------------------------------------------------ the snapshot


def test_the_snapshot_is_readable_by_its_owner_alone_and_says_what_it_holds(project):
    path = snapshot.path_of(project)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not [p.name for p in path.parent.iterdir() if ".new" in p.name or p.suffix == ".wal"]
    with open_people(project) as con:
        tables = con.execute(
            "select table_name, comment from duckdb_tables() where database_name = 'snapshot'"
        ).fetchall()
        uncommented = con.execute(
            "select table_name, column_name from duckdb_columns() where database_name = 'snapshot' and comment is null"
        ).fetchall()
        refused = "insert into people.former_ids values ('a', 'b')"
        with pytest.raises(duckdb.Error, match="read-only"):
            con.execute(refused)
    assert {name for name, comment in tables if "One row per" in comment} == {
        "records", "identifiers", "judgements", "contradictions", "candidates", "decisions", "former_ids",
    }  # fmt: skip
    assert uncommented == []


def test_a_run_that_does_not_publish_leaves_a_snapshot_all_the_same(project, capsys):
    (project / "work" / "private.duckdb").unlink()
    shutil.rmtree(project / "published")
    pipeline.run(project, as_of=AS_OF, no_publish=True)
    found = story(capsys, project, "crm:K1")
    assert {row["record_id"] for row in found["records"]} >= {"K1", "1"}
    assert (found["profile"], found["timeline"]) == (None, None)
    assert "Nothing is published of this customer yet" in told(capsys, "customer", project, "crm:K1")[1]


def test_what_was_open_stays_with_its_version(project):
    with open_people(project) as con:
        before = con.execute("select count(*) from people.candidates").fetchall()
        with changed(project) as work:
            work.execute("delete from identity.candidates")
        assert con.execute("select count(*) from people.candidates").fetchall() == before != [(0,)]
    with open_people(project) as con:
        assert con.execute("select count(*) from people.candidates").fetchall() == [(0,)]


def test_a_snapshot_that_cannot_be_put_in_place_leaves_the_old_one(project, monkeypatch):
    before = snapshot.path_of(project).read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("vocpipe.warehouse.publishing.os.replace", full)
    with pytest.raises(pipeline.RunError, match="the last snapshot stands"), changed(project):
        pass
    assert snapshot.path_of(project).read_bytes() == before


# ------------------------------------------------------------------------------------------------ one person


@pytest.mark.parametrize(
    "written",
    [
        "crm:K1", "zendesk:1", "K1", " K1 ", "mira.holt@example.com", "Mira.Holt+news@EXAMPLE.com",
        "+1 212 555 0101", "212.555.0101", "@MiraH", "mirah", "https://x.com/MiraH", "c_00000000000000ff",
    ],
)  # fmt: skip
def test_a_person_is_found_by_any_identifier_in_any_spelling(made, capsys, written):
    assert story(capsys, made, written)["customer_id"] == customer_id(made, "K1")


def test_a_customer_id_is_found_too(made, capsys):
    found = story(capsys, made, customer_id(made, "K1"))
    assert found["former_customer_ids"] == ["c_00000000000000ff"]
    assert "(formerly c_00000000000000ff)" in told(capsys, "customer", made, "crm:K1")[1]


def test_the_story_is_whole(made, capsys):
    found = story(capsys, made, "crm:K1")
    assert found["profile"]["tier"] == "Gold"
    assert found["profile"]["has_marketing_consent"] is True
    assert found["records"][0]["link_rule"] == "record"
    ticket_user = next(row for row in found["records"] if row["source"] == "zendesk")
    assert ticket_user["why"].endswith("the same e-mail address as crm:K1")
    assert ticket_user["why"].startswith(ticket_user["link_rule"])
    held = {(row["identifier_type"], row["identifier"]) for row in found["identifiers"]}
    assert held >= {("email", "mira.holt@example.com"), ("phone", "+12125550101"), ("handle", "mirah")}
    assert [row["theirs"] for row in found["unsure"]] == ["crm:K2"]
    assert [(row["theirs"], row["rule"], row["ended_at"][:10]) for row in found["ended"]] == [
        ("zendesk:9", "phone", "2026-02-01")
    ]
    assert [(row["channel"], row["scores"]) for row in found["timeline"]] == [
        ("survey", "csat 4 of 5, nps 3 of 10"), ("survey", "csat 4 of 5, nps 10 of 10"), ("ticket", None)
    ]  # fmt: skip
    assert [row["order_id"] for row in found["orders"]] == ["O1"]
    assert [row["status"] for row in found["tickets"]] == ["open"]
    assert [row["reason"] for row in found["suppressions"]] == ["unsolved negative ticket"]


def test_the_screen_tells_the_same_with_the_newest_last(made, capsys):
    code, out, _ = told(capsys, "customer", made, "crm:K1")
    assert code == 0
    titles = ["Records", "Identifiers", "Unsure", "Judgements that ended", "Timeline", "Orders", "Tickets", "Marketing"]
    assert [out.index(f"\n{title}") for title in titles] == sorted(out.index(f"\n{title}") for title in titles)
    assert out.index("nps 3 of 10") < out.index("nps 10 of 10") < out.index("My bag is lost")
    assert "tier: Gold" in out
    assert "the same e-mail address as crm:K1" in out


def test_a_long_list_shows_its_end_and_says_so(made, capsys, monkeypatch):
    monkeypatch.setattr("vocpipe.desk.SHOWN", 2)
    out = told(capsys, "customer", made, "crm:K1")[1]
    assert "Timeline, the last 2 of 3 (--json gives all)" in out
    assert "nps 3 of 10" not in out


def test_what_was_kept_apart_is_told_with_the_reason(made, capsys):
    (row,) = story(capsys, made, "crm:K3")["kept_apart"]
    assert (row["theirs"], row["their_customer_id"]) == ("crm:K4", customer_id(made, "K4"))
    assert row["reason"] == "birth dates differ"


def test_cases_are_told(project, capsys):
    with open_people(project) as con:
        query = (
            "select customer_id, count(*) from voc.actions.cases where customer_id is not null group by 1 order by 1"
        )
        whose, count = con.execute(query).fetchall()[0]
    found = story(capsys, project, whose)["cases"]
    assert len(found) == count
    assert {row["state"] for row in found} <= {"open", "overdue", "in progress", "closed", "lapsed"}
    assert "\nCases" in told(capsys, "customer", project, whose)[1]


def test_an_identifier_of_several_persons_lists_them(made, capsys):
    code, out, err = told(capsys, "customer", made, "lopez@example.com")
    assert (code, out) == (2, "")
    assert "2 customers hold that identifier" in err
    assert all(customer_id(made, record) in err for record in ("K3", "K4"))


@pytest.mark.parametrize(
    "written",
    [
        "mira.halt@example.com",
        "K",
        "crm:K",
        "crm:",
        ":",
        "",
        "c_0123456789abcdef",
        "zendesk:K1",
        "+1",
        "\udc80",
        "'; --",
    ],
)
def test_nobody_known_is_one_sentence_that_shows_nobody_close(made, capsys, written):
    code, out, err = told(capsys, "customer", made, written)
    assert (code, out) == (2, "")
    assert err.startswith("vocpipe: the last run knows nobody by what you wrote: write source:record_id")
    assert err.count("\n") == 1
    assert "Mira" not in err
    assert "K1" not in err


@pytest.mark.parametrize("command", [["customer", "x@example.com"], ["judge", "--review"]])
def test_before_any_run_it_says_what_to_do(tmp_path, capsys, command):
    write(tmp_path, {"customers.csv": CUSTOMERS})
    init(tmp_path, {}, force=False)
    read_quickly(tmp_path)
    code, out, err = told(capsys, command[0], tmp_path, *command[1:])
    assert (code, out) == (2, "")
    assert f"private.duckdb is not there: run `vocpipe run {tmp_path}` first" in err


# ------------------------------------------------------------------------------------------------ judging


def test_the_review_list_shows_the_strongest_first_and_how_to_settle_it(made, capsys):
    found = cases(capsys, made)
    assert found["count"] == 3
    assert [case["a"] + case["b"] for case in found["cases"]] == [
        "crm:K1crm:K2",
        "crm:K3crm:K4",
        f"crm:K2crm:{HOSTILE}",
    ]
    first = found["cases"][0]
    assert first["agrees"] == {"family_name": "Holt", "birth_on": "1980-02-03"}
    assert first["differs"] == {
        "given_name": ["Mira", "Mirra"], "email": ["mira.holt@example.com", "m.holt@example.org"]
    }  # fmt: skip
    assert found["cases"][1]["agrees"] == {"family_name": "Lopez", "email": "lopez@example.com"}
    out = told(capsys, "judge", made, "--review", "--limit", "1")[1]
    assert f"vocpipe judge {made} same crm:K1 crm:K2 --by WHO --why TEXT" in out
    assert f"vocpipe judge {made} different crm:K1 crm:K2 --by WHO --why TEXT" in out
    assert "1 of 3 open cases" in out


def test_the_command_lines_of_the_review_list_settle_it(project, capsys):
    for case in cases(capsys, project, "--limit", "2")["cases"]:
        words = case["commands"][1].replace("WHO", "Eva").replace("TEXT", "seen").split()
        assert main(words[1:]) == 0
    assert [d.verdict for d in decisions.read(project)] == ["different", "different"]
    assert cases(capsys, project)["count"] == 1


def test_what_is_judged_is_settled_also_through_others_and_open_again_when_withdrawn(project, capsys):
    judged(capsys, project, "same", "crm:K1", "zendesk:1")
    assert cases(capsys, project)["count"] == 3
    judged(capsys, project, "same", "zendesk:1", "crm:K2")
    found = cases(capsys, project)
    assert ["crm:K1", "crm:K2"] not in [[case["a"], case["b"]] for case in found["cases"]]
    assert story(capsys, project, "crm:K1")["unsure"] == []
    last = decisions.read(project)[-1].decision_id
    code, out, _ = told(capsys, "judge", project, "withdraw", last, "--by", "Ole", "--why", "mixed up")
    assert code == 0
    assert "is withdrawn" in out
    assert cases(capsys, project)["count"] == 3


def test_a_judgement_tells_what_comes_of_it_and_waits_for_the_run(project, capsys):
    out = judged(capsys, project, "same", customer_id(project, "K1"), "m.holt@example.org")
    (made,) = decisions.read(project)
    assert (made.a, made.b, made.by) == (Record("crm", "K1"), Record("crm", "K2"), "Eva")
    assert "crm:K1 and crm:K2 are the same person" in out
    assert f"vocpipe judge {project} withdraw {made.decision_id} --by WHO --why TEXT" in out
    (row,) = json.loads(told(capsys, "judge", project, "--list", "--json")[1])
    assert (row["decision"], row["status"]) == (made.decision_id, "waits for the next run")
    with changed(project) as con:
        con.execute("delete from identity.decisions")
        con.execute(
            "insert into identity.decisions by name select $1 as decision_id, 'applied' as status", [made.decision_id]
        )
    assert "applied" in told(capsys, "judge", project, "--list")[1]
    assert [row["status"] for row in story(capsys, project, "crm:K2")["decisions"]] == ["applied"]


def test_the_list_is_there_before_any_run_and_empty_without_decisions(tmp_path, capsys):
    assert "No decision stands" in told(capsys, "judge", tmp_path, "--list")[1]
    decisions.judge(tmp_path, "same", Record("crm", "K1"), Record("crm", "K2"), "Eva", "seen")
    assert "waits for the next run" in told(capsys, "judge", tmp_path, "--list")[1]


def test_a_former_id_means_the_customer_that_it_belongs_to_now(project, capsys):
    judged(capsys, project, "different", "c_00000000000000ff", "crm:K2")
    assert decisions.read(project)[0].a == Record("crm", "K1")


def test_an_identifier_of_several_records_asks_to_choose(project, capsys):
    code, out, err = told(capsys, "judge", project, "same", "crm:K1", "lopez@example.com", "--by", "E", "--why", "x")
    assert (code, out) == (2, "")
    assert "vocpipe: B: 2 records hold that identifier: write one of crm:K3, crm:K4." in err
    assert not decisions.path_of(project).exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "write `judge DIR same A B"),
        (["same"], "write `judge DIR same A B"),
        (["maybe", "crm:K1", "crm:K2"], "write `judge DIR same A B"),
        (["same", "crm:K1", "crm:K2", "--review"], "write `judge DIR same A B"),
        (["same", "crm:K1", "crm:K2"], "--by is empty"),
        (["same", "crm:K1", "crm:K2", "--by", "Eva"], "--why is empty"),
        (["same", "crm:K1", "K1", "--by", "Eva", "--why", "x"], "name two records"),
        (["same", "crm:K1", "crm:K77", "--by", "Eva", "--why", "x"], "B: the last run knows nobody"),
        (["withdraw", "crm:K1", "--by", "Eva", "--why", "x"], "no identity decision has that id"),
    ],
)
def test_a_wrong_judgement_is_one_sentence_and_nothing_is_written(project, capsys, words, sentence):
    code, out, err = told(capsys, "judge", project, *words)
    assert (code, out) == (2, "")
    assert sentence in err
    assert err.count("\n") == 1
    assert not decisions.path_of(project).exists()


def test_a_judgement_against_another_is_refused_on_the_command_line(project, capsys):
    judged(capsys, project, "same", "crm:K1", "crm:K2")
    judged(capsys, project, "different", "crm:K2", "crm:K3")
    code, _, err = told(capsys, "judge", project, "same", "crm:K1", "crm:K3", "--by", "Ole", "--why", "x")
    assert code == 2
    assert f"contradicts decision {decisions.read(project)[1].decision_id}" in err
    assert len(decisions.read(project)) == 2


HOLD = """
import sys, duckdb
from pathlib import Path
from filelock import FileLock
work = Path(sys.argv[1]) / "work"
with FileLock(work / "run.lock"), duckdb.connect(str(work / "warehouse.duckdb")) as con:
    con.execute("begin; create table held (a int)")
    print("held", flush=True)
    sys.stdin.read()
"""


def test_looking_and_judging_work_while_a_run_is_on(project, capsys):
    command = [sys.executable, "-c", HOLD, project]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "held\n"
        assert told(capsys, "run", project)[0] == 1, "the folder is held"
        judged(capsys, project, "same", "crm:K1", "crm:K2")
        assert story(capsys, project, "crm:K1")["decisions"][0]["by"] == "Eva"
        assert cases(capsys, project)["count"] == 2
        holder.stdin.close()
    assert len(decisions.read(project)) == 1


def test_the_next_run_reads_the_decisions(project, monkeypatch):
    made = decisions.judge(project, "different", Record("crm", "K1"), Record("zendesk", "1"), "Eva", "father and son")
    gone = decisions.judge(project, "same", Record("crm", "K3"), Record("crm", "K4"), "Eva", "seen")
    decisions.withdraw(project, gone.decision_id, "Eva", "mixed up")
    lent = []
    resolve = pipeline.identity.resolve

    def watched(con, *rest, **options):
        lent.extend(con.execute("select * from decided").fetchall())
        return resolve(con, *rest, **options)

    monkeypatch.setattr(pipeline.identity, "resolve", watched)
    pipeline.run(project, as_of=AS_OF)
    assert lent == [tuple(pair) for pair in decisions.pairs(project)]
    assert [row[0] for row in lent] == [made.decision_id]


# ------------------------------------------------------------------------------------------------ hostile texts


def test_hostile_texts_are_shown_and_not_done(project, capsys):
    judged(capsys, project, "same", f"crm:{HOSTILE}", "crm:K2")
    outs = [
        told(capsys, "customer", project, "hostile@example.com"),
        told(capsys, "customer", project, "hostile@example.com", "--json"),
        told(capsys, "judge", project, "--review"),
        told(capsys, "judge", project, "--review", "--json"),
        told(capsys, "judge", project, "--list"),
        told(capsys, "judge", project, "different", "crm:K2", f"crm:{HOSTILE}", "--by", "Eva", "--why", "x"),
    ]
    assert [code for code, _, _ in outs] == [0, 0, 0, 0, 0, 2]
    for _, out, err in outs:
        assert not {"\x1b", "\x07", "\u202e", "\u200f", "\x9b"} & set(out + err)
    assert r"\x1b[31mred" in outs[0][1]
    assert r"\u202eright to left\u200f" in outs[0][1]
    found = json.loads(outs[1][1])
    assert found["records"][0]["given_name"] == ESC
    assert f"{ESC} \u202eback to front\u200f" in found["timeline"][0]["verbatim"]
    assert r"\u202eback to front\u200f" in outs[0][1]


def test_nothing_that_people_are_told_is_written_anywhere_else(project, capsys):
    """Judging writes the file of decisions and nothing else; looking writes nothing."""
    before = {path: path.stat().st_mtime_ns for path in project.rglob("*") if path.is_file()}
    told(capsys, "customer", project, "mira.holt@example.com")
    judged(capsys, project, "same", "crm:K1", "m.holt@example.org")
    after = {path: path.stat().st_mtime_ns for path in project.rglob("*") if path.is_file()}
    lock = decisions.path_of(project).with_suffix(".lock")
    assert {path for path, _ in set(after.items()) - set(before.items())} - {lock} == {decisions.path_of(project)}
    assert not lock.read_bytes()
    assert b"example" not in decisions.path_of(project).read_bytes()
    assert stat.S_IMODE(decisions.path_of(project).stat().st_mode) == 0o600
