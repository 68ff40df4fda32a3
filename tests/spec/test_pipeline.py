"""The whole job on small projects: what it promises when all goes well, and when it does not."""

from __future__ import annotations

import json
import stat
import threading
from datetime import datetime

import duckdb
import pytest
from project import AS_OF, qualtrics, read_quickly, response, ticket, tickets, tweet, tweets, user, write

import vocpipe
from vocpipe import pipeline
from vocpipe.cli import main
from vocpipe.contracts import RunError, UsageError
from vocpipe.proposing import init
from vocpipe.selects import read_select
from vocpipe.warehouse import checking, opened, publishing

pytestmark = pytest.mark.usefixtures("without_report")

AUDIT = {"run_id", "loaded_at", "linked_at", "as_of", "file", "started_at", "ended_at", "line_no", "item_no"}
CUSTOMERS = b"""customer_id,first_name,last_name,email,phone,date_of_birth,tier,signup_date,marketing_opt_in
K1,Mira,Holt,mira1@example.com,,1980-02-03,Gold,2020-01-01,true
K2,Jon,Aas,jon2@example.com,+4722000002,1990-02-03,Blue,2021-01-01,true
K3,Eva,Lie,eva3@example.com,,1970-02-03,Blue,2022-01-01,false
K4,Ole,Moe,ole4@example.com,,1971-02-03,Blue,2022-01-01,true
K5,Una,Rud,una5@example.com,,1972-02-03,Gold,2022-01-01,true
K6,Ivo,Dal,ivo6@example.com,,1973-02-03,Blue,2022-01-01,
K7,Liv,Nes,liv7@example.com,,1974-02-03,Gold,2022-01-01,true
K8,Tor,Vik,tor8@example.com,,1975-02-03,Blue,2022-01-01,true
K9,Ada,Eng,ada9@example.com,,1976-02-03,Blue,2022-01-01,true
K10,Per,Lid,per10@example.com,,1977-02-03,Gold,2022-01-01,true
"""
ORDERS = b"""order_id,customer_id,ordered_at,amount,currency,status
O1,K1,2025-12-01T00:00:00Z,100.00,EUR,paid
O2,K1,2026-05-01T00:00:00Z,50.00,EUR,refunded
O3,K2,2026-05-01T00:00:00Z,70.00,EUR,paid
O4,K2,2026-05-01T10:00:00Z,30.00,EUR,paid
O5,K3,2026-05-02T10:00:00Z,30.00,EUR,cancelled
"""


def make(folder):
    people = [
        ("Mira", "Holt", "mira1@example.com", ""),
        ("Jon", "Aas", "Jon2+news@example.com", ""),
        ("", "", "", "K3"),
    ]
    answers = []
    for n in range(45):
        first, last, email, account = people[n % 3]
        answers.append(
            response(n, n % 11, RecipientFirstName=first, RecipientLastName=last, RecipientEmail=email,
                     ExternalReference=account, text="Write to mira1@example.com, I am Mira Holt, about my late bag")
        )  # fmt: skip
    return write(folder, {
        "surveys/q_1.csv": qualtrics(answers),
        "crm/customers.csv": CUSTOMERS, "crm/orders.csv": ORDERS,
        "zendesk/t.json": tickets(
            ticket(1, requester_id=1, status="open", description="My bag is lost and nobody helps, this is terrible!"),
            ticket(2, requester_id=5),
        ),
        "zendesk/users.json": b'{"users": [' + b",".join(
            json.dumps(u).encode() for u in (user(1), user(5, name="Zed Q", email="zed@example.com"))
        ) + b"]}",
        "x.jsonl": tweets(tweet(1, "@fernwing thank you, great crew"), handles={"77": "zedq"}),
    })  # fmt: skip


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = make(tmp_path_factory.mktemp("project"))
    init(folder, {}, force=False)
    read_quickly(folder)
    pipeline.run(folder, as_of=AS_OF)
    return folder


