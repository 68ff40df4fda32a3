"""Classifier ``actionability``: what to do with a text, by the cues in ``actionability.toml`` and by its form.

'needs_response' (a question, a request, a complaint with an open problem), 'suggestion', 'praise' (thanks or praise and
nothing else), 'not_meaningful' ("n/a", "asdf", nothing but handles and links). Where none fits (a story, a statement,
a rating without a word of praise) there is no label.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from vocpipe.contracts import Annotation, Classifier, TextChoices
from vocpipe.enrichment.cues import NONE, CueSearch, Found, label_shares

NEEDS, SUGGESTION, PRAISE, MEANINGLESS = "needs_response", "suggestion", "praise", "not_meaningful"
BLAME = "blame"  # of cues only: it takes from praise
MIN_WEIGHT = 0.6
_QUESTION = re.compile(r"\?(?!\S*=)")
_QUESTION_WEIGHT = 0.6
_GLAD = re.compile("[👍👏🙌😍🥰😊😁😃😄🤗💕💙💗💖💜💛🎉🙏❤♥😘]")
_GLAD_WEIGHT = 0.6
# What is left of a text without handles, links, hashtags and placeholders.
_NOT_SAID = re.compile(r"https?://\S+|www\.\S+|[@#]\w+|\[(?:email|phone|card|handle|name)\]")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_EMPTY = frozenset(
    "n a|na|none|nothing|nil|no|nope|null|test|testing|x|xx|xxx|no comment|no comments|nothing to add|nothing to say"
    "|not applicable|nothing really|none really|no answer|dont know|don't know|i don't know|i dont know|no suggestions"
    "|no feedback|none at the moment|nothing else|nothing else to add|no idea|idk|blah|blah blah|blah blah blah"
    "|lorem ipsum|no reason|nothing at this time|nothing at all|not sure|ok|okay|yes|y|n|see above|as above".split("|")
)
# Runs along a keyboard's rows, and consonants that no word has in a row.
_KEYS = re.compile(r"asdf|sdfg|dfgh|fghj|ghjk|hjkl|jkl|qwer|wert(?!h)|erty(?!\b)|uiop|zxcv|xcvb|vbnm|lkjh|fdsa", re.I)
_UNSPEAKABLE = re.compile(r"[bcdfghjklmnpqrstvwxz]{6}|^[bcdfghjklmnpqrstvwxz]{5,}$", re.I)
_MAX_TOKENS = 12  # handles and links among them
_MAX_GIBBERISH = 4  # words: a longer text with such words in it says something all the same


class ActionabilityClassifier:
    """One label per text, or 'none' (in annotations: no label); ``score`` is the weight of what decided."""

    name = "actionability"
    labels: tuple[str, ...] = (NEEDS, SUGGESTION, PRAISE, MEANINGLESS, NONE)
    examples: Sequence[tuple[str, str]] = (
        ("Where is my refund?", NEEDS),
        ("Thanks, but my bag still hasn't arrived.", NEEDS),
        ("Can you rebook me on the evening flight", NEEDS),
        ("It would be nice if the app showed the gate.", SUGGESTION),
        ("You should offer more vegetarian meals.", SUGGESTION),
        ("Thank you so much, wonderful crew!", PRAISE),
        ("n/a", MEANINGLESS),
        ("asdfgh", MEANINGLESS),
        ("Flew from Oslo to Rome on Tuesday.", NONE),
        ("", MEANINGLESS),
    )

    def __init__(self) -> None:
        self._search = CueSearch("actionability.toml")
        self.version = f"cues-1-{self._search.digest}"

    def __reduce__(self) -> tuple[Any, ...]:
        """A worker process makes its own from the same file."""
        return ActionabilityClassifier, ()

    def predict(self, texts: Sequence[str]) -> list[str]:
        """One label per text, 'none' where none fits."""
        return [found[0].label or NONE for found in self.annotate(texts)]

    def predict_proba(self, texts: Sequence[str]) -> np.ndarray:
        """n x 5 in the order of ``labels``; 1 at the label: rules know no probability."""
        return label_shares(self.annotate(texts), self.labels)

    def explain(self, text: str) -> list[Annotation]:
        """The label, then every cue that counted, in order of place; ``score`` is what it adds to its own label."""
        [found] = self._search.find([text])
        cues = sorted([*found, *_marks(text)], key=lambda cue: cue.start)
        return [_judged(text, found), *(_annotation(text, cue, cue.weight) for cue in cues)]

    def annotate(self, texts: Sequence[str]) -> list[list[Annotation]]:
        """One annotation per text; its span is the strongest cue of the label."""
        return [[_judged(text, found)] for text, found in zip(texts, self._search.find(texts), strict=True)]


def _judged(text: str, found: Sequence[Found]) -> Annotation:
    if text.count(" ") <= _MAX_TOKENS and _says_nothing(text):
        return Annotation(MEANINGLESS, 1.0, decided_by="form")
    cues = [*found, *_marks(text)]
    weight = {
        label: sum(cue.weight for cue in cues if cue.label == label) for label in (NEEDS, SUGGESTION, PRAISE, BLAME)
    }
    label = _chosen(weight)
    if label is None:
        return Annotation(None, decided_by="cues")
    best = max((cue for cue in cues if cue.label == label), key=lambda cue: (cue.weight, -cue.start))
    return _annotation(text, best, round(weight[label], 6), label)


def _chosen(weight: dict[str, float]) -> str | None:
    """A suggestion outweighs a question of like weight ("Why not add …?"); praise is only what asks for nothing."""
    if weight[SUGGESTION] >= MIN_WEIGHT and weight[SUGGESTION] >= weight[NEEDS]:
        return SUGGESTION
    if weight[NEEDS] >= MIN_WEIGHT and weight[NEEDS] >= weight[PRAISE] / 2:
        return NEEDS
    return PRAISE if weight[PRAISE] - weight[BLAME] >= MIN_WEIGHT else None


def _marks(text: str) -> list[Found]:
    """Question marks and glad emoji, as cues."""
    marks = []
    if "?" in text and (question := _QUESTION.search(_NOT_SAID.sub(lambda found: " " * len(found.group()), text))):
        marks.append(Found(-1, NEEDS, _QUESTION_WEIGHT, *question.span()))
    if not text.isascii() and (glad := _GLAD.search(text)):
        marks.append(Found(-1, PRAISE, _GLAD_WEIGHT, *glad.span()))
    return marks


def _says_nothing(text: str) -> bool:
    if not text.isascii() and _GLAD.search(text):
        return False
    said = [word.lower() for word in _WORD.findall(_NOT_SAID.sub(" ", text))]
    if " ".join(said).replace("’", "'") in _EMPTY or not said:
        return "?" not in text
    return len(said) <= _MAX_GIBBERISH and all(map(_is_gibberish, said))


def _is_gibberish(word: str) -> bool:
    if not word.isascii() or not word.isalpha():
        return False
    return bool(_KEYS.search(word) or _UNSPEAKABLE.search(word)) or (len(word) > 2 and len(set(word)) == 1)


def _annotation(text: str, cue: Found, score: float, label: str | None = None) -> Annotation:
    return Annotation(label or cue.label, score, None, cue.start, cue.end, text[cue.start : cue.end], "cues")


def build(taxonomy: Any, choices: TextChoices = TextChoices()) -> Classifier:
    """The classifier for this room's discovery; neither the taxonomy nor the choices are used."""
    return ActionabilityClassifier()
