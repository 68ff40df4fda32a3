"""Topics and taxonomies: which keywords are found, which topic is first, and what is said of a wrong file."""

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vocpipe.contracts import UsageError
from vocpipe.enrichment import Taxonomy, Topic, load_taxonomy, taxonomy, taxonomy_folder
from vocpipe.enrichment.topic import TopicClassifier


def topic(slug, **keywords):
    told = {word.replace("_", " ").replace("STEM", "*"): weight for word, weight in keywords.items()}
    return Topic(slug, slug.title(), "…", "service", "product", keywords=told)


SMALL = Taxonomy(
    "small",
    (
        topic("food", food=1, hot_meal=2, drinkSTEM=1),
        topic("seat", seat=1, seats=1, leg_roomSTEM=1),
        topic("phone", on_hold=2, phone=1, call_me_back=3),
    ),
)


@pytest.fixture(scope="module")
def classifier():
    return TopicClassifier(SMALL)


def labels(classifier, text):
    return [(a.label, a.score, a.evidence) for a in classifier.annotate([text])[0]]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("The FOOD!", [("food", 1, "FOOD")]),
        ("foods", [("unknown", None, None)]),
        ("drinking and drinks", [("food", 1, "drinking")]),
        ("a hot meal", [("food", 2, "hot meal")]),
        ("hot, meal", [("food", 2, "hot, meal")]),
        ("hot\n meal", [("food", 2, "hot\n meal")]),
        ("a hot day, a meal", [("unknown", None, None)]),
        ("legroom and leg rooms", [("seat", 1, "leg rooms")]),
        ("please call me back", [("phone", 3, "call me back")]),
        ("call me", [("unknown", None, None)]),
        ("on-hold/phone", [("phone", 3, "on-hold")]),
        ("my [phone] and [email]", [("unknown", None, None)]),
        ("food food food", [("food", 1, "food")]),
        ("seat, food", [("seat", 1, "seat"), ("food", 1, "food")]),
        ("food, seat", [("food", 1, "food"), ("seat", 1, "seat")]),
        ("food on hold seat", [("phone", 2, "on hold"), ("food", 1, "food"), ("seat", 1, "seat")]),
        ("", [("unknown", None, None)]),
        ("İİİ food", [("food", 1, "food")]),
        ("  food  ", [("food", 1, "food")]),
    ],
)
def test_what_is_found(classifier, text, wanted):
    assert labels(classifier, text) == wanted


def test_phrases_do_not_reach_from_one_text_into_the_next(classifier):
    assert classifier.predict(["a hot", "meal call me", "back"]) == ["unknown"] * 3


def test_explain_tells_every_keyword(classifier):
    found = classifier.explain("food on hold, phone")
    assert [(a.label, a.evidence, a.decided_by) for a in found[2:]] == [
        ("food", "food", "keyword food"),
        ("phone", "on hold", "keyword on hold"),
        ("phone", "phone", "keyword phone"),
    ]


def naive(text):
    """The same by regular expressions, one keyword at a time."""
    found = {}
    for number, entry in enumerate(SMALL.topics):
        for keyword, weight in entry.keywords.items():
            parts = [
                re.escape(p.rstrip("*")) + (r"(?:(?:['’](?=[^\W_]))?[^\W_])*" if p[-1] == "*" else "")
                for p in keyword.split()
            ]
            pattern = r"(?<![^\W_])(?<![^\W_]['’])" + r"(?:[\W_]+)".join(parts) + r"(?![^\W_])(?!['’][^\W_])"
            if match := re.search(pattern, text, re.IGNORECASE):
                score, first = found.get(entry.slug, (0, (len(text), 0)))
                found[entry.slug] = (score + weight, min(first, (match.start(), number)))
    return [slug for slug, _ in sorted(found.items(), key=lambda item: (-item[1][0], item[1][1]))] or ["unknown"]


WORDS = st.sampled_from(
    "food foods hot meal drink drinks seat seats leg room rooms on hold phone call me back 12 broken".split()
)


@settings(max_examples=400, deadline=None)
@given(st.lists(WORDS, max_size=12), st.sampled_from([" ", ", ", "-", " . "]))
def test_the_fast_search_agrees_with_a_plain_one(words, joint):
    text = joint.join(words)
    assert [a.label for a in TopicClassifier(SMALL).annotate([text])[0]] == naive(text)


def test_emptying_the_memory_changes_nothing(monkeypatch):
    r = random.Random(1)
    words = "food hot meal seat leg room phone on hold call me back blue green a the 7".split()
    texts = [" ".join(r.choice(words) for _ in range(9)) for _ in range(400)]
    expected = TopicClassifier(SMALL).annotate(texts)
    monkeypatch.setattr("vocpipe.enrichment.keywords.MAX_TOKENS", 3)
    monkeypatch.setattr("vocpipe.enrichment.topic.BATCH", 16)
    assert TopicClassifier(SMALL).annotate(texts) == expected


def test_version_changes_with_the_keywords_only():
    changed = Taxonomy("other", (topic("food", food=2), *SMALL.topics[1:]))
    renamed = Taxonomy("other", SMALL.topics)
    assert TopicClassifier(changed).version != TopicClassifier(SMALL).version == TopicClassifier(renamed).version