def tables(folder):
    """Every published table as a sorted list of rows, without the audit columns."""
    with vocpipe.connect(folder) as con:
        found = {}
        names = con.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = 'voc' "
            "and table_name not in ('runs', 'checks', 'notices')"  # ledgers of what runs did, and when
        ).fetchall()
        for schema, name in names:
            columns = [c[0] for c in con.execute(f"describe {schema}.{name}").fetchall() if c[0] not in AUDIT]
            listed = ", ".join(f'"{column}"' for column in columns)
            found[f"{schema}.{name}"] = sorted(
                map(repr, con.execute(f"select {listed} from {schema}.{name}").fetchall())
            )
        return found


def ask(folder, sql):
    with vocpipe.connect(folder) as con:
        return con.execute(sql).fetchall()


def test_every_turn_stands_in_the_published_file_with_its_person(project):
    found = ask(project, "select channel, count(*), count(customer_id) from marts.interactions group by 1 order by 1")
    assert found == [("survey", 45, 45), ("ticket", 2, 1), ("tweet", 1, 0)]


def test_customers_carry_record_voice_and_purchases(project):
    found = ask(
        project,
        "select tier, count_surveys, orders, revenue, frequency, is_repeat, is_churned, has_marketing_consent "
        "from marts.customers where customer_id in (select customer_id from marts.customer_records "
        "where record_id in ('K1', 'K2', 'K3') and unlinked_at is null) order by count_records, signed_up_on",
    )
    assert found == [
        ("Gold", 15, 2, 100.0, 1, True, False, True),
        ("Blue", 15, 2, 100.0, 0, False, False, True),
        ("Blue", 15, 0, None, None, None, None, False),
    ]


def test_published_texts_are_redacted_and_hold_nobodys_name(project):
    texts = [text for (text,) in ask(project, "select verbatim from marts.interactions where channel = 'survey'")]
    assert all("[email]" in text and "[name]" in text for text in texts)
    assert not any("Mira" in text or "@example" in text for text in texts)


def test_the_published_file_holds_the_public_schemas_only_and_explains_itself(project):
    schemas = ask(project, "select distinct schema_name from duckdb_tables() where database_name = 'voc' order by 1")
    assert schemas == [("actions",), ("marts",), ("metrics",), ("quality",)]
    assert ask(project, "select table_name from duckdb_tables() where database_name = 'voc' and comment is null") == []
    assert (
        ask(
            project,
            "select table_name, column_name from duckdb_columns() where database_name = 'voc' and comment is null",
        )
        == []
    )


def test_macros_work_in_the_published_file(project):
    value = ask(project, "select nps(score) from marts.responses where metric = 'nps'")[0][0]
    assert value == pytest.approx(ask(project, "select value from metrics.metric_value where metric = 'nps' "
                                               "and segment_type = 'all' and period = 'all'")[0][0])  # fmt: skip


def test_rows_in_are_rows_used_and_set_aside(project):
    assert ask(
        project, "select count(*) from quality.loads where rows_in <> rows_used + rows_set_aside + rows_unreadable"
    ) == [(0,)]


def test_a_customer_in_distress_who_may_be_written_to_is_suppressed(project):
    found = ask(
        project,
        "select r.record_id, s.reason from actions.suppressions as s "
        "inner join marts.customer_records as r on s.customer_id = r.customer_id and r.person_kind = 'customer_record' "
        "and r.unlinked_at is null",
    )
    assert ("K1", "unsolved negative ticket") in found
    assert not [record for record, _ in found if record == "K3"]


def test_a_second_run_a_full_refresh_and_other_file_names_publish_the_same(project, tmp_path):
    first = tables(project)
    pipeline.run(project, as_of=AS_OF)
    assert tables(project) == first
    pipeline.run(project, as_of=AS_OF, full_refresh=True)
    assert tables(project) == first
    other = make(tmp_path / "other")
    (other / "surveys" / "q_1.csv").rename(other / "surveys" / "q_9.csv")
    (other / "x.jsonl").rename(other / "a.jsonl")
    init(other, {}, force=False)
    read_quickly(other)
    (other / "work").mkdir(mode=0o700)
    (other / "work" / "pseudonym.key").write_bytes((project / "work" / "pseudonym.key").read_bytes())
    pipeline.run(other, as_of=AS_OF)
    assert tables(other) == first


