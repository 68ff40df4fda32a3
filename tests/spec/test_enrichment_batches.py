"""Many texts: the table of annotations, languages that are not supported, hints of the vendor, several processes."""

import pytest

from vocpipe import enrichment
from vocpipe.contracts import TextChoices
from vocpipe.enrichment import batches

TEXTS = [
    "The food was awful and we were delayed for hours",
    "Der Flug war furchtbar und das Essen kalt, nie wieder!",
    "   ",
    "Thanks!",
    "Le vol était en retard et personne ne nous a informés",
    "",
]


@pytest.fixture(scope="module")
def classifiers():
    taxonomy = enrichment.load_taxonomy(enrichment.taxonomy_folder() / "airline.toml")
    return enrichment.classifiers(taxonomy, TextChoices(sentiment="vader"))


def said(table, classifier):
    rows = [row for row in table.to_pylist() if row["classifier"] == classifier]
    return [(row["text_no"], row["label"], row["decided_by"]) for row in rows]


def test_one_row_per_text_classifier_and_label(classifiers):
    table = enrichment.annotate_table(TEXTS, classifiers)
    assert table.schema == enrichment.COLUMNS
    assert table["text_no"].to_pylist() == sorted(table["text_no"].to_pylist())
    assert set(table["text_no"].to_pylist()) == {0, 1, 3, 4}  # blanks have nothing said of them
    versions = {c.name: c.version for c in classifiers}
    assert all(row["version"] == versions[row["classifier"]] for row in table.to_pylist())


def test_other_languages_are_a_bucket_of_their_own(classifiers):
    table = enrichment.annotate_table(TEXTS, classifiers)
    assert said(table, "language") == [
        (0, "en", "py3langid"),
        (1, "de", "py3langid"),
        (3, "und", "py3langid"),
        (4, "fr", "py3langid"),
    ]
    assert said(table, "sentiment") == [(0, "negative", "vader"), (3, "positive", "vader")]
    assert said(table, "topic") == [
        (0, "delay", "keywords"),
        (0, "food_drink", "keywords"),
        (1, "unsupported_language", "language"),
        (3, "unknown", "keywords"),
        (4, "unsupported_language", "language"),
    ]


def test_the_vendors_language_is_taken_where_there_is_one(classifiers):
    hints = ["de", None, "en", "en-GB", "zxx", None]
    table = enrichment.annotate_table(TEXTS, classifiers, hints=hints)
    assert said(table, "language") == [
        (0, "de", "vendor"),
        (1, "de", "py3langid"),
        (3, "en", "vendor"),
        (4, "und", "vendor"),
    ]
    assert [text for text, _, _ in said(table, "sentiment")] == [3, 4]


def test_hints_must_be_as_many_as_texts(classifiers):
    with pytest.raises(ValueError, match="6 texts, but 1"):
        enrichment.annotate_table(TEXTS, classifiers, hints=["en"])


def test_no_texts_and_no_classifiers(classifiers):
    assert enrichment.annotate_table([], classifiers).num_rows == 0
    assert enrichment.annotate_table(TEXTS, []).schema == enrichment.COLUMNS


def test_without_a_language_classifier_everything_is_read(classifiers):
    topic = [c for c in classifiers if c.name == "topic"]
    assert {text for text, _, _ in said(enrichment.annotate_table(TEXTS, topic), "topic")} == {0, 1, 3, 4}


def test_several_processes_give_the_same_table(classifiers):
    n = batches.CHUNK + 7
    texts = [f"{i} {TEXTS[i % len(TEXTS)]}" for i in range(n)]
    done, alone = [], []
    together = enrichment.annotate_table(texts, classifiers, 2, done.append)
    assert together.equals(enrichment.annotate_table(texts, classifiers, 1, alone.append))
    assert sorted(done) == sorted(alone) == [7, batches.CHUNK]


def test_a_failure_in_a_worker_is_not_swallowed(classifiers):
    with pytest.raises(AttributeError):
        enrichment.annotate_table(["fine"] * batches.CHUNK + [12] * 5, classifiers, 2)