# ---------------------------------------------------------------------------- the file

GOOD = """
[topic.delivery]
label = "Delivery"
definition = "When it comes."
journey_stage = "deliver"
experience = "product"
keywords = ["Late-Parcel", "deliver*"]
weights = { "deliver*" = 2, "courier" = 1.5 }
"""


def loaded(tmp_path, content):
    path = tmp_path / "mine.toml"
    path.write_text(content, encoding="utf-8")
    return load_taxonomy(path)


def test_a_good_file(tmp_path):
    [entry] = loaded(tmp_path, GOOD).topics
    assert entry.slug == "delivery" and entry.status == "approved"
    assert entry.keywords == {"late parcel": 1.0, "deliver*": 2.0, "courier": 1.5}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("", "names no topic"),
        ("[topic", "is not a TOML file"),
        (GOOD.replace("delivery]", '"De livery"]'), "topic 'De livery': a slug is"),
        (GOOD.replace("delivery]", "unknown]"), "not 'unknown'"),
        (GOOD.replace('label = "Delivery"', ""), "topic 'delivery': key 'label'"),
        (GOOD.replace('label = "Delivery"', "label = 3"), "topic 'delivery': key 'label'"),
        (GOOD.replace('"product"', '"goods"'), "experience 'goods' must be one of product, transaction, interaction"),
        (GOOD + 'need = "money"', "need 'money' must be one of meaning, value, accommodation"),
        (GOOD + "need = 1", "topic 'delivery': key 'need' must be a text"),
        (GOOD + 'seeds = "late"', "key 'seeds' must be a list of texts"),
        (GOOD + 'seeds = ["!"]', "the seed '!' must be a phrase that a customer might write"),
        (GOOD.replace("keywords =", "keyword ="), "key 'keyword' is not known"),
        (GOOD.replace('["Late-Parcel", "deliver*"]', '"late"'), "key 'keywords' must be a list of texts"),
        (GOOD.replace("deliver*", "del*iver"), "keyword 'del*iver'"),
        (GOOD.replace("Late-Parcel", " "), "keyword ' '"),
        (GOOD.replace("= 2,", "= 0,"), "the weight of 'deliver*'"),
        (GOOD.replace("= 2,", "= true,"), "the weight of 'deliver*'"),
        (GOOD + 'status = "draft"', "status 'draft' must be 'approved'"),
        ("topic = 3", "names no topic"),
        ("[topic]\ndelivery = 3", "write a table [topic.delivery]"),
    ],
)
def test_a_wrong_file_is_told_by_topic_and_key(tmp_path, wrong, said):
    with pytest.raises(UsageError, match=re.escape(said)) as told:
        loaded(tmp_path, wrong)
    assert "mine.toml" in str(told.value) and told.value.exit_code == 2


def test_need_and_seeds(tmp_path):
    [entry] = loaded(tmp_path, GOOD + 'need = "value"\nseeds = ["My parcel, never came!"]').topics
    assert (entry.need, entry.seeds) == ("value", ("My parcel, never came!",))
    assert entry.keywords["my parcel never came"] == 1.0 and entry.keywords["deliver*"] == 2.0
    found = TopicClassifier(Taxonomy("one", (entry,))).annotate(["Again my parcel never came."])[0]
    assert [(a.label, a.evidence) for a in found] == [("delivery", "my parcel never came")]
    [bare] = loaded(tmp_path, GOOD).topics
    assert (bare.need, bare.seeds) == (None, ())


@pytest.mark.parametrize("name", ["airline", "retail", "bank", "software"])
def test_every_topic_of_a_starter_says_what_it_is(name):
    for entry in load_taxonomy(taxonomy_folder() / f"{name}.toml").topics:
        assert entry.need in taxonomy.NEEDS and entry.examples and entry.definition.endswith(".")


def test_a_missing_file(tmp_path):
    with pytest.raises(UsageError, match=r"none\.toml cannot be read"):
        load_taxonomy(tmp_path / "none.toml")


def test_the_taxonomies_that_come_with_the_project():
    names = {path.stem for path in taxonomy_folder().glob("*.toml")}
    assert names >= {"airline", "retail", "bank", "software"}
    airline = {entry.slug: entry for entry in load_taxonomy(taxonomy_folder() / "airline.toml").topics}
    wanted = {
        "booking": ("book", "transaction"),
        "check_in_queues": ("airport", "transaction"),
        "delay": ("operations", "product"),
        "cancellation": ("operations", "product"),
        "seat_comfort": ("in_flight", "product"),
        "crew_attitude": ("in_flight", "interaction"),
        "baggage_lost": ("baggage", "product"),
        "baggage_damaged": ("baggage", "product"),
        "customer_service": ("service", "interaction"),
    }
    assert {slug: (airline[slug].journey_stage, airline[slug].experience) for slug in wanted} == wanted


def test_a_project_without_its_taxonomies_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(taxonomy, "__file__", str(tmp_path / "a" / "b" / "c.py"))
    with pytest.raises(UsageError, match="were not found"):
        taxonomy_folder()
    (tmp_path / "a" / "data" / "taxonomies").mkdir(parents=True)
    assert taxonomy_folder() == tmp_path / "a" / "data" / "taxonomies"
