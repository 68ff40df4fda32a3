"""The text step's cascade: a stand-in for every text at once, the costly classifier as far as the budget reaches."""

from __future__ import annotations

import time

import pytest

from vocpipe.contracts import Annotation
from vocpipe.enrichment import annotate_table, annotate_within, budgeted
from vocpipe.enrichment.vader_sentiment import VaderSentiment
from vocpipe.warehouse import opened, rows, scoring

TEXTS = {f"t{n:02}": f"said {n:02}" for n in range(20)}


class Fake:
    """Says `label` of every text, as sure as `sure` says of it; remembers what it was asked."""

    labels, examples = ("good", "bad"), ()

    def __init__(self, name, version, *, label="good", stand_in=None, sure=None, seconds=0.0, dies_at=None, mute=()):
        self.name, self.version, self.label, self.stand_in = name, version, label, stand_in
        self.sure, self.seconds, self.dies_at, self.mute = sure or {}, seconds, dies_at, mute
        self.asked = []

    def annotate(self, texts):
        found = []
        for text in texts:
            if self.dies_at is not None and len(self.asked) >= self.dies_at:
                raise KeyboardInterrupt
            self.asked.append(text)
            time.sleep(self.seconds)
            said = Annotation(self.label, 0.5, self.sure.get(text, 0.9), decided_by=self.name)
            found.append([] if text in self.mute else [said])
        return found


def cascade(stand_in="fast-1-a", costly="slow-1-a", **parts):
    return Fake("sentiment", costly, label="bad", stand_in=Fake("sentiment", stand_in), **parts)


@pytest.fixture
def con(tmp_path):
    with opened(tmp_path) as con:
        con.execute("create table enrichment.texts (interaction_id varchar, text_id varchar, redacted varchar, "
                    "language_hint varchar, redaction_version varchar)")  # fmt: skip
        say(con, TEXTS)
        yield con


def say(con, texts):
    con.executemany("insert into enrichment.texts values (?, ?, ?, null, 'r')", [[k, k, v] for k, v in texts.items()])


def classify(con, *classifiers, budget=60.0, workers=1):
    return scoring.classify(con, classifiers, budget, workers, lambda *_: None)


def versions(con, classifier="sentiment"):
    """Version -> texts that have rows of it; no text may have rows of two."""
    twice = rows(
        con,
        "select text_id from enrichment.annotations group by text_id, classifier having count(distinct version) > 1",
    )
    assert twice == []
    return dict(
        rows(
            con,
            "select version, count(distinct text_id) from enrichment.annotations where classifier = $1 group by 1",
            [classifier],
        )
    )


def test_without_a_budget_the_stand_in_scores_everything(con):
    costly = cascade()
    counts = classify(con, costly, budget=0)
    assert counts == {
        "texts classified": 20,
        "texts scored accurately": 0,
        "texts waiting for the accurate model": 20,
    }
    assert versions(con) == {"fast-1-a": 20}
    assert costly.asked == []


def test_within_the_budget_every_text_is_scored_again_and_keeps_one_version(con):
    counts = classify(con, cascade())
    assert counts["texts scored accurately"] == 20
    assert counts["texts waiting for the accurate model"] == 0
    assert versions(con) == {"slow-1-a": 20}
    assert rows(con, "select distinct label from enrichment.annotations") == [("bad",)]
    assert rows(con, "from enrichment.versions order by rank") == [
        ("sentiment", "slow-1-a", 0),
        ("sentiment", "fast-1-a", 1),
    ]


def test_a_run_with_nothing_new_asks_nobody(con):
    classify(con, cascade())
    again = cascade()
    assert classify(con, again)["texts classified"] == 0
    assert again.asked == again.stand_in.asked == []


def test_a_text_that_many_said_is_scored_once(con):
    con.executemany(
        "insert into enrichment.texts values (?, 't00', 'said 00', null, 'r')", [[f"again{n}"] for n in range(30)]
    )
    costly = cascade()
    classify(con, costly)
    assert len(costly.asked) == len(costly.stand_in.asked) == 20