def test_a_failing_check_leaves_the_last_published_file(project, monkeypatch, tmp_path):
    before = publishing.path_of(project).read_bytes()
    bad = tmp_path / "always.sql"
    bad.write_text("-- fail: nothing is ever right\nselect 1 as offence\n", encoding="utf-8")
    monkeypatch.setattr(checking, "checks", lambda: [("fail", read_select(bad))])
    with pytest.raises(RunError, match="last published file stands: the check always"):
        pipeline.run(project, as_of=AS_OF)
    assert publishing.path_of(project).read_bytes() == before
    with opened(project) as con:
        last = con.execute("select outcome, problem from quality.runs order by started_at desc, run_id").fetchall()
    assert any(outcome == "failed" and "always" in problem for outcome, problem in last)


def test_no_publish_does_all_but_publish(project):
    before = publishing.path_of(project).read_bytes()
    assert pipeline.run(project, as_of=AS_OF, no_publish=True).published is None
    assert publishing.path_of(project).read_bytes() == before


def test_a_second_run_at_the_same_time_is_refused_in_one_sentence(project):
    with pipeline.locked(project), pytest.raises(RunError, match="Another run is working on"):
        pipeline.run(project, as_of=AS_OF)
    found = []

    def elsewhere():
        try:
            pipeline.run(project, as_of=AS_OF)
        except RunError as problem:
            found.append(str(problem))

    with pipeline.locked(project):
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
    assert "wait until it ends" in found[0]


def test_readers_never_block_a_run_and_see_the_next_publish_by_themselves(project):
    count = "select count(*) from marts.interactions"
    with vocpipe.connect(project) as con:
        before = con.execute(count).fetchall()
        being_read = con.sql("select interaction_id from marts.interactions")
        pipeline.run(project, as_of=datetime(2026, 1, 10))
        assert len(being_read.fetchall()) == before[0][0]  # a result stays with the version it was asked of
        assert con.execute(count).fetchall() < before
        pipeline.run(project, as_of=AS_OF)
        assert con.execute(count).fetchall() == before


def test_the_published_file_is_read_only_to_analysts(project):
    with vocpipe.connect(project) as con, pytest.raises(duckdb.Error):
        con.execute("create table marts.mine as select 1")


def test_a_stale_log_beside_the_published_file_is_refused(project):
    stale = publishing.path_of(project).with_name("voc.duckdb.wal")
    stale.write_bytes(b"stale")
    try:
        with pytest.raises(RunError, match="remove it and run again"):
            pipeline.run(project, as_of=AS_OF)
    finally:
        stale.unlink()


def test_a_publish_that_cannot_be_written_leaves_the_last_file(project, monkeypatch):
    before = publishing.path_of(project).read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(publishing.os, "replace", full)
    with pytest.raises(RunError, match="the last published file stands: look at the disk"):
        pipeline.run(project, as_of=AS_OF)
    monkeypatch.undo()
    assert publishing.path_of(project).read_bytes() == before
    with opened(project) as con:
        outcomes = con.execute(
            "select outcome from quality.runs where problem like '%could not be written%'"
        ).fetchall()
    assert outcomes == [("failed",)]


def test_a_runs_own_failure_is_not_taken_for_one_of_the_lock(project):
    with pytest.raises(OSError, match="the disk is full"), pipeline.locked(project):
        raise OSError("the disk is full")
    with pipeline.locked(project):  # and the lock is free again
        pass


def test_a_folder_that_cannot_be_written_to_is_told(project, tmp_path):
    folder = tmp_path / "copy"
    folder.mkdir()
    (folder / "vocpipe.toml").write_bytes((project / "vocpipe.toml").read_bytes())
    (folder / "work").write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(UsageError, match="cannot be written to"):
        pipeline.run(folder, as_of=AS_OF)


def test_private_files_are_private(project):
    for name in ("warehouse.duckdb", "pseudonym.key"):
        assert stat.S_IMODE((project / "work" / name).stat().st_mode) == 0o600
    assert stat.S_IMODE((project / "work").stat().st_mode) == 0o700


