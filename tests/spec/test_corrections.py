"""A person's word on what an interaction says: it holds from the next run on, and until it is withdrawn."""

from __future__ import annotations

import json

import pytest
from project import AS_OF, qualtrics, read_quickly, response, write

import vocpipe
from vocpipe import decisions, pipeline
from vocpipe.cli import main
from vocpipe.contracts import UsageError
from vocpipe.decisions import corrections
from vocpipe.decisions.lines import append
from vocpipe.proposing import init

pytestmark = pytest.mark.usefixtures("without_report")

SAID = "select sentiment, sentiment_score, sentiment_probability, sentiment_version, topic, topics, journey_stage"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    texts = ["The crew was rude and my bag is lost", "Lovely flight, thank you", ""]
    answers = [response(n, 5, Q4=text) for n, text in enumerate(texts)]
    folder = write(tmp_path_factory.mktemp("taught"), {"q.csv": qualtrics(answers)})
    init(folder, {}, force=False)
    read_quickly(folder)
    pipeline.run(folder, as_of=AS_OF)
    return folder


@pytest.fixture
def fresh(project):
    """The project without a decision."""
    decisions.path_of(project).unlink(missing_ok=True)
    return project


def ids(folder):
    with vocpipe.connect(folder) as con:
        return dict(con.execute("select source_id, interaction_id from marts.interactions").fetchall())


def said(folder, interaction_id):
    with vocpipe.connect(folder) as con:
        return con.execute(f"{SAID} from marts.interactions where interaction_id = $1", [interaction_id]).fetchall()[0]


def annotated(folder, interaction_id, classifier):
    query = "select label, version, probability, decided_by from marts.annotations "
    with vocpipe.connect(folder) as con:
        return con.execute(
            f"{query} where interaction_id = $1 and classifier = $2", [interaction_id, classifier]
        ).fetchall()


def made(folder, *arguments):
    return main(["correct", str(folder), *map(str, arguments)])


def test_a_correction_holds_until_it_is_withdrawn_and_survives_a_full_refresh(fresh, capsys):
    one = ids(fresh)["R_0"]
    before = said(fresh, one)
    assert made(fresh, one, "sentiment", "positive", "--by", "Eva") == 0
    assert made(fresh, one, "topic", "refund; baggage_lost", "--by", "Ben", "--why", "he asks for it") == 0
    assert said(fresh, one) == before, "not before the next run"
    sentiment, topic = corrections.in_force(corrections.read(fresh))
    for anew in (False, True):
        pipeline.run(fresh, as_of=AS_OF, full_refresh=anew)
        found = said(fresh, one)
        assert found[:4] == ("positive", 1.0, None, f"correction-{sentiment.decision_id}")
        assert found[4:] == ("refund", ["refund", "baggage_lost"], "service")
        assert annotated(fresh, one, "sentiment") == [("positive", found[3], None, "Eva")]
        assert {label for label, *_ in annotated(fresh, one, "topic")} == {"refund", "baggage_lost"}
        assert len(annotated(fresh, one, "language")) == 1
    for correction in (sentiment, topic):
        assert made(fresh, "--withdraw", correction.decision_id, "--by", "Eva") == 0
    pipeline.run(fresh, as_of=AS_OF)
    assert said(fresh, one) == before
    assert "The next run undoes it" in capsys.readouterr().out


def test_the_latest_correction_holds_and_its_withdrawal_brings_the_one_before_back(tmp_path):
    for label in ("positive", "neutral", "neutral"):
        last = corrections.correct(tmp_path, "s:1", "sentiment", [label], "Eva", None)
    corrections.correct(tmp_path, "s:1", "topic", ["delay", "refund"], "Eva", " ")
    assert len(corrections.read(tmp_path)) == 3, "what is in force is not written twice"
    assert [(row.classifier, row.label, row.rank) for row in corrections.rows(tmp_path)] == [
        ("sentiment", "neutral", 1), ("topic", "delay", 1), ("topic", "refund", 2)
    ]  # fmt: skip
    corrections.withdraw(tmp_path, last.decision_id, "Ben", None)
    assert [row.label for row in corrections.rows(tmp_path)] == ["positive", "delay", "refund"]
    with pytest.raises(UsageError, match="withdrawn by Ben"):
        corrections.withdraw(tmp_path, last.decision_id, "Ben", None)
    assert decisions.read(tmp_path) == [], "no identity decision"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["{one}", "sentiment", "negativ", "--by", "Eva"], "'negativ' is no sentiment: did you mean 'negative'?"),
        (["{one}", "sentiment", "positive;neutral", "--by", "Eva"], "write one sentiment"),
        (["{one}", "topic", "delays", "--by", "Eva"], "did you mean 'delay'?"),
        (["{one}", "topic", "delay;unknown", "--by", "Eva"], "write one topic or known ones"),
        (["{one}", "topic", "", "--by", "Eva"], "is no topic: write one of"),
        (["{one}", "sentiment", "positive"], "--by"),
        (["R_0", "sentiment", "positive", "--by", "Eva"], "did you mean {one}?"),
        (["nothing", "sentiment", "positive", "--by", "Eva"], "no interaction nothing is published"),
        (["{silent}", "sentiment", "positive", "--by", "Eva"], "nothing was said in"),
        (["{one}", "mood", "positive", "--by", "Eva"], "write `correct DIR INTERACTION"),
        (["--list", "--withdraw", "x"], "write `correct DIR INTERACTION"),
        (["--withdraw", "0" * 16, "--by", "Eva"], "no correction has that id"),
    ],
)
def test_what_cannot_be_corrected_is_told_in_one_sentence(fresh, capsys, words, sentence):
    names = ids(fresh)
    told = {"one": names["R_0"], "silent": names["R_2"]}
    assert made(fresh, *(word.format(**told) for word in words)) == 2
    assert sentence.format(**told) in capsys.readouterr().err
    assert not decisions.path_of(fresh).exists()


def test_the_list_says_what_became_of_each(fresh, capsys):
    one = ids(fresh)["R_1"]
    for label in ("negative", "neutral"):
        assert made(fresh, one, "sentiment", label, "--by", "Eva") == 0
    capsys.readouterr()
    assert made(fresh, "--list", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert [(row["label"], row["status"]) for row in found] == [
        ("negative", "a later one holds"), ("neutral", "not yet published")
    ]  # fmt: skip
    pipeline.run(fresh, as_of=AS_OF)
    assert made(fresh, "--list") == 0
    assert "applied" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ({"classifier": "sentiment", "labels": ["positive"]}, '"interaction" is missing'),
        ({"interaction": "s:1", "classifier": "mood", "labels": ["positive"]}, '"classifier" is neither'),
        ({"interaction": "s:1", "classifier": "topic", "labels": "delay"}, '"labels" is no list'),
    ],
)
def test_a_damaged_correction_stops_every_run_by_its_line(tmp_path, content, what):
    append(tmp_path, "0" * 16, "correction", content, by="Eva", why=None, at=AS_OF)
    with pytest.raises(UsageError, match=r"decisions\.jsonl, line 1, is damaged") as refused:
        corrections.read(tmp_path)
    assert what in str(refused.value)
