"""Labels, figures and training on a small project: what is surely better is used by the next run, and can be undone."""

from __future__ import annotations

import json

import numpy as np
import pytest
from project import AS_OF, qualtrics, response, write

import vocpipe
from vocpipe import evaluating, pipeline, training
from vocpipe.cli import main
from vocpipe.contracts import RunError, TextChoices, UsageError
from vocpipe.decisions import corrections
from vocpipe.enrichment import cards, load_taxonomy, sentiment, taxonomy_folder
from vocpipe.enrichment.fast import FastSentiment
from vocpipe.enrichment.vader_sentiment import VaderSentiment
from vocpipe.labels import Labelled
from vocpipe.proposing import init

pytestmark = pytest.mark.usefixtures("without_report")

OPENINGS = ("The crew", "My seat", "Your desk", "The lounge", "This flight", "The meal")
SENSE = {"was mint": "positive", "was naff": "negative", "was on the left": "neutral"}


def lessons(n, seed=0):
    """Text, sentiment and author, in words whose sense VADER does not know."""
    rng = np.random.default_rng(seed)
    made = []
    for i in range(n):
        ending = str(rng.choice(list(SENSE)))
        made.append((f"{rng.choice(OPENINGS)} {ending} number {i}", SENSE[ending], f"a{i % 60}"))
    return made


