"""The customer records with their duplicates, the orders, and the employee survey."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from vocpipe.sample.people import Person, written_phone
from vocpipe.sample.story import END, START
from vocpipe.sample.tickets import AGENTS
from vocpipe.sample.truth import Ledger, Purchase

CUSTOMER_COLUMNS = (
    "customer_id", "first_name", "last_name", "email", "phone", "twitter_handle", "date_of_birth", "city",
    "loyalty_tier", "signup_date", "marketing_opt_in",
)  # fmt: skip
ORDER_COLUMNS = ("order_id", "customer_id", "ordered_at", "amount", "currency", "status")
EMPLOYEE_COLUMNS = (
    "agent_id", "job_satisfaction", "environment_satisfaction", "relationship_satisfaction", "years_at_company",
)  # fmt: skip
ORDERS_BY_TIER = {"Blue": 1.0, "Silver": 2.2, "Gold": 4.0, "Platinum": 6.5}


def write_customers(path: Path, rng: np.random.Generator, people: list[Person], ledger: Ledger) -> None:
    """Write ``customers.csv``: one record a person in no order, and a second one for those recorded twice."""
    rows = [_main_record(person) for person in people]
    rows += [_second_record(rng, person) for person in people if person.second_account_id]
    for person in people:
        ledger.crm[person.account_id] = person.number
        if person.second_account_id:
            ledger.crm[person.second_account_id] = person.number
    ledger.rows["customer"] += len(rows)
    _write(path, CUSTOMER_COLUMNS, [rows[int(i)] for i in rng.permutation(len(rows))], "\r\n")


def make_purchases(rng: np.random.Generator, people: list[Person]) -> list[Purchase]:
    """Everyone's orders in order of time: more of them in the higher tiers, a quarter lapsed, some without any."""
    purchases = [p for person in people if rng.random() > 0.08 for p in _orders_of(rng, person)]
    return sorted(purchases, key=lambda p: (p.ordered_at, p.person))


def write_orders(path: Path, people: list[Person], purchases: list[Purchase], ledger: Ledger) -> None:
    """Write ``orders.csv``. A person recorded twice placed every other order under the second record."""
    rows = []
    for number, purchase in enumerate(purchases):
        person = people[purchase.person]
        account = person.second_account_id if person.second_account_id and number % 2 else person.account_id
        amount = f"{purchase.cents / 100:.2f}"
        rows.append((f"O{number:08d}", account, _iso(purchase.ordered_at), amount, "USD", purchase.status))
    ledger.purchases += purchases
    ledger.rows["order"] += len(rows)
    _write(path, ORDER_COLUMNS, rows, "\n")


def write_employees(path: Path, rng: np.random.Generator, ledger: Ledger) -> None:
    """Write ``employees.csv``: how the help desk's agents like their work, 1 to 5."""
    rows = [(9_000_001 + n, *(int(x) for x in rng.integers(1, 6, 3)), int(rng.integers(0, 20))) for n in range(AGENTS)]
    ledger.rows["employee"] += len(rows)
    _write(path, EMPLOYEE_COLUMNS, rows, "\n")


def _main_record(person: Person) -> tuple[str, ...]:
    return (
        person.account_id,
        person.given_name,
        person.family_name,
        person.email if person.crm_email else "",
        written_phone(person.phone, person.number) if person.crm_phone else "",
        f"@{person.handle}" if person.crm_handle else "",
        person.born_on.isoformat(),
        person.city,
        person.tier,
        person.signed_up_on.isoformat(),
        "true" if person.consents else "false",
    )


def _second_record(rng: np.random.Generator, person: Person) -> tuple[str, ...]:
    """The same person once more: same phone, other address, here and there a slip in the given name."""
    given = _slip(person.given_name) if rng.random() < 0.3 else person.given_name
    signed_up = (person.signed_up_on + timedelta(days=25)).isoformat()
    assert person.second_account_id
    return (
        person.second_account_id, given, person.family_name, person.other_email,
        written_phone(person.phone, person.number + 1), "", person.born_on.isoformat(), person.city, "Blue", signed_up,
        "true" if person.consents else "false",
    )  # fmt: skip


def _slip(name: str) -> str:
    return name[:-2] + name[-1] + name[-2] if len(name) > 4 else name + name[-1]


def _orders_of(rng: np.random.Generator, person: Person) -> Iterable[Purchase]:
    """One person's orders: some refunded, one in twelve with a second order on the same day, and a cancelled one
    only ever beside an order of the same day.
    """
    days = (END - START).days
    lapsed = rng.random() < 0.25
    for _ in range(1 + int(rng.poisson(ORDERS_BY_TIER[person.tier] * (0.4 if lapsed else 1.0)))):
        at = START + timedelta(days=int(rng.integers(0, days // 2 if lapsed else days)), hours=8)
        at += timedelta(seconds=int(rng.integers(0, 36_000)))
        yield _purchase(rng, person, at, "refunded" if rng.random() < 0.03 else "paid")
        if rng.random() < 0.08:
            again = at + timedelta(minutes=int(rng.integers(5, 90)))
            yield _purchase(rng, person, again, "cancelled" if rng.random() < 0.4 else "paid")


def _purchase(rng: np.random.Generator, person: Person, at: datetime, status: str) -> Purchase:
    return Purchase(person.number, at, 4900 + int(rng.exponential(21_000)), status)


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]], end: str) -> None:
    with path.open("w", encoding="utf-8", newline="") as handle:
        out = csv.writer(handle, lineterminator=end)
        out.writerow(header)
        out.writerows(rows)


def _iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