def test_a_missing_column_stops_its_source_by_name_and_the_others_go_on(tmp_path, capsys):
    folder = make(tmp_path)
    init(folder, {}, force=False)
    read_quickly(folder)
    path = folder / "vocpipe.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('"email"', '"mail"'), encoding="utf-8")
    survey = folder / "surveys" / "q_1.csv"
    survey.write_bytes(survey.read_bytes().replace(b"ResponseId", b"Other").replace(b'"_recordId"', b'"other"'))
    told = [
        "source 'qualtrics' is stopped: surveys/q_1.csv has no column 'ResponseId': export it again",
        "source 'crm' is stopped: crm/customers.csv has no column 'mail', which vocpipe.toml names",
    ]
    assert main(["check", str(folder)]) == 1
    shown = capsys.readouterr().out
    assert all(line in shown for line in told)
    assert not (folder / "work").exists()
    assert main(["run", str(folder), "--as-of", "2026-07-01T00:00:00Z"]) == 1
    shown = capsys.readouterr()
    assert all(line in shown.err and line in shown.out for line in told)
    with vocpipe.connect(folder) as con:
        assert {row[0] for row in con.execute("select distinct source from quality.loads").fetchall()} == {
            "orders", "x_api", "zendesk"
        }  # fmt: skip


def test_where_no_source_can_go_on_nothing_is_written(tmp_path):
    folder = write(tmp_path, {"crm/customers.csv": CUSTOMERS})
    init(folder, {}, force=False)
    read_quickly(folder)
    path = folder / "vocpipe.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('"email"', '"mail"'), encoding="utf-8")
    with pytest.raises(UsageError, match=r"has no column 'mail', which vocpipe.toml names for the source 'crm'"):
        pipeline.run(folder, as_of=AS_OF)
    with opened(folder) as con:
        assert con.execute("select count(*) from raw.loads").fetchall() == [(0,)]
    assert not publishing.path_of(folder).exists()


def test_a_column_that_comes_later_is_kept_and_told(tmp_path):
    folder = write(tmp_path, {"crm/customers.csv": CUSTOMERS})
    init(folder, {}, force=False)
    read_quickly(folder)
    first = pipeline.run(folder, as_of=AS_OF)
    later = [line + (b",club" if not n else b",yes") for n, line in enumerate(CUSTOMERS.splitlines())]
    (folder / "crm" / "customers.csv").write_bytes(b"\n".join(later))
    second = pipeline.run(folder)
    assert first.counts["ingest"]["new columns"] == []
    assert second.counts["ingest"]["new columns"] == ["'club' in crm/customers.csv (source 'crm') is kept but not used"]
    assert second.counts["ingest"]["rows changed in this run"] == 10
    with opened(folder) as con:
        held = "select count(*) from raw.records where json_extract_string(body, '/club') = 'yes'"
        assert con.execute(held).fetchall() == [(10,)]


def test_times_may_be_written(project):
    summary = pipeline.run(project, as_of="2026-07-01T02:00:00+02:00", no_publish=True)
    assert summary.run.as_of == AS_OF
    with pytest.raises(UsageError, match="is no time: write one such as"):
        pipeline.run(project, as_of="soon")


def test_an_unknown_format_or_taxonomy_is_told(tmp_path):
    folder = make(tmp_path)
    init(folder, {}, force=False)
    read_quickly(folder)
    path = folder / "vocpipe.toml"
    good = path.read_text(encoding="utf-8")
    path.write_text(good.replace('format = "crm_csv"', 'format = "crm"'), encoding="utf-8")
    with pytest.raises(UsageError, match=r"format 'crm' is not known: write .*crm_csv"):
        pipeline.run(folder, as_of=AS_OF)
    assert not (folder / "work").exists()
    path.write_text(good.replace('taxonomy = "', 'taxonomy = "no_'), encoding="utf-8")
    with pytest.raises(UsageError, match=r"taxonomy 'no_.* is not there: name a starter"):
        pipeline.run(folder, as_of=AS_OF)


def test_connect_before_the_first_run_says_what_to_do(tmp_path):
    with pytest.raises(UsageError, match="vocpipe run"):
        vocpipe.connect(tmp_path)