def labelled(folder, rows):
    lines = ["text,sentiment,author", *(f"{text},{label},{author}" for text, label, author in rows)]
    (folder / "labels.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    answers = [response(n, 5, Q4=text) for n, text in enumerate(["The crew was naff again", "The meal was mint, mate"])]
    folder = write(tmp_path_factory.mktemp("lessons"), {"q.csv": qualtrics(answers)})
    init(folder, {}, force=False)
    settings = folder / "vocpipe.toml"
    text = '\n[text]\nsentiment = "vader"\n'
    settings.write_text(settings.read_text(encoding="utf-8") + text, encoding="utf-8")
    pipeline.run(folder, as_of=AS_OF)
    return folder


def lesson(folder, rows, engine="vader", texts=()):
    rows = [Labelled(text, label, (), author) for text, label, author in rows]
    taxonomy = load_taxonomy(taxonomy_folder() / "airline.toml")
    trained = folder / "work" / "trained"
    return training.Lesson(list(texts), rows, taxonomy, TextChoices(engine, trained), trained)


class Teacher:
    """A costly engine that knows the words of the lessons, with the fast one as its stand-in."""

    name = "sentiment"
    version = "teacher-1-0"
    labels = ("negative", "neutral", "positive")
    examples = ()

    def __init__(self, stand_in):
        self.stand_in = stand_in

    def predict_proba(self, texts):
        sense = [next((label for ending, label in SENSE.items() if ending in text), "neutral") for text in texts]
        return np.array([[0.9 if label == said else 0.05 for label in self.labels] for said in sense]).reshape(-1, 3)

    def predict(self, texts):
        return [self.labels[i] for i in self.predict_proba(texts).argmax(axis=1)]


@pytest.mark.slow
def test_what_is_surely_better_is_used_by_the_next_run_and_can_be_undone(project, capsys):
    labelled(project, lessons(240))
    assert main(["train", str(project)]) == 0
    told = capsys.readouterr().out
    assert "in use: better by" in told
    assert "2 different texts wait for the sentiment model in use" in told
    assert main(["evaluate", str(project), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    accuracy = next(f for f in found["figures"] if f["metric"] == "accuracy" and f["channel"] == "all")
    assert accuracy["version"].startswith("vader-adapted-1-")
    assert accuracy["value"] > 0.9
    assert accuracy["n"] + found["left out"]["the sentiment model was fitted on them"] == 240
    pipeline.run(project, as_of=AS_OF)
    said = "select verbatim, sentiment, sentiment_version from marts.interactions order by 1"
    with vocpipe.connect(project) as con:
        assert [row[1] for row in con.execute(said).fetchall()] == ["negative", "positive"]
        models = con.execute(
            "select origin, is_in_use, n, value > 0.1, ci_low > 0 from quality.models where metric = 'gain_macro_f1'"
        ).fetchall()
        assert models == [("trained here", True, accuracy["n"], True, True)]
        shipped = "select distinct origin, is_in_use from quality.models where version like 'vader-1-%'"
        assert con.execute(shipped).fetchall() == [("shipped", True)]
    assert main(["train", str(project), "--use", "sentiment=shipped"]) == 0
    assert "2 different texts wait" in capsys.readouterr().out
    assert cards.current(project / "work" / "trained") == {}
    assert main(["train", str(project), "--use", f"sentiment={accuracy['version']}"]) == 0
    assert main(["train", str(project), "--use", "sentiment"]) == 2
    assert "write NAME=VERSION" in capsys.readouterr().err


def test_the_old_and_the_new_meet_on_authors_that_neither_has_seen(tmp_path):
    first = training.sentiment(lesson(tmp_path, lessons(200)))
    assert first.is_in_use
    again = training.sentiment(lesson(tmp_path, lessons(200)))
    assert not again.is_in_use, "the same labels again are no better"
    assert "not surely better" in again.why
    assert f"vader-adapted-1-{cards.current(tmp_path / 'work' / 'trained')['sentiment']}" == first.version
    card = next(c for c in cards.trained(tmp_path / "work" / "trained") if c["version"] == first.version)
    assert {figure["metric"] for figure in card["figures"]} >= {"accuracy", "macro_f1", "calibration_error"}
    assert not any("crew" in json.dumps(card) for card in cards.trained(tmp_path / "work" / "trained"))


def test_a_model_that_fits_its_engine_no_more_is_out_of_use_and_fitted_anew(tmp_path, monkeypatch):
    first = training.sentiment(lesson(tmp_path, lessons(200)))
    assert training.retired(lesson(tmp_path, [])) == []
    monkeypatch.setattr(VaderSentiment, "__init__", newer(VaderSentiment.__init__))
    with pytest.raises(RunError, match=r"not on vader-2-0: run `vocpipe train` anew"):
        lesson(tmp_path, []).in_use("sentiment")
    [told] = training.retired(lesson(tmp_path, []))
    assert told.why.startswith("what was fitted before is out of use: ")
    again = training.sentiment(lesson(tmp_path, lessons(200)))
    assert again.is_in_use
    assert again.version != first.version


def test_the_student_learns_the_users_own_words_from_its_teacher_without_labels(tmp_path, monkeypatch):
    made = {"auto": lambda choices: Teacher(FastSentiment(cards.in_use(choices.trained, "student")))}
    monkeypatch.setattr(sentiment, "ENGINES", sentiment.ENGINES | made)
    texts = [(text, author) for text, _, author in lessons(400)]
    few = training.student(lesson(tmp_path, [], "auto", texts))
    assert (few.is_in_use, few.why) == (False, "nothing fitted: 400 different texts, 2,000 are asked")
    monkeypatch.setattr(training, "LEAST_TEXTS", 300)
    found = training.student(lesson(tmp_path, [], "auto", texts))
    assert found.is_in_use, found.why
    stand_in = lesson(tmp_path, [], "auto").in_use("sentiment").stand_in
    assert stand_in.version == found.version
    assert stand_in.predict(["Your desk was naff number 7", "The meal was mint number 9"]) == ["negative", "positive"]
    assert training.student(lesson(tmp_path, [], "vader", texts)).why.endswith("the engine vader has no stand-in")


def newer(made):
    """A constructor of an engine with another version."""

    def make(self):
        made(self)
        self.version = "vader-2-0"

    return make


def test_labels_by_chance_hardly_ever_put_anything_in_use(tmp_path):
    """Ten draws: the gate is an interval of 95 %, on 28 texts."""
    put = 0
    for seed in range(10):
        rng, folder = np.random.default_rng(seed), tmp_path / str(seed)
        rows = [(text, str(rng.choice(list(SENSE.values()))), author) for text, _, author in lessons(120)]
        found = training.sentiment(lesson(folder, rows))
        put += found.is_in_use
        assert found.is_in_use or cards.current(folder / "work" / "trained") == {}
    assert put <= 2


def test_few_labels_are_told_and_fit_nothing(tmp_path):
    found = training.sentiment(lesson(tmp_path, lessons(20)))
    assert (found.version, found.is_in_use) == (None, False)
    assert "20 labels of sentiment, 40 different texts are asked" in found.why
    assert not (tmp_path / "work" / "trained").exists()


def test_corrections_are_labels_too(project):
    with vocpipe.connect(project) as con:
        ids = [name for (name,) in con.execute("select interaction_id from marts.interactions order by 1").fetchall()]
    made = corrections.correct(project, ids[0], "topic", ["delay", "refund"], "Eva", None)
    [row] = evaluating.corrected(project)
    assert (row.topics, row.sentiment, row.channel) == (("delay", "refund"), None, "survey")
    [learnt] = training.learn(project).labelled("topic")
    assert (learnt.text, learnt.topics) == (row.text, row.topics)
    found = evaluating.evaluate(project)
    topics = {f["metric"]: f for f in found.figures if f["classifier"] == "topic" and f["channel"] == "all"}
    assert topics["accuracy"]["n"] == 1
    assert set(topics) == {"accuracy", "macro_f1", "macro_recall", "unknown_share"}
    assert {f["channel"] for f in found.figures if f["classifier"] == "topic"} == {"all", "survey"}
    corrections.withdraw(project, made.decision_id, "Eva", None)
    assert evaluating.corrected(project) == []


def test_a_file_can_be_named_and_its_bad_rows_are_counted(project, tmp_path, capsys):
    path = tmp_path / "checked.csv"
    rows = ("lovely crew,positive,tweet", "awful,bad,tweet", "lost bag,negative,ticket",
            "Das Essen war leider kalt und die Sitze waren eng,negative,ticket")  # fmt: skip
    path.write_text("\n".join(["text,sentiment,channel", *rows, ""]), encoding="utf-8")
    assert main(["evaluate", str(project), "--labels", str(path)]) == 0
    out = capsys.readouterr().out
    assert "Left out: 1 texts (set aside: write one of negative, neutral, positive, or nothing (sentiment))" in out
    assert "Left out: 1 texts (in another language)" in out
    assert "ticket" in out
    assert "calibration error" in out


def test_check_says_what_is_wrong_with_the_labels(project, capsys):
    labelled(project, [("fine", "positive", "a"), ("well", "good", "b")])
    assert main(["check", str(project)]) == 0
    out = capsys.readouterr().out
    assert "labels.csv: 1 of 2 rows good" in out
    assert "1  write one of negative, neutral, positive, or nothing (sentiment)" in out
    (project / "labels.csv").write_text("words,sentiment\nx,positive\n", encoding="utf-8")
    assert main(["check", str(project)]) == 1
    assert "no column `text`" in capsys.readouterr().out


def test_labels_are_no_export_of_a_vendor(tmp_path):
    rows = "".join(f"<the seat {n} was fine and we left on time>,positive,a{n}\n" for n in range(30))
    folder = write(
        tmp_path, {"q.csv": qualtrics([response(1, 9)]), "labels.csv": f"text,sentiment,author\n{rows}".encode()}
    )
    _, findings = init(folder, {}, force=False)
    assert [source.format for source in findings.proposals] == ["qualtrics_csv"]
    assert findings.unknown == []


def test_nothing_labelled_and_no_run_are_told(tmp_path, project, capsys):
    (tmp_path / "vocpipe.toml").write_bytes((project / "vocpipe.toml").read_bytes())
    assert main(["evaluate", str(tmp_path)]) == 2
    assert "nothing is labelled: write" in capsys.readouterr().err
    assert main(["train", str(tmp_path)]) == 2
    assert "run `vocpipe run` first" in capsys.readouterr().err


def test_texts_of_a_trained_model_are_keys_not_words():
    assert evaluating.text_key("Mira was here") == evaluating.text_key("Mira was here") != evaluating.text_key("x")
    assert len(evaluating.text_key("Mira \ud800")) == 16


def test_a_damaged_list_of_versions_is_told(tmp_path):
    (tmp_path / "current.json").write_text('{"sentiment": ')
    with pytest.raises(RunError, match="is damaged"):
        cards.current(tmp_path)
    with pytest.raises(UsageError, match="there is no model"):
        (tmp_path / "current.json").unlink()
        cards.use(tmp_path, "topic", "keywords-1-00000000")
