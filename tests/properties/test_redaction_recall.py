"""Redaction measured on made-up texts in the ways people write: at least 99 % of what is personal is taken out, and
what is not stays. A fixed seed, so that the figure is the same each time; docs/model-signals.md names it."""

import random

import personal
import pytest

from vocpipe.enrichment import Redactor

COUNT = 2000
SEED = 20260711


@pytest.fixture(scope="module")
def redactor():
    return Redactor(["Ottoline Brackwater"], ["@FernwingAir"])


def made(make):
    """COUNT pairs of what was made and a text that holds it."""
    r = random.Random(SEED)
    pairs = []
    for _ in range(COUNT):
        thing = make(r)
        pairs.append((thing, r.choice(personal.TEXTS).format(thing)))
    return pairs


def share(good, pairs):
    return sum(good) / len(pairs)


@pytest.mark.parametrize("kind", personal.PERSONAL)
def test_what_is_personal_is_taken_out(redactor, kind):
    pairs = made(personal.PERSONAL[kind])
    redacted = redactor.redact([text for _, text in pairs])
    good = []
    for (thing, text), out in zip(pairs, redacted, strict=True):
        beside = sum(map(str.isdigit, text)) - sum(map(str.isdigit, thing))
        left = sum(map(str.isdigit, out)) - beside if kind in ("phone", "card") else 0
        good.append(f"[{kind}]" in out and left <= 4)  # 12/27 behind a card may stay
    wrong = [(thing, out) for ok, (thing, _), out in zip(good, pairs, redacted, strict=True) if not ok]
    assert share(good, pairs) >= 0.99, wrong[:5]


@pytest.mark.parametrize("kind", personal.KEPT)
def test_what_is_not_personal_stays(redactor, kind):
    pairs = made(personal.KEPT[kind])
    redacted = redactor.redact([text for _, text in pairs])
    good = [thing in out for (thing, _), out in zip(pairs, redacted, strict=True)]
    wrong = [(thing, out) for ok, (thing, _), out in zip(good, pairs, redacted, strict=True) if not ok]
    assert share(good, pairs) >= 0.99, wrong[:5]


SIGNED = ["Please call {f} back", "Regards, {f} {l}", "{f} {l}", "my name is {f}", "thanks\n{f}", "this is {F} {L}",
          "I am {l}, {f}", "{f}'s bag is lost", "Mrs {l} was promised a call"]  # fmt: skip


def test_the_writers_own_name_is_taken_out(redactor):
    r = random.Random(SEED)
    texts, names = [], []
    for _ in range(COUNT):
        first = r.choice("Tamsin Ambrose Piet Oriel Jocasta Benedikt Łucja Zoë".split())
        last = r.choice("Vole Marrow Kessel Quillfeather Ferncastle Ó-Brackán".split())
        texts.append(r.choice(SIGNED).format(f=first, l=last, F=first.upper(), L=last.upper()))
        names.append((first, last))
    redacted = redactor.redact(texts, names)
    left = [out for out, name in zip(redacted, names, strict=True) if any(n.lower() in out.lower() for n in name)]
    assert len(left) <= 0.01 * COUNT, left[:5]
