"""Invented verbatims, put together from the parts in ``data/sample/phrases.toml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vocpipe.sample.people import Person
from vocpipe.sample.story import parts

# Card numbers that the card schemes publish for testing.
CARDS = ("4111 1111 1111 1111", "5500-0000-0000-0004")


@dataclass(frozen=True, slots=True)
class Text:
    """One verbatim with its subject, and the private strings in it that must never be published."""

    subject: str
    body: str
    topic: str
    secrets: tuple[str, ...] = ()


class Writer:
    """Puts texts together; the same generator gives the same texts."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.parts = parts("phrases")

    def verbatim(self, score: int, language: str, stormy: bool) -> Text:
        """A survey answer in the mood of a 0-10 score: one topic, or one for and one against in the middle."""
        words = self.parts[language]["opening"]
        if score in (7, 8):
            good, bad = self._sentence("positive", language, False), self._sentence("negative", language, stormy)
            pieces = [self._pick(words["neutral"]), good.body, self._pick(words["but"]), bad.body]
            return Text(good.subject, _join(pieces), good.topic)
        polarity = "positive" if score > 8 else "negative"
        core = self._sentence(polarity, language, stormy)
        return Text(core.subject, _join([self._pick(words[polarity]), core.body]), core.topic)

    def complaint(self, language: str, stormy: bool) -> Text:
        """What somebody writes to the help desk: the trouble and a request."""
        core = self._sentence("negative", language, stormy)
        return Text(core.subject, _join([core.body, self._pick(self.parts[language]["request"]["any"])]), core.topic)

    def post(self, happy: bool, language: str, stormy: bool) -> Text:
        """What somebody posts in public, without the mention of the brand."""
        return self._sentence("positive" if happy else "negative", language, stormy)

    def brand_reply(self) -> str:
        """What the airline's own account answers."""
        return self._pick(self.parts["brand"]["reply"]).format_map(self._facts())

    def with_secret(self, text: Text, person: Person, kind: str) -> Text:
        """The text with one private thing added: ``email``, ``phone``, ``card`` or ``name``."""
        values = {"email": person.email, "phone": person.phone, "name": person.name, "card": self._pick(list(CARDS))}
        added = self.parts[person.language]["private"][kind].format_map(values)
        return Text(text.subject, _join([text.body, added]), text.topic, (values[kind],))

    def _sentence(self, polarity: str, language: str, stormy: bool) -> Text:
        sentences = self.parts[language][polarity]
        topic = self._topic(list(sentences), stormy and polarity == "negative")
        facts = self._facts()
        subject = self.parts[language]["subject"].get(topic, "{flight}").format_map(facts)
        return Text(subject, self._pick(sentences[topic]).format_map(facts), topic)

    def _topic(self, topics: list[str], stormy: bool) -> str:
        storm: Mapping[str, int] = self.parts["storm"] if stormy else {}
        weights = np.array([self.parts["weight"][t] * storm.get(t, 1) for t in topics], dtype=float)
        return topics[int(np.searchsorted(np.cumsum(weights) / weights.sum(), self.rng.random()))]

    def _facts(self) -> dict[str, Any]:
        start, end = self.rng.permutation(len(parts("people")["airport"]))[:2]
        airports = parts("people")["airport"]
        return {
            "start": airports[start],
            "end": airports[end],
            "flight": f"FW{int(self.rng.integers(100, 980))}",
            "hours": int(self.rng.integers(2, 9)),
            "order": f"O{int(self.rng.integers(10_000, 99_999)):08d}",
        }

    def _pick(self, values: list[str]) -> str:
        return values[int(self.rng.integers(0, len(values)))]


def _join(pieces: list[str]) -> str:
    return " ".join(piece for piece in pieces if piece)
