"""Discovery of themes: what becomes one, what never does, what it is called, and which id it keeps."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from themes import JUNK, blank_map, other

from vocpipe.analysis.growth import q_values, rate_ratios
from vocpipe.analysis.theme_ids import Known, keep_ids
from vocpipe.analysis.theme_words import is_mashed, words_of
from vocpipe.analysis.themes import COLUMNS, Limits, find

TODAY = date(2026, 6, 30)


def frame(*rows):
    """Texts from (id, text, customer, days ago, topic)."""
    told = [
        {"interaction_id": i, "text": text, "customer": who, "occurred_on": TODAY - timedelta(days), "topic": topic,
         "topics": [topic]}
        for i, text, who, days, topic in rows
    ]  # fmt: skip
    return pd.DataFrame(told)


def rest(count=150, topic="unknown"):
    return [(f"rest:{n}", other(n), f"r{n}", n % 70, topic) for n in range(count)]


def said(count=24, customers=24, topic="unknown", days=3):
    return [(f"map:{n}", blank_map(7 * n), f"c{n % customers}", days + n % 5, topic) for n in range(count)]


def test_what_several_customers_say_becomes_a_theme_with_a_readable_label():
    found = find(frame(*rest(), *said()), TODAY)
    (theme,) = found.themes.to_dict("records")
    assert list(found.themes.columns) == COLUMNS
    assert "seat map" in theme["label"]
    assert 2 <= len(theme["label"].split()) <= 4
    assert (theme["count_texts"], theme["count_customers"]) == (24, 24)
    assert set(found.members["interaction_id"]) == {f"map:{n}" for n in range(24)}
    assert set(theme["examples"]) <= set(found.members["interaction_id"])
    assert (theme["first_seen_on"], theme["last_seen_on"]) == (TODAY - timedelta(7), TODAY - timedelta(3))
    assert "seat map" in theme["keywords"]
    assert theme["growth_low"] > 1
    assert theme["q_value"] < 0.05
    assert theme["topic"] is None


@pytest.mark.parametrize(
    "texts",
    [
        pytest.param([(f"j:{n}", JUNK[n % len(JUNK)], f"j{n}", 2, "unknown") for n in range(300)], id="junk"),
        pytest.param(said(40, customers=1), id="one customer who writes often"),
        pytest.param(said(40, customers=4), id="four customers"),
        pytest.param(
            [(f"k:{n}", f"Sign for the harbour cranes https://example.com/{n}", f"k{n}", 2, "unknown") for n in range(60)],
            id="one text that is passed on",
        ),
        pytest.param(
            [(f"k:{n}", f"RT [handle]: sign for the harbour cranes now {'please ' * (n % 2)}{n}", f"k{n}", 2, "unknown")
             for n in range(60)],
            id="nearly one text",
        ),
        pytest.param(said(topic="seat"), id="said as always of a topic that is known", marks=()),
    ],
)  # fmt: skip
def test_what_never_is_a_theme(texts):
    if texts[0][4] == "seat":  # spread evenly over the time, so that it does not grow
        texts = [(i, text, who, 3 * n % 70, topic) for n, (i, text, who, _, topic) in enumerate(texts)]
    assert find(frame(*rest(), *texts), TODAY).themes.empty


def test_what_grows_is_found_though_a_topic_knows_it():
    found = find(frame(*rest(400, "other"), *said(40, 40, topic="seat")), TODAY)
    assert [theme["topic"] for theme in found.themes.to_dict("records")] == ["seat"]


def test_names_of_people_and_numbers_are_in_no_label():
    texts = [
        (i, f"{text} I asked agent Zora and then Quill, see case 48{n}91, Zora", who, days, topic)
        for n, (i, text, who, days, topic) in enumerate(said())
    ]
    found = find(frame(*rest(), *texts), TODAY, names={"quill"})
    (theme,) = found.themes.to_dict("records")
    told = " ".join([theme["label"], *theme["words"], *theme["keywords"]])
    assert not {"zora", "quill"} & set(told.split())
    assert not any(sign.isdigit() for sign in told)


def test_a_theme_of_a_name_alone_is_none():
    thanks = (
        "Thanks Zora",
        "Thank you so much agent Zora",
        "Zora was great",
        "I love how Zora did it",
        "You rock, Zora",
    )
    texts = [(f"z:{n}", f"{thanks[n % 5]} {'really ' * (n // 5)}", f"z{n}", 2, "unknown") for n in range(40)]
    assert find(frame(*rest(), *texts), TODAY, names={"zora"}).themes.empty


def test_fewer_texts_than_asked_for_are_no_theme():
    texts = frame(*rest(), *said(12, 12))
    assert len(find(texts, TODAY, limits=Limits(min_customers=5, min_texts=8)).themes) == 1
    assert find(texts, TODAY, limits=Limits(min_customers=13)).themes.empty
    assert find(texts, TODAY, limits=Limits(min_texts=13)).themes.empty


def test_vectors_of_ones_own_are_used():
    """Whatever gives one vector a text will do; here, texts are alike that mention a map."""
    asked = []

    def vectorise(texts):
        asked.extend(texts)
        return np.array([[1.0, 0.0] if "map" in text else [0.0, 1.0] for text in texts])

    found = find(frame(*rest(40), *said()), TODAY, vectorise=vectorise)
    assert "map" in " ".join(found.themes["label"])
    assert len(asked) == len(set(asked)) == 64


def test_no_text_no_theme():
    found = find(frame(*rest(3)).iloc[:0], TODAY)
    assert (list(found.themes.columns), len(found.themes), len(found.members)) == (COLUMNS, 0, 0)


# --------------------------------------------------------------------------- ids


def test_a_theme_keeps_its_id_while_it_grows_and_its_words_change():
    first = find(frame(*rest(), *said(16, 16)), TODAY)
    (theme,) = first.themes.to_dict("records")
    known = [Known(theme["theme_id"], theme["words"], set(first.members["interaction_id"]))]
    second = find(frame(*rest(), *said(60, 60)), TODAY + timedelta(1), known)
    assert second.themes["theme_id"].tolist() == [theme["theme_id"]]
    other_words = [Known(theme["theme_id"], ["nothing", "alike"], set(first.members["interaction_id"]))]
    assert find(frame(*rest(), *said(60, 60)), TODAY, other_words).themes["theme_id"].tolist() == [theme["theme_id"]]
    no_texts = [Known(theme["theme_id"], theme["words"])]
    assert find(frame(*rest(), *said(60, 60)), TODAY, no_texts).themes["theme_id"].tolist() == [theme["theme_id"]]


def test_an_id_is_never_used_again():
    first = find(frame(*rest(), *said(16, 16)), TODAY).themes["theme_id"].item()
    elsewhere = [Known(first, ["harbour", "crane"], {"x:1", "x:2"})]
    assert find(frame(*rest(), *said(16, 16)), TODAY, elsewhere).themes["theme_id"].item() != first


def test_of_two_groups_the_likest_keeps_the_id_and_the_other_gets_one_of_its_own():
    known = [Known("t_1", ["seat", "map"], {"a", "b", "c", "d"})]
    ids = keep_ids({0: (["lounge"], {"a", "b", "x"}), 1: (["seat", "map"], {"c", "d"})}, known)
    assert ids[1] == "t_1"
    assert ids[0] not in ("t_1", None)


def test_a_rejected_theme_and_its_twins_are_not_found_again():
    known = [Known("t_1", ["seat", "map", "blank"], status="rejected")]
    ids = keep_ids(
        {0: (["seat", "map", "blank"], {"a"}), 1: (["seat", "map", "loads"], {"b"}), 2: (["tea"], {"c"})}, known
    )
    assert (ids[0], ids[1]) == (None, None)
    assert ids[2]


def test_a_merged_theme_counts_under_the_other():
    known = [Known("t_1", ["seat", "map"], status="merged", into="t_2"), Known("t_2", ["cabin", "plan"], {"b"})]
    assert keep_ids({0: (["seat", "map"], {"a"}), 1: (["cabin", "plan"], {"b"})}, known) == {0: "t_2", 1: "t_2"}
    circle = [Known("t_1", ["seat"], status="merged", into="t_2"), Known("t_2", ["tea"], status="merged", into="t_1")]
    assert keep_ids({0: (["seat"], {"a"})}, circle)[0] in ("t_1", "t_2")


def test_texts_of_an_approved_theme_are_those_of_its_topic():
    known = [Known("t_1", ["seat", "map"], status="approved", slug="seat_map")]
    found = find(frame(*rest(), *said(topic="seat_map")), TODAY, known)
    assert found.themes[["theme_id", "count_texts", "topic"]].to_numpy().tolist() == [["t_1", 24, "seat_map"]]


# --------------------------------------------------------------------------- words and growth


@pytest.mark.parametrize("word", ["asdf", "fasdfasdf", "qwerty", "aaaaa", "hjkhjk", "sdfgh", "xxxx", "poiuyt"])
def test_keys_pressed_at_random_say_nothing(word):
    assert is_mashed(word)


@pytest.mark.parametrize("word", ["were", "tree", "glass", "power", "alaska", "error", "puppy", "falls", "banana",
                                  "property", "assess", "flight", "rhythm"])  # fmt: skip
def test_words_are_no_keys_pressed_at_random(word):
    assert not is_mashed(word)


def test_words_stand_next_to_each_other_only_within_a_sentence():
    found = words_of("The seat map. Boarding pass, gate &amp; [email] lounge 12 chairs https://example.com/x @brand")
    assert found.written == ("seat", "map", "boarding", "pass", "gate", "lounge", "chairs")
    assert [" ".join(pair) for pair in found.pairs()] == ["seat map", "board pass"]
    assert words_of("seat map of 1234").wording == words_of("Seat map of 99").wording


def test_rates_are_compared_with_an_exact_interval():
    """Of 20 and 10 in times of equal weight: the Clopper-Pearson interval of 20/30 is .4719 to .8271."""
    (row,) = rate_ratios(np.array([20]), np.array([10]), 100, 100).to_dict("records")
    assert row["growth_low"] == pytest.approx(0.4719 / 0.5281, abs=2e-3)
    assert row["growth_high"] == pytest.approx(0.8271 / 0.1729, abs=2e-2)
    assert row["growth"] == pytest.approx(20.5 / 10.5)
    assert row["p_value"] == pytest.approx(2 * 0.049369, abs=1e-4)
    (never,) = rate_ratios(np.array([9]), np.array([0]), 100, 400).to_dict("records")
    assert never["growth_low"] > 1
    assert np.isnan(never["growth_high"])
    assert rate_ratios(np.array([3]), np.array([1]), 10, 0).isna().all(axis=None)


def test_q_values_are_those_of_benjamini_and_hochberg():
    assert q_values(np.array([0.01, np.nan, 0.04, 0.03])) == pytest.approx([0.03, np.nan, 0.04, 0.04], nan_ok=True)
