"""Vendor-shaped sample exports of an invented airline, with the truth about them.

``vocpipe demo`` and the tests work on these files. People, texts and figures are all made up; the same seed gives the
same bytes. The damage that real exports carry is in them: responses exported twice, previews, spam, unfinished and
out-of-scale answers, tweets seen on two pages, older ticket versions, the brand's own tweets, duplicate customer
records, households with one address, namesakes, and texts with private things in them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np

from vocpipe.sample.people import make_people
from vocpipe.sample.records import make_purchases, write_customers, write_employees, write_orders
from vocpipe.sample.story import END as AS_OF
from vocpipe.sample.surveys import write_surveys
from vocpipe.sample.tickets import write_tickets
from vocpipe.sample.truth import Answer, Figure, Interaction, Ledger, Purchase, Truth, settle
from vocpipe.sample.tweets import write_tweets

__all__ = ["AS_OF", "Answer", "Figure", "Interaction", "Purchase", "Truth", "write"]


def write(directory: Path, *, seed: int = 7, customers: int = 400, interactions: int | None = None) -> Truth:
    """Write the sample exports under ``directory`` and return what is true of them.

    ``interactions`` valid and invalid ones together (default 7.5 for each customer): 45 % survey responses, 25 %
    tickets, the rest tweets. Files of the same name are overwritten, nothing else is touched.
    """
    total = interactions if interactions is not None else customers * 15 // 2
    counts = {"surveys": total * 45 // 100, "zendesk": total * 25 // 100}
    counts["twitter"] = total - sum(counts.values())
    for name in (*counts, "crm", "hr"):
        (directory / name).mkdir(parents=True, exist_ok=True)
    rngs = {name: np.random.default_rng([seed, n]) for n, name in enumerate(("people", "crm", "hr", *counts))}
    ledger = Ledger()
    people = make_people(rngs["people"], customers)
    purchases = make_purchases(rngs["people"], people)
    write_customers(directory / "crm" / "customers.csv", rngs["crm"], people, ledger)
    write_orders(directory / "crm" / "orders.csv", people, purchases, ledger)
    write_employees(directory / "hr" / "employees.csv", rngs["hr"], ledger)
    bought = Counter(p.person for p in purchases)
    activity = np.array([1.0 + bought[person.number] for person in people])
    callers = write_tickets(directory / "zendesk", rngs["zendesk"], people, activity, counts["zendesk"], ledger)
    # An identifier that only the help desk knows leads to nobody who never wrote to it.
    people = [p if p.number in callers else replace(p, ticket_user=()) for p in people]
    write_surveys(directory / "surveys", rngs["surveys"], people, activity, counts["surveys"], ledger)
    write_tweets(directory / "twitter", rngs["twitter"], people, activity, counts["twitter"], ledger)
    return settle(seed, people, ledger)
