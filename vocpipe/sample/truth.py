"""What is true of the sample by construction: the figures that a run over it has to reproduce."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from vocpipe.sample.people import Person
from vocpipe.sample.story import END, month_of

CHURN_DAYS = 180
Segment = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Interaction:
    """One valid customer turn. ``person`` is None for somebody who is no customer.

    ``is_linkable``: exact identifiers lead to the person beyond doubt. Where they do not, the right answers are
    that person or nobody, never another one. ``secrets`` are strings of the text that must not be published.
    """

    interaction_id: str
    channel: str
    occurred_at: datetime
    person: int | None
    is_linkable: bool
    secrets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """One valid score; for metric ``ticket_csat`` 1 is good and 0 bad, at the time the ticket was solved."""

    source_id: str
    metric: str
    score: int
    occurred_at: datetime
    person: int | None
    is_linkable: bool


@dataclass(frozen=True, slots=True)
class Purchase:
    """One order of a person, whichever of the person's records it stands under."""

    person: int
    ordered_at: datetime
    cents: int
    status: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A value and the number of answers, tickets, orders or customers it rests on."""

    n: int
    value: float


@dataclass(slots=True)
class Ledger:
    """What the writers of the files note down while they write."""

    interactions: list[Interaction] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    purchases: list[Purchase] = field(default_factory=list)
    rows: Counter[str] = field(default_factory=Counter)
    set_aside: Counter[str] = field(default_factory=Counter)
    answers_set_aside: Counter[str] = field(default_factory=Counter)
    crm: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Truth:
    """What is true of one sample.

    rows: records written, by kind (response, tweet, ticket, user, customer, order, employee).
    set_aside: records that are not used, by reason: a record that is no customer's voice counts under that reason
    however often it stands in the files, else under its being a copy. Rows less these are the rows used.
    answers_set_aside: single answers of valid responses that are ``blank …`` or ``out of scale …``, by metric.
    crm: person of each customer record. people: the persons, indexed by person number.
    All times are naive UTC; ``as_of`` lies after the last of them.
    """

    seed: int
    as_of: datetime
    people: tuple[Person, ...]
    interactions: tuple[Interaction, ...]
    answers: tuple[Answer, ...]
    purchases: tuple[Purchase, ...]
    rows: dict[str, int]
    set_aside: dict[str, int]
    answers_set_aside: dict[str, int]
    crm: dict[str, int]

    def metric(self, metric: str) -> dict[Segment, Figure]:
        """Figures of ``nps``, ``csat``, ``csat_mean``, ``ces`` or ``ticket_csat``.

        Keys are (segment type, segment): ('all', 'all'), ('month', 'YYYY-MM' in UTC) and, over the answers whose
        person exact identifiers can tell, ('loyalty_tier', tier). NPS in points, shares 0…1.
        """
        name, value = MEASURES[metric]
        chosen = [a for a in self.answers if a.metric == name]
        return {key: Figure(len(g), value([a.score for a in g])) for key, g in self._groups(chosen).items()}

    def loyalty(self) -> dict[str, Figure]:
        """``repeat_rate`` and ``churn_rate`` per customer with an order, ``revenue`` over paid orders.

        Repeat: orders on two days or more, whatever became of them. Churned: no order in the last 180 days.
        """
        days: dict[int, set[date]] = defaultdict(set)
        for purchase in self.purchases:
            days[purchase.person].add(purchase.ordered_at.date())
        line = (self.as_of - timedelta(days=CHURN_DAYS)).date()
        paid = [p.cents for p in self.purchases if p.status == "paid"]
        return {
            "repeat_rate": Figure(len(days), _share(len(d) >= 2 for d in days.values())),
            "churn_rate": Figure(len(days), _share(max(d) <= line for d in days.values())),
            "revenue": Figure(len(paid), sum(paid) / 100),
        }

    def valid(self) -> dict[str, int]:
        """Valid interactions by channel."""
        return dict(Counter(i.channel for i in self.interactions))

    def records_of(self, person: int) -> list[str]:
        """The customer records of one person."""
        return [record for record, owner in self.crm.items() if owner == person]

    def _groups(self, answers: Iterable[Answer]) -> dict[Segment, list[Answer]]:
        groups: dict[Segment, list[Answer]] = defaultdict(list)
        for answer in answers:
            groups["all", "all"].append(answer)
            groups["month", month_of(answer.occurred_at)].append(answer)
            if answer.person is not None and answer.is_linkable:
                groups["loyalty_tier", self.people[answer.person].tier].append(answer)
        return dict(groups)


def settle(seed: int, people: list[Person], ledger: Ledger) -> Truth:
    """The ledger as the truth of the sample."""
    return Truth(
        seed=seed,
        as_of=END,
        people=tuple(people),
        interactions=tuple(ledger.interactions),
        answers=tuple(ledger.answers),
        purchases=tuple(ledger.purchases),
        rows=dict(ledger.rows),
        set_aside=dict(ledger.set_aside),
        answers_set_aside=dict(ledger.answers_set_aside),
        crm=dict(ledger.crm),
    )


def _nps(scores: list[int]) -> float:
    return 100 * (sum(s >= 9 for s in scores) - sum(s <= 6 for s in scores)) / len(scores)


def _mean(scores: list[int]) -> float:
    return sum(scores) / len(scores)


def _share(flags: Iterable[bool]) -> float:
    return _mean([int(flag) for flag in flags])


MEASURES: dict[str, tuple[str, Callable[[list[int]], float]]] = {
    "nps": ("nps", _nps),
    "csat": ("csat", lambda scores: _share(s >= 4 for s in scores)),
    "csat_mean": ("csat", _mean),
    "ces": ("ces", _mean),
    "ticket_csat": ("ticket_csat", _mean),
}