def test_the_least_certain_come_first(con):
    sure = {text: 0.4 + (7 * n % 20) / 50 for n, text in enumerate(TEXTS.values())}
    costly = cascade()
    costly.stand_in.sure = sure
    classify(con, costly)
    assert costly.asked == sorted(sure, key=sure.get)


def test_the_budget_holds_and_later_runs_go_on_where_it_ended(con, monkeypatch):
    monkeypatch.setattr(budgeted, "FIRST_SIGNS", 1)  # one text
    first, seconds = cascade(seconds=0.05), 0.45
    started = time.monotonic()
    counts = classify(con, first, budget=seconds)
    assert time.monotonic() - started < seconds + 1.5
    done = counts["texts scored accurately"]
    assert 1 <= done < 20
    assert counts["texts waiting for the accurate model"] == 20 - done
    assert versions(con) == {"slow-1-a": done, "fast-1-a": 20 - done}
    second = cascade()
    assert classify(con, second)["texts scored accurately"] == 20 - done
    assert sorted(first.asked + second.asked) == sorted(TEXTS.values())
    assert second.stand_in.asked == []


def test_a_run_that_is_killed_keeps_what_it_had_scored(con, monkeypatch):
    monkeypatch.setattr(scoring, "COMMIT_SECONDS", 0.0)
    monkeypatch.setattr(budgeted, "FIRST_SIGNS", 1)
    monkeypatch.setattr(budgeted, "PORTION_SECONDS", 0.001)
    with pytest.raises(KeyboardInterrupt):
        classify(con, cascade(dies_at=7, seconds=0.002))
    kept = versions(con)
    assert kept["slow-1-a"] > 0
    assert sum(kept.values()) == 20
    after = cascade()
    assert classify(con, after)["texts scored accurately"] == 20 - kept["slow-1-a"] == len(after.asked)
    assert versions(con) == {"slow-1-a": 20}


def test_a_run_that_is_killed_at_the_first_look_keeps_its_chunks(con, monkeypatch):
    monkeypatch.setattr(scoring, "CHUNK", 6)
    costly = cascade()
    costly.stand_in.dies_at = 15
    with pytest.raises(KeyboardInterrupt):
        classify(con, costly)
    assert versions(con) == {"fast-1-a": 12}


def test_what_has_nothing_said_of_it_is_not_asked_again(con):
    mute = list(TEXTS.values())[:4]
    classify(con, Fake("effort", "cues-1-a", mute=mute))
    assert rows(con, "select count(*), count(label) from enrichment.annotations") == [(20, 16)]
    again = Fake("effort", "cues-1-a", mute=mute)
    assert classify(con, again)["texts classified"] == 0
    assert again.asked == []


def test_a_text_in_another_language_waits_for_nothing(con):
    class Language(Fake):
        def annotate(self, texts):
            return [[Annotation("de" if text == "said 03" else "en", decided_by="l")] for text in texts]

    costly = cascade()
    counts = classify(con, Language("language", "l-1-a"), costly)
    assert counts["texts scored accurately"] == 19
    assert "said 03" not in costly.asked + costly.stand_in.asked
    again = cascade()
    assert set(classify(con, Language("language", "l-1-a"), again).values()) == {0}
    assert rows(con, "select label, decided_by from enrichment.annotations where text_id = 't03' order by 1") == [
        ("de", "l"),
        (None, "nothing to say"),
    ]


def test_only_what_changed_is_asked_again(con):
    classify(con, cascade(), Fake("topic", "keywords-1-a"))
    costly, topic = cascade(), Fake("topic", "keywords-1-b")
    assert classify(con, costly, topic)["texts classified"] == 20
    assert len(topic.asked) == 20
    assert costly.asked == costly.stand_in.asked == []
    assert versions(con, "topic") == {"keywords-1-b": 20}


