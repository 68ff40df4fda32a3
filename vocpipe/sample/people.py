"""The invented customers of the invented airline: who they are, and which identifiers stand on which record."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from vocpipe.sample.story import START, parts

TIERS = ("Blue", "Silver", "Gold", "Platinum")
TIER_SHARES = (0.58, 0.24, 0.12, 0.06)
TIER_MOODS = (6.9, 7.6, 8.3, 8.9)
DOMAINS = ("example.com", "example.org", "example.net")
AREA_CODES = (303, 206, 312, 617, 512, 503, 602, 404, 808, 907, 505, 208, 406, 701, 802, 207, 304, 605, 307, 603)


@dataclass(frozen=True, slots=True)
class Person:
    """One customer. ``crm_*`` say whether the identifier stands on the main customer record."""

    number: int
    given_name: str
    family_name: str
    born_on: date
    language: str
    city: str
    tier: str
    mood: float
    signed_up_on: date
    consents: bool
    account_id: str
    email: str
    other_email: str
    phone: str
    handle: str | None
    crm_email: bool
    crm_phone: bool
    crm_handle: bool
    second_account_id: str | None = None
    household: int | None = None
    ticket_user: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Given and family name as the person signs."""
        return f"{self.given_name} {self.family_name}"


def make_people(rng: np.random.Generator, count: int) -> list[Person]:
    """``count`` customers, with households, namesakes and duplicate records among them."""
    people = [_person(rng, number) for number in range(count)]
    chosen = [int(i) for i in rng.permutation(count)]
    groups = max(1, count // 100) if count >= 20 else 0
    for k in range(groups):
        first, second, one, other = (chosen[4 * k + j] for j in range(4))
        _make_household(people, first, second, k)
        people[other] = _namesake(people[other], people[one])
    for i in chosen[4 * groups : 4 * groups + count * 6 // 100]:
        people[i] = replace(people[i], crm_phone=True, second_account_id=f"D{i:07d}")
    return people


def _person(rng: np.random.Generator, number: int) -> Person:
    names = parts("people")
    language = "de" if rng.random() < 0.12 else "en"
    given = _pick(rng, names["given"][language])
    family = _pick(rng, names["family"][language])
    tier = int(rng.choice(len(TIERS), p=TIER_SHARES))
    has_handle = rng.random() < 0.6
    crm_email = rng.random() < 0.92
    plain = f"{ascii_name(given)}.{ascii_name(family)}{number + 100}"
    return Person(
        number=number,
        given_name=given,
        family_name=family,
        born_on=date(1945, 1, 1) + timedelta(days=int(rng.integers(0, 21900))),
        language=language,
        city=_pick(rng, names["city"][language]),
        tier=TIERS[tier],
        mood=TIER_MOODS[tier] + float(rng.normal(0, 1.2)),
        signed_up_on=START.date() - timedelta(days=int(rng.integers(30, 1400))),
        consents=rng.random() < 0.7,
        account_id=f"C{number:07d}",
        email=f"{plain}@{DOMAINS[number % 3]}",
        other_email=f"{ascii_name(family)}{ascii_name(given)[0]}{number + 100}@mail.example",
        phone=_phone(number),
        handle=f"{ascii_name(given)[:6]}{ascii_name(family)[:4]}{number + 100}" if has_handle else None,
        crm_email=crm_email,
        crm_phone=rng.random() < 0.8 or not crm_email,
        crm_handle=has_handle and rng.random() < 0.5,
        ticket_user=_ticket_user(rng, has_handle),
    )


def _ticket_user(rng: np.random.Generator, has_handle: bool) -> tuple[str, ...]:
    """Which identifiers the help desk knows: of email, phone, account and handle."""
    known = [("email",), ("email", "phone"), ("phone",)][int(rng.choice(3, p=(0.75, 0.15, 0.10)))]
    account = ("account",) if rng.random() < 0.25 else ()
    handle = ("handle",) if has_handle and rng.random() < 0.5 else ()
    return known + account + handle


def _make_household(people: list[Person], first: int, second: int, k: int) -> None:
    """Two persons, one address: on both records (even k), or on the first one's only, while the help desk has it
    for the second one, with (k = 1, 5, …) or without (k = 3, 7, …) the second one's own phone.
    """
    a = replace(people[first], household=second, crm_email=True, crm_phone=True, ticket_user=("phone",))
    b = replace(people[second], household=first, family_name=a.family_name, email=a.email, crm_phone=True)
    if b.given_name == a.given_name or b.language != a.language:
        names = parts("people")["given"][a.language]
        b = replace(b, given_name=names[(names.index(a.given_name) + 1) % len(names)], language=a.language)
    if k % 2 == 0:
        b = replace(b, crm_email=True, ticket_user=("email", "phone"))
    else:
        b = replace(b, crm_email=False, ticket_user=("email", "phone") if k % 4 == 1 else ("email",))
    people[first], people[second] = a, b


def _namesake(person: Person, of: Person) -> Person:
    """The person under the other one's name; all else, the address's number included, stays their own."""
    plain = f"{ascii_name(of.given_name)}.{ascii_name(of.family_name)}{person.number + 100}"
    email = f"{plain}@{DOMAINS[person.number % 3]}"
    return replace(person, given_name=of.given_name, family_name=of.family_name, language=of.language, email=email)


def certain_identifiers(person: Person) -> set[str]:
    """Every identifier that leads to this person beyond doubt, as ``type:value``.

    The customer records anchor; the help desk's user adds its own identifiers once one of them is anchored. An
    address shared by a household leads to nobody.
    """
    anchored = {f"account:{person.account_id}"}
    if person.crm_email and person.household is None:
        anchored.add(f"email:{person.email}")
    if person.crm_phone:
        anchored.add(f"phone:{person.phone}")
    if person.crm_handle:
        anchored.add(f"handle:{person.handle}")
    if person.second_account_id:
        anchored |= {f"account:{person.second_account_id}", f"email:{person.other_email}"}
    user = ticket_identifiers(person)
    return anchored | user if anchored & user else anchored


def ticket_identifiers(person: Person) -> set[str]:
    """The identifiers of the person's help-desk user, without an address that a household shares."""
    values = {"email": person.email, "phone": person.phone, "account": person.account_id, "handle": person.handle}
    return {
        f"{kind}:{values[kind]}"
        for kind in person.ticket_user
        if not (kind == "email" and person.household is not None)
    }


def written_phone(phone: str, style: int) -> str:
    """The same number as different hands write it (five styles)."""
    area, block, line = phone[2:5], phone[5:8], phone[8:]
    styles = (phone, f"({area}) {block}-{line}", f"{area}-{block}-{line}", f"1 {area} {block} {line}",
              f"{area}.{block}.{line}")  # fmt: skip
    return styles[style % len(styles)]


def ascii_name(name: str) -> str:
    """A name as it stands in an e-mail address: lower case, no accents."""
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()


def _phone(number: int) -> str:
    """A North American number in E.164; the first 2,000 lie in the block that is kept for fiction (555-01xx)."""
    turn, area = divmod(number, len(AREA_CODES))
    return f"+1{AREA_CODES[area]}555{(100 + turn) % 10000:04d}"


def _pick(rng: np.random.Generator, values: list[str]) -> str:
    return values[int(rng.integers(0, len(values)))]
