"""What a group of texts is called, and by which words it is known.

Words are weighed by class TF-IDF (Grootendorst 2022), phrases found by NLTK's collocations (likelihood ratio). Both
count customers, not texts: nobody gives a theme its name alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeVar

import numpy as np

from vocpipe.analysis.theme_words import Words, spelt

Name = TypeVar("Name", int, str)  # of a group: its number, or the id of the theme

SHOWN = 10  # words of a theme
LABEL_WORDS = 3
# A word describes a theme where this share of its customers use it, this many times as many as elsewhere.
SUPPORT, LIFT = 0.1, 2.0
PHRASE_SUPPORT = 0.2
CORE = 0.5
COVERED = 0.5  # share of a theme's texts that hold at least one of its first five words
KEYWORDS = 12


@dataclass(frozen=True, slots=True)
class Profile:
    """Label, words (the most telling first), keywords (exact enough to find the theme by) and coherence (NPMI).

    ``core`` are the phrases that at least half of its customers use.
    """

    label: str
    words: list[str]
    keywords: list[str]
    coherence: float
    core: frozenset[str]


class Naming:
    """Names groups among all texts of a night: ``words`` and ``customers``, one a text."""

    def __init__(self, words: Sequence[Words], customers: Sequence[str]) -> None:
        self._words = words
        self._customers = customers
        self._spelt = spelt(words)
        self._texts: dict[str, list[int]] = defaultdict(list)  # of a term, ascending
        for number, one in enumerate(words):
            for term in sorted(one.terms()):
                self._texts[term].append(number)
        self._users = {term: len({customers[n] for n in texts}) for term, texts in self._texts.items()}
        self._everybody = max(1, len(set(customers)))

    def profiles(self, groups: Mapping[Name, Sequence[int]]) -> dict[Name, Profile]:
        """The profile of each group (numbers of texts); groups that words do not describe are left out."""
        used = {name: self._used_by(numbers) for name, numbers in groups.items()}
        average = sum(sum(one.values()) for one in used.values()) / max(1, len(used))
        found = {}
        for name, numbers in groups.items():
            people = max(1, len({self._customers[n] for n in numbers}))
            weight = self._weights(used[name], people, average)
            if profile := self._profile(numbers, weight, used[name], people):
                found[name] = profile
        return found

    def _used_by(self, numbers: Iterable[int]) -> Counter[str]:
        """How many customers use each term."""
        pairs = {(term, self._customers[n]) for n in numbers for term in self._words[n].terms()}
        return Counter(term for term, _ in pairs)

    def _weights(self, used: Counter[str], people: int, average: float) -> dict[str, float]:
        """Class TF-IDF of the terms that describe the group."""
        least = max(3, SUPPORT * people)
        return {
            term: count / people * float(np.log1p(average / self._users[term]))
            for term, count in used.items()
            if count >= least and count / people >= LIFT * self._users[term] / self._everybody
        }

    def _profile(
        self, numbers: Sequence[int], weight: Mapping[str, float], used: Counter[str], people: int
    ) -> Profile | None:
        ranked = sorted(weight, key=lambda term: (-weight[term], term))
        single = [term for term in ranked if " " not in term]
        if len(single) < 2 or self._covered(numbers, single[:5]) < COVERED:
            return None
        phrases = self._phrases(numbers, [term for term in ranked if used[term] >= PHRASE_SUPPORT * people])
        chosen = label_terms(phrases, single)
        label = " ".join(self._written(term) for term in self._in_order(chosen, numbers))
        words = [self._written(term) for term in dict.fromkeys([*chosen, *ranked])][:SHOWN]
        core = frozenset(term for term in ranked if " " in term and used[term] >= CORE * people)
        return Profile(label, words, self._keywords(numbers, ranked[:30]), self._coherence(single[:5]), core)

    def _covered(self, numbers: Sequence[int], terms: Sequence[str]) -> float:
        wanted = set(terms)
        return float(np.mean([bool(wanted & set(self._words[n].stems)) for n in numbers]))

    def _phrases(self, numbers: Sequence[int], terms: Sequence[str]) -> list[str]:
        """Collocations of the group among the terms, the most striking first."""
        from nltk.collocations import BigramCollocationFinder
        from nltk.metrics import BigramAssocMeasures
        from nltk.probability import FreqDist

        single = FreqDist(stem for n in numbers for stem in self._words[n].stems)
        pairs = FreqDist(pair for n in numbers for pair in self._words[n].pairs())
        scored = BigramCollocationFinder(single, pairs).score_ngrams(BigramAssocMeasures.likelihood_ratio)
        found = [" ".join(pair) for pair, score in sorted(scored, key=lambda x: (-x[1], x[0])) if score > 0]
        return [phrase for phrase in found if phrase in set(terms)]

    def _in_order(self, terms: Sequence[str], numbers: Sequence[int]) -> list[str]:
        """The terms in the order in which the texts mostly have them."""
        places: dict[str, list[float]] = defaultdict(list)
        for n in numbers:
            stems = self._words[n].stems
            for term in terms:
                if term.split()[0] in stems:
                    places[term].append(stems.index(term.split()[0]) / len(stems))
        return sorted(terms, key=lambda term: (float(np.mean(places[term] or [1.0])), term))

    def _written(self, term: str) -> str:
        """A term as it is mostly written."""
        return " ".join(min(self._spelt[stem].items(), key=lambda x: (-x[1], x[0]))[0] for stem in term.split())

    def _keywords(self, numbers: Sequence[int], terms: Sequence[str]) -> list[str]:
        """Words and phrases that find the group's texts and few others: each adds more of its texts than of others."""
        inside, found, taken = set(numbers), set[int](), []
        while len(taken) < KEYWORDS:
            gains = []
            for term in terms:
                fresh = set(self._texts[term]) - found
                gains.append((2 * len(fresh & inside) - len(fresh), term))
            # On a tie the phrase: it says more of what is meant than its words.
            gain, term = max(gains, key=lambda x: (x[0], " " in x[1], x[1]), default=(0, ""))
            if gain <= 0:
                break
            taken.append(term)
            found |= set(self._texts[term])
        if not taken and terms:  # none is exact: the most exact one of those that many use
            taken = [max(terms, key=lambda t: (len(inside & set(self._texts[t])) / len(self._texts[t]), t))]
        return sorted({form for term in taken for form in self._forms(term)})

    def _forms(self, term: str) -> list[str]:
        """Every way in which a term is written, but for rare ones."""
        if " " not in term:
            forms = self._spelt[term]
        else:
            forms = Counter(
                f"{one.written[i]} {one.written[i + 1]}"
                for one in (self._words[n] for n in self._texts[term])
                for i in range(len(one.stems) - 1)
                if one.joined[i] and f"{one.stems[i]} {one.stems[i + 1]}" == term
            )
        return [form for form, count in forms.items() if count >= 0.05 * forms.total()]

    def _coherence(self, terms: Sequence[str]) -> float:
        """Mean normalised pointwise mutual information of the terms over all texts, −1 to 1."""
        total, scores = len(self._words), []
        for one, other in combinations(terms, 2):
            a, b = (set(self._texts[term]) for term in (one, other))
            both = len(a & b) / total
            scores.append(float(np.log(both * total**2 / (len(a) * len(b))) / -np.log(both)) if 0 < both < 1 else -1.0)
        return float(np.mean(scores)) if scores else 0.0


def label_terms(phrases: Sequence[str], single: Sequence[str]) -> list[str]:
    """The terms of a label: the most striking phrase and the most telling words beside it, two to four words in all."""
    chosen = list(phrases[:1])
    used = set(" ".join(chosen).split())
    for phrase in phrases[1:]:
        if len(chosen) == 1 and not used & set(phrase.split()):
            chosen.append(phrase)
            used |= set(phrase.split())
    for term in single:
        if len(used) < LABEL_WORDS and term not in used:
            chosen.append(term)
            used.add(term)
    return chosen
