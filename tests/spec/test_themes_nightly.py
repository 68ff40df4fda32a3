"""Themes over several nights of a small project: found, kept, decided on, taken back."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from project import qualtrics, read_quickly, response, write
from themes import lamp, other

import vocpipe
from vocpipe import pipeline
from vocpipe.cli import main
from vocpipe.contracts import UsageError
from vocpipe.decisions import path_of
from vocpipe.decisions import themes as decided
from vocpipe.proposing import init

pytestmark = pytest.mark.usefixtures("without_report")

FIRST, SECOND = datetime(2026, 2, 1), datetime(2026, 3, 1)
WHO = ["--by", "Eva", "--why", "new since the relaunch"]


def answers(start, maps, others, at):
    """Survey answers of one day each: those about the reading lamp from different customers, and the rest."""
    texts = [lamp(7 * (start + n)) for n in range(maps)] + [other(1000 * start + n) for n in range(others)]
    rows = []
    for n, text in enumerate(texts):
        number = 10_000 * start + n
        day = f"{at}-{1 + n % 20:02d} 10:00:00"
        rows.append(
            response(number, 5, StartDate=day, EndDate=day, RecordedDate=day, Q4=text, RecipientLastName="Holt",
                     RecipientFirstName="Mira", RecipientEmail=f"mira{number}@example.com")
        )  # fmt: skip
    return qualtrics(rows)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = write(tmp_path_factory.mktemp("themes"), {"q_1.csv": answers(1, 20, 60, "2026-01")})
    init(folder, {}, force=False)
    read_quickly(folder)
    path = folder / "vocpipe.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('"q_1.csv"', '"q_*.csv"'), encoding="utf-8")
    pipeline.run(folder, as_of=FIRST)
    return folder


def published(folder, query="select * from marts.themes order by theme_id"):
    with vocpipe.connect(folder) as con:
        return con.sql(query).to_arrow_table().to_pylist()


def told(capsys, *words):
    code = main([str(word) for word in words])
    out = capsys.readouterr()
    return code, out.out + out.err


@pytest.mark.slow
def test_a_life_of_a_theme(project, capsys):
    """One test, for each night builds on the one before."""
    (first,) = published(project)
    assert (first["status"], first["topic"], first["count_texts"], first["count_customers"]) == (
        "proposed",
        None,
        20,
        20,
    )
    assert "reading lamp" in first["label"]
    texts = published(project, "select verbatim from marts.interactions where interaction_id = any("
                               "select unnest(examples) from marts.themes)")  # fmt: skip
    assert all("reading lamp" in row["verbatim"] for row in texts)
    assert len(texts) == 5

    pipeline.run(project, as_of=FIRST)  # a re-run changes nothing
    assert published(project) == [first]

    write(project, {"q_2.csv": answers(2, 30, 60, "2026-02")})  # the second night: more of it, in other words
    pipeline.run(project, as_of=SECOND, since=FIRST.date())
    (second,) = published(project)
    assert second["theme_id"] == first["theme_id"]
    assert (second["count_texts"], second["first_seen_on"]) == (50, first["first_seen_on"])
    assert second["last_seen_on"] > first["last_seen_on"]

    pipeline.run(project, as_of=FIRST)  # a look back sees only what was known then
    assert published(project) == [first]
    pipeline.run(project, as_of=SECOND, full_refresh=True)
    assert published(project) == [second]

    theme = first["theme_id"]
    code, out = told(capsys, "theme", project, "list")
    assert code == 0
    assert theme in out
    code, out = told(capsys, "theme", project, "approve", theme, "--as", "reading_lamp", "--stage", "booking", *WHO)
    assert code == 0, out
    (made,) = decided.in_force(decided.read(project)).values()
    assert (made.verdict, made.slug, made.theme.theme_id) == ("approved", "reading_lamp", theme)
    pipeline.run(project, as_of=SECOND)
    (approved,) = published(project)
    assert (approved["theme_id"], approved["status"], approved["topic"]) == (theme, "approved", "reading_lamp")
    (topic,) = published(project, "select * from marts.topics where slug = 'reading_lamp'")
    assert (topic["status"], topic["journey_stage"], topic["label"]) == ("approved", "booking", second["label"])
    spoken = published(
        project, "select count(*) as n from marts.interactions where list_contains(topics, 'reading_lamp')"
    )
    assert spoken[0]["n"] >= 45
    assert "reading_lamp" not in (project / "vocpipe.toml").read_text(encoding="utf-8")

    code, out = told(capsys, "theme", project, "reject", theme, *WHO)
    assert code == 2
    assert f"withdraw {made.decision_id}" in out
    assert told(capsys, "theme", project, "withdraw", made.decision_id, *WHO)[0] == 0
    assert told(capsys, "theme", project, "reject", theme, *WHO)[0] == 0
    pipeline.run(project, as_of=SECOND)
    (rejected,) = published(project)
    assert (rejected["theme_id"], rejected["status"], rejected["topic"]) == (theme, "rejected", None)
    assert not published(project, "select 1 as one from marts.topics where slug = 'reading_lamp'")

    (reject,) = decided.in_force(decided.read(project)).values()
    assert told(capsys, "theme", project, "withdraw", reject.decision_id, *WHO)[0] == 0
    assert told(capsys, "theme", project, "merge", theme, "--into", "booking", *WHO)[0] == 0
    pipeline.run(project, as_of=SECOND)
    (merged,) = published(project)
    assert (merged["theme_id"], merged["status"], merged["topic"]) == (theme, "merged", "booking")
    listed = json.loads(told(capsys, "theme", project, "list", "--json")[1])
    assert [one["verdict"] for one in listed["decisions"]] == ["merged"]
    assert [one["theme_id"] for one in listed["themes"]] == [theme]


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["approve", "t_00000000", "--as", "reading_lamp"], "no theme has the id"),
        (["approve", "t_00000000", "--as", "Reading lamp"], "lower-case letters"),
        (["approve", "t_00000000", "--as", "unknown"], "lower-case letters"),
        (["approve", "t_00000000", "--as", "baggage_lost"], "is a topic already"),
        (["approve", "t_00000000"], "approve THEME --as SLUG"),
        (["merge", "t_00000000", "--into", "baggage_lst"], "did you mean 'baggage_lost'"),
        (["reject", "t_00000000"], "no theme has the id"),
        (["withdraw", "0" * 16], "no decision on a theme has that id"),
        (["remember"], "theme DIR list"),
    ],
)
def test_a_wrong_command_says_what_to_write(project, capsys, words, what):
    code, out = told(capsys, "theme", project, *words, *WHO)
    assert code == 2
    assert what in out


def by_hand(folder, **parts):
    path = path_of(folder)
    path.parent.mkdir(exist_ok=True)
    entry = {
        "decision": "0" * 16, "kind": "theme", "verdict": "approved", "theme": "t_00000001", "name": "reading lamp",
        "words": ["reading lamp"], "keywords": ["reading lamp"], "slug": "reading_lamp", "label": "Reading lamp",
        "by": "Eva", "why": "new", "at": "2026-07-01T12:00:00Z",
    } | parts  # fmt: skip
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")


def test_a_decision_outlives_the_work_file(tmp_path):
    """All that a run needs stands in its line: the topic is there though this work file never saw the theme."""
    by_hand(tmp_path)
    from vocpipe.runs import read_taxonomy

    topic = read_taxonomy(tmp_path, "airline").topics[-1]
    assert (topic.slug, topic.label, dict(topic.keywords)) == ("reading_lamp", "Reading lamp", {"reading lamp": 1.0})


@pytest.mark.parametrize(
    ("parts", "what"),
    [
        ({"verdict": "perhaps"}, "verdict"),
        ({"slug": ""}, "slug"),
        ({"verdict": "merged"}, "into"),
        ({"words": "seat"}, "words"),
        ({"theme": None}, "theme"),
    ],
)
def test_a_damaged_line_stops_the_run(tmp_path, parts, what):
    by_hand(tmp_path, **parts)
    with pytest.raises(UsageError, match=f'line 1, is damaged .*"{what}"'):
        decided.read(tmp_path)


def test_a_topic_that_is_gone_is_named(tmp_path):
    from vocpipe.runs import read_taxonomy

    by_hand(tmp_path, verdict="merged", into="gone")
    with pytest.raises(UsageError, match="names a topic that the taxonomy does not have"):
        read_taxonomy(tmp_path, "airline")


def test_a_theme_merged_into_an_approved_one_gives_it_its_words(tmp_path):
    from vocpipe.runs import read_taxonomy

    by_hand(tmp_path)
    by_hand(
        tmp_path, decision="1" * 16, verdict="merged", theme="t_00000002", keywords=["cabin plan"], into="t_00000001"
    )
    assert set(read_taxonomy(tmp_path, "airline").topics[-1].keywords) == {"reading lamp", "cabin plan"}
    standing = decided.in_force(decided.read(tmp_path))
    assert decided.topic_of("t_00000002", standing) == "reading_lamp"