def test_a_new_text_is_asked_of_all_and_an_old_one_of_none(con):
    classify(con, cascade(), Fake("topic", "keywords-1-a"))
    say(con, {"t99": "said 99"})
    costly, topic = cascade(), Fake("topic", "keywords-1-a")
    classify(con, costly, topic)
    assert costly.asked == costly.stand_in.asked == topic.asked == ["said 99"]


def test_rows_of_an_older_version_of_the_costly_engine_stay_in_use_until_their_turn(con):
    classify(con, cascade())
    say(con, {"t99": "said 99"})
    counts = classify(con, cascade(costly="slow-1-b"), budget=0)
    assert counts["texts waiting for the accurate model"] == 21
    assert versions(con) == {"slow-1-a": 20, "fast-1-a": 1}
    assert ("sentiment", "slow-1-a", 2) in rows(con, "from enrichment.versions")
    newer = cascade(costly="slow-1-b")
    classify(con, newer)
    assert newer.asked[0] == "said 99"  # what only the stand-in has seen comes first
    assert versions(con) == {"slow-1-b": 21}
    assert [rank for _, _, rank in rows(con, "from enrichment.versions order by rank")] == [0, 1]


def test_another_engine_scores_everything_at_once(con):
    classify(con, cascade())
    other = Fake("sentiment", "vader-1-a")
    assert classify(con, other)["texts classified"] == 20
    assert versions(con) == {"vader-1-a": 20}
    back = cascade()
    classify(con, back, budget=0)
    assert versions(con) == {"fast-1-a": 20}


def test_a_new_stand_in_scores_only_what_waits(con, monkeypatch):
    monkeypatch.setattr(budgeted, "FIRST_SIGNS", 1)
    done = classify(con, cascade(seconds=0.05), budget=0.3)["texts scored accurately"]
    newer = cascade(stand_in="fast-1-b")
    classify(con, newer, budget=0)
    assert len(newer.stand_in.asked) == 20 - done
    assert versions(con) == {"slow-1-a": done, "fast-1-b": 20 - done}


def test_progress_counts_every_text_once(con):
    told = []
    scoring.classify(con, [cascade()], 60.0, 1, lambda *of: told.append(of))
    assert [of for of in told if of[1] == of[2]] == [("classifying texts", 20, 20), ("sentiment, accurate", 20, 20)]


def test_several_processes_say_the_same_as_one():
    texts = [(str(n), f"{word} flight {n}, {'thanks' if n % 3 else 'never again'}")
             for n, word in enumerate(["good", "awful", "late", "lovely"] * 100)]  # fmt: skip
    found, ids = [], []
    for these, table in annotate_within(60.0, VaderSentiment(), iter(texts), workers=2):
        found += [(these[row["text_no"]], row["label"], row["score"]) for row in table.to_pylist()]
        ids += these
    assert sorted(ids) == sorted(number for number, _ in texts)
    alone = annotate_table([text for _, text in texts], [VaderSentiment()])
    assert sorted(found) == sorted((texts[r["text_no"]][0], r["label"], r["score"]) for r in alone.to_pylist())


def test_no_seconds_and_no_texts_give_nothing():
    assert list(annotate_within(0.0, VaderSentiment(), iter([("a", "good")]))) == []
    assert list(annotate_within(5.0, VaderSentiment(), iter([]))) == []


def test_aspects_get_what_sentiment_leaves_of_the_budget(con):
    told = []
    aspect = Fake("aspect", "slow-1-b", stand_in=Fake("aspect", "fast-1-b"))
    both = (aspect, cascade())
    scoring.classify(con, both, 60.0, 1, lambda stage, *_: told.append(stage))
    costly = [stage for stage in told if "accurate" in stage]
    assert list(dict.fromkeys(costly)) == ["sentiment, accurate", "aspect, accurate"]
