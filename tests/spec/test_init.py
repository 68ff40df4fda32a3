"""`vocpipe init`: finds what there is, writes it once, says what was guessed, refuses what it cannot settle."""

from __future__ import annotations

import tomllib

import pytest
from project import HEAD, qualtrics, response, ticket, tickets, tweet, tweets, user, write

from vocpipe import settings
from vocpipe.contracts import UsageError
from vocpipe.proposing import init
from vocpipe.tabular import header_of

SURVEY = qualtrics([response(n, n % 11) for n in range(40)])
CUSTOMERS = "customer_id,first_name,last_name,email,phone,tier\n" + "".join(
    f"K{n},Mira,Holt,mira{n}@example.com,+49301234{n:03d},{'Gold' if n % 3 else 'Blue'}\n" for n in range(40)
)
ORDERS = "order_id,customer_id,ordered_at,amount,currency,status\nO1,K1,2026-01-01T00:00:00Z,10.00,EUR,paid\n"


def made(folder, files, **options):
    target, findings = init(write(folder, files), options.pop("overrides", {}), options.pop("force", False))
    return settings.load(folder), findings, target.read_text(encoding="utf-8")


def test_files_are_known_by_content_not_by_name(tmp_path):
    import json

    files = {
        "a.csv": SURVEY, "b.json": tickets(ticket(1)), "c.json": json.dumps({"users": [user(1)]}).encode(),
        "d.json": tweets(tweet(1, "hello")), "e.csv": CUSTOMERS.encode(), "f.csv": ORDERS.encode(),
        "g.csv": b"agent_id,job_satisfaction\n1,4\n2,3\n", "h.csv": b"colour,price\nred,3\n",
    }  # fmt: skip
    found, findings, text = made(tmp_path, files)
    assert {source.format: source.files for source in found.sources} == {
        "qualtrics_csv": ["a.csv"], "zendesk_json": ["b.json", "c.json"], "x_api_json": ["d.json"],
        "crm_csv": ["e.csv"], "orders_csv": ["f.csv"], "employees_csv": ["g.csv"],
    }  # fmt: skip
    assert [path.name for path in findings.unknown] == ["h.csv"]
    assert "h.csv" in text
    assert found.segments == ["tier"]
    assert found.phone_region == "DE"
    assert found.source("qualtrics").time_zone == "America/Denver"
    assert {q.id: q.metric for q in found.source("qualtrics").questions} == {
        "Q1": "nps", "Q2": "csat", "Q4": "verbatim",
    }  # fmt: skip


def test_tomorrows_file_of_the_same_series_is_taken_too(tmp_path):
    found, _, _ = made(tmp_path, {"s/q_2026-01.csv": SURVEY, "s/customers.csv": CUSTOMERS.encode()})
    assert found.source("qualtrics").files == ["s/q_*.csv"]


def test_a_pattern_never_takes_another_sources_file(tmp_path):
    found, _, _ = made(tmp_path, {"export_1.csv": SURVEY, "export_2.csv": CUSTOMERS.encode()})
    assert found.source("qualtrics").files == ["export_1.csv"]
    assert found.source("crm").files == ["export_2.csv"]


def test_nothing_is_overwritten_and_force_keeps_a_backup(tmp_path):
    made(tmp_path, {"a.csv": SURVEY})
    (tmp_path / "vocpipe.toml").write_text("# mine\n", encoding="utf-8")
    with pytest.raises(UsageError, match="--force"):
        init(tmp_path, {}, force=False)
    init(tmp_path, {}, force=True)
    backups = list(tmp_path.glob("vocpipe.toml.*.bak"))
    assert [backup.read_text(encoding="utf-8") for backup in backups] == ["# mine\n"]
    assert not list(tmp_path.glob(".vocpipe.toml*"))


def test_an_empty_folder_and_one_without_exports_say_so(tmp_path):
    with pytest.raises(UsageError, match="no file that vocpipe can read"):
        init(tmp_path, {}, force=False)
    (tmp_path / "notes.txt").write_text("nothing here", encoding="utf-8")
    with pytest.raises(UsageError, match="no file that vocpipe can read"):
        init(tmp_path, {}, force=False)
    with pytest.raises(UsageError, match="is no folder"):
        init(tmp_path / "missing", {}, force=False)
    assert not (tmp_path / "vocpipe.toml").exists()


def two_nps():
    text = SURVEY.decode().replace(
        '"How satisfied are you? (1 = not at all, 5 = very)"', '"How likely are you to recommend our app (0-10)?"'
    )
    return text.encode()


def test_two_questions_that_look_like_nps_are_refused_until_one_is_chosen(tmp_path):
    with pytest.raises(UsageError, match="Q1 and Q2 both look like the NPS question") as error:
        made(tmp_path, {"a.csv": two_nps()})
    assert "--question Q2=other" in str(error.value)
    assert not (tmp_path / "vocpipe.toml").exists()
    found, _, _ = made(tmp_path, {}, overrides={"Q2": "other"})
    assert [q.id for q in found.source("qualtrics").questions if q.metric == "nps"] == ["Q1"]


def test_an_override_of_no_question_is_refused(tmp_path):
    with pytest.raises(UsageError, match="'Q9', which is no question"):
        made(tmp_path, {"a.csv": SURVEY}, overrides={"Q9": "nps"})


def test_surveys_with_other_questions_are_other_sources(tmp_path):
    other = SURVEY.decode().replace("likely are you to recommend us", "satisfied are you with the lounge")
    for name in HEAD[12:]:
        other = other.replace(f",{name}", f",X{name}")
    other = other.replace("What is the main reason", "What could we do better")
    found, _, _ = made(tmp_path, {"a.csv": SURVEY, "b.csv": other.encode()})
    assert len(found.sources) >= 1
    assert all(len(source.files) >= 1 for source in found.sources)


def test_hostile_wording_stays_inside_its_string(tmp_path):
    evil = SURVEY.decode().replace("What is the main reason for your score?", 'a ""b"" \\ [x] # =1+1 €')
    _, _, text = made(tmp_path, {"a.csv": evil.encode()})
    assert tomllib.loads(text)["sources"][0]["questions"]


def test_headers_get_unique_names():
    assert header_of(["a", "a", "", " b ", ""]) == ["a", "a_2", "column_3", "b"]
