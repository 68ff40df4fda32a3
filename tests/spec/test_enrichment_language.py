"""Language: py3langid's answers, in batches."""

import numpy as np
import pytest
from foreign_sentences import FOREIGN
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from vocpipe.enrichment import language

TEXTS = [
    "The flight was three hours late and nobody told us why.",
    "GREAT CREW AND A LOVELY MEAL ON THE WAY HOME",
    "Der Koffer ist immer noch nicht angekommen, bitte melden Sie sich.",
    "Mi maleta llegó rota y nadie contesta el teléfono.",
    "Le vol était en retard mais l'équipage était charmant.",
    "O voo atrasou e perdi a ligação para Lisboa.",
    "De vlucht was vertraagd en het eten was koud.",
    "Lotto jest opóźniony, a bagaż zaginął po drodze.",
    "Рейс задержали на пять часов без объяснений.",
    "Uçuş iptal edildi ve bagajım kayboldu.",
    "飞机晚点三个小时，没有人解释原因。",
    "تأخرت الرحلة ثلاث ساعات ولم يخبرنا أحد بالسبب",
    "हमारी उड़ान देर से आई और किसी ने कुछ नहीं बताया",
    "cafe\u0301 creme et croissant au petit dejeuner",
    "ok",
    "",
    "12345 67890 24680 13579",
]


@pytest.fixture(scope="module")
def classifier():
    return language.LanguageClassifier()


def test_scores_are_those_of_py3langid(classifier):
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(language._offered(identifier.nb_classes))
    written = [language._words(text) for text in TEXTS]
    ours = classifier._probabilities(written)
    theirs = [identifier.classify(text) for text in written]
    assert [identifier.nb_classes[i] for i in ours.argmax(axis=1)] == [code for code, _ in theirs]
    np.testing.assert_allclose(ours.max(axis=1), [p for _, p in theirs], atol=1e-4)


def test_what_is_found(classifier):
    found = classifier.predict(TEXTS)
    assert found[:12] == ["en", "en", "de", "es", "fr", "pt", "nl", "pl", "ru", "tr", "zh", "ar"]
    assert found[12:14] == ["hi", "fr"]
    assert found[14:] == ["und"] * 3


def test_undetermined_has_no_probability_and_others_have(classifier):
    for [annotation] in classifier.annotate(TEXTS):
        assert (annotation.probability is None) == (annotation.label == "und")


def test_handles_links_and_placeholders_do_not_decide(classifier):
    plain = "Wann kommt mein Koffer endlich an?"
    noisy = f"@fernwing_help [name] {plain} #lostandfound https://pics.example/abc [email]"
    assert classifier.predict([plain, noisy]) == ["de", "de"]


def test_labels_are_two_letters_and_und(classifier):
    assert classifier.labels[-1] == "und"
    assert all(len(label) == 2 for label in classifier.labels[:-1])


def test_batches_of_any_size_give_the_same(classifier, monkeypatch):
    texts = TEXTS * 7
    expected = classifier.annotate(texts)
    monkeypatch.setattr(language, "BATCH", 5)
    assert classifier.annotate(texts) == expected


ENGLISH = """time zone in france
can i swap sugar for salt
set timer for 5 minutes
help me get an uber
calculate car mpg
flip the coin ai
my name is on the form
appreciate it a lot
how do i transport my boat
set a reminder for dinner
let it go guys
can i request a card
did my order ship
no wifi on board
gate 12 or gate 21
please cancel plan
any update on refund
great pasta and vino
driver was a star
bag lost in milan""".split("\n")


def test_short_english_is_not_taken_for_another_language(classifier):
    found = classifier.predict(ENGLISH)
    assert set(found) <= {"en", "und"}, list(zip(ENGLISH, found, strict=True))
    assert found.count("en") >= 0.9 * len(ENGLISH)


def test_short_sentences_in_other_languages_are_recognised(classifier):
    """At least 95 % of those of five words and more; the shorter ones may be undetermined, but hardly ever English."""
    pairs = [(line, code) for code, lines in FOREIGN.items() for line in lines]
    assert len(pairs) >= 200
    found = classifier.predict([line for line, _ in pairs])
    long = [got == code for (line, code), got in zip(pairs, found, strict=True) if len(line.split()) >= 5]
    assert sum(long) >= 0.95 * len(long)
    assert found.count("en") <= 2


def test_what_is_expected_counts_where_a_text_is_unclear(classifier):
    """The names of two dishes say nothing of the language of who writes them."""
    spanish = language.LanguageClassifier(("es",))
    assert classifier.predict(["tapas paella"]) == ["und"]
    assert spanish.predict(["tapas paella"]) == ["es"]
    assert spanish.version != classifier.version
