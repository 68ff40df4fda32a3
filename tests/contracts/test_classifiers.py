"""What every classifier promises, held over all that are discovered."""

import pickle
import random

import numpy as np
import pytest

from vocpipe import enrichment
from vocpipe.contracts import Annotation, TextChoices, stand_in_of
from vocpipe.enrichment import sentiment
from vocpipe.enrichment.cues import NONE

HOSTILE = [
    "",
    " ",
    "\n\t\r",
    "\x00",
    "\ud800 half a pair",
    "a" * 100_000,
    "!" * 5_000,
    "😀" * 500,
    "[" * 300 + "]" * 300,
    "()*+?.^$\\|{}",
    "İstanbul'da uçuş iptal, bagaj kayıp!",
    "\u202eright to left\u202c and \u200bzero width",
    "لم تصل حقيبتي",
    "<script>alert('refund')</script>",
    "'; drop table interactions; --",
    "%s %d {0} {name}",
    "n't " * 50,
    "kind of kind of kind of",
    "[phone] [email] [card] [name] [handle]",
    "don’t worry — it’s “fine”…",
]


# Every starter taxonomy and every engine once: neither knows of the other.
BUILDS = {"airline": "auto", "retail": "fast", "bank": "vader", "software": "accurate"}


@pytest.fixture(scope="module", params=BUILDS)
def classifiers(request):
    taxonomy = enrichment.load_taxonomy(enrichment.taxonomy_folder() / f"{request.param}.toml")
    return enrichment.classifiers(taxonomy, TextChoices(sentiment=BUILDS[request.param]))


@pytest.fixture(scope="module")
def texts(classifiers):
    return [text for classifier in classifiers for text, _ in classifier.examples] + HOSTILE


def test_all_are_found_by_name(classifiers):
    assert [classifier.name for classifier in classifiers] == [
        "actionability",
        "aspect",
        "effort",
        "language",
        "sentiment",
        "topic",
        "urgency",
    ]


def test_examples_hold(classifiers):
    for classifier in classifiers:
        assert len(classifier.examples) >= 5
        written, wanted = zip(*classifier.examples, strict=True)
        got = classifier.predict(list(written))
        wrong = [
            (text, label, found) for text, label, found in zip(written, wanted, got, strict=True) if label != found
        ]
        assert not wrong, (classifier.name, wrong)


def test_labels_are_declared_and_versions_told(classifiers, texts):
    for classifier in classifiers:
        assert classifier.version and classifier.version == classifier.version.strip()
        assert len(set(classifier.labels)) == len(classifier.labels)
        assert set(classifier.predict(texts)) <= set(classifier.labels)


def test_predict_predict_proba_annotate_and_explain_agree(classifiers, texts):
    for classifier in classifiers:
        labels = classifier.predict(texts)
        p = classifier.predict_proba(texts)
        assert p.shape == (len(texts), len(classifier.labels))
        assert np.isfinite(p).all() and (p >= 0).all()
        np.testing.assert_allclose(p.sum(axis=1), 1.0, atol=1e-6)
        assert [classifier.labels[i] for i in p.argmax(axis=1)] == labels
        annotations = classifier.annotate(texts)
        assert [found[0].label or NONE for found in annotations] == labels
        assert [classifier.explain(text)[0].label or NONE for text in texts] == labels


def test_annotations_are_well_formed(classifiers, texts):
    for classifier in classifiers:
        for text, found in zip(texts, classifier.annotate(texts), strict=True):
            assert found and all(isinstance(annotation, Annotation) for annotation in found)
            assert len({annotation.label for annotation in found}) == len(found)
            for annotation in [*found, *classifier.explain(text)]:
                assert annotation.decided_by
                assert annotation.probability is None or 0 <= annotation.probability <= 1
                assert (annotation.span_start is None) == (annotation.span_end is None)
                if annotation.span_start is not None:
                    assert annotation.evidence == text[annotation.span_start : annotation.span_end] != ""


def test_the_same_texts_give_the_same_answers_in_any_order_and_company(classifiers, texts):
    for classifier in classifiers:
        expected = classifier.annotate(texts)
        assert classifier.annotate(texts) == expected
        order = random.Random(5).sample(range(len(texts)), len(texts))
        assert classifier.annotate([texts[i] for i in order]) == [expected[i] for i in order]
        assert [classifier.annotate([text])[0] for text in texts] == expected


def test_no_texts_give_no_answers(classifiers):
    for classifier in classifiers:
        assert classifier.predict([]) == []
        assert classifier.annotate([]) == []
        assert classifier.predict_proba([]).shape == (0, len(classifier.labels))


def test_a_copy_in_another_process_is_the_same_classifier(classifiers, texts):
    for classifier in classifiers:
        classifier.annotate(texts)
        sent = pickle.dumps(classifier)
        assert len(sent) < 200_000
        copy = pickle.loads(sent)
        assert (copy.name, copy.version, copy.labels) == (classifier.name, classifier.version, classifier.labels)
        assert copy.annotate(texts) == classifier.annotate(texts)


def test_a_stand_in_is_a_classifier_of_the_same_name_with_another_version(classifiers):
    for classifier in classifiers:
        other = stand_in_of(classifier)
        if other is not None:
            assert (other.name, other.labels) == (classifier.name, classifier.labels)
            assert other.version.split("-")[0] != classifier.version.split("-")[0]
            assert stand_in_of(other) is None


def test_auto_is_the_accurate_engine_with_the_fast_one_as_stand_in():
    chosen = {}
    for name in ("auto", "accurate", "fast"):
        chosen[name] = sentiment.build(None, TextChoices(sentiment=name))
    assert chosen["auto"].version == chosen["accurate"].version
    assert stand_in_of(chosen["auto"]).version == chosen["fast"].version
    assert stand_in_of(chosen["accurate"]) is None
