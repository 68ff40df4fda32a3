"""Makes texts with personal data in the ways that people write it, and numbers that are none. All of it is made up."""

from __future__ import annotations

import random
from collections.abc import Callable

# North American numbers from the range kept for stories (555-01xx); others from ranges no network hands out or, where
# a country keeps none, random digits in its format.
PHONES = {
    "US": "({a}) 555-01{n}|{a}-555-01{n}|{a}.555.01{n}|+1 {a} 555 01{n}|1-{a}-555-01{n}|{a}55501{n}|+1({a})555-01{n}"
    "|{a} 555 01{n}|({a})55501{n}|+1.{a}.555.01{n}|001 {a} 555 01{n}|1 ({a}) 555-01{n}|{a}/555-01{n}|{a} 555-01{n}"
    "|{a}-555-01{n} x{e}|({a}) 555-01{n} ext. {e}|{a}-555-01{n} ext {e}|{a} - 555 - 01{n}|{a}–555–01{n}",
    "UK": "07700 900{m}|+44 7700 900{m}|020 7946 0{m}|+44 (0)20 7946 0{m}|+442079460{m}|07700900{m}|0044 20 7946 0{m}"
    "|(020) 7946 0{m}|01632 960{m}|+44-20-7946-0{m}|07700-900-{m}|+44 (0) 7700 900{m}",
    "DE": "+49 30 23125 {m}|030 23125{m}|030/23125 {m}|+49 (0)30 23125{m}|0171 39200 {n}|+49-171-39200-{n}"
    "|0049 171 39200{n}"
    "|(030) 23125-{n}|+49171 39200{n}|030-23125{m}",
    "FR": "01 99 00 {n} {k}|+33 1 99 00 {n} {k}|0199 00 {n} {k}|06.39.98.{n}.{k}|+33 6 39 98 {n} {k}|0033639 98 {n} {k}"
    "|06-39-98-{n}-{k}|+33 (0)6 39 98 {n} {k}|06399 8{n}{k}",
    "ES": "+34 600 {m} {o}|+34 91 {m} {n} {k}|0034 600 {m} {o}|+34600{m}{o}|(+34) 600 {m} {o}",
    "IT": "+39 06 {m}{m2}|+39 333 {m}{o}{k}|+39 02 {m} {o}|0039 333 {m} {o}{k}",
    "NL": "+31 6 {m}{o}{n}|06-{m}{o}{n}|020 {m} {o}{k}|+31 (0)20 {m} {o}{k}",
    "IN": "+91 98765 {m}{n}|+91-98765-{m}{n}|+919876{m}{o}|098765 {m}{n}",
    "AU": "+61 4 91 57 0{m}|0491 570 {m}|(02) 5550 {m}1|+61 2 5550 {m}1|+61 491 570 {m}",
    "JP": "+81 90-{m}1-{o}2|03-{m}1-{o}2|+81-3-{m}1-{o}2|090-{m}1-{o}2",
    "BR": "+55 11 9{m}1-{o}2|(11) 9{m}1-{o}2|+55 (11) 9{m}1-{o}2",
    "others": "+46 70 {m} {n} {k}|+48 600 {m} {o}|+41 44 {m} {n} {k}|+353 20 91{m} {n}|+65 6{m} {o}1|+971 50 {m} {o}1"
    "|+852 5{m} {o}1|+7 900 {m}-{n}-{k}|+86 138 0{m} {o}1|+52 55 {m}1 {o}2|+27 82 {m} {o}1|+64 21 {m} {o}",
}
CALLED = [
    "call me on {}",
    "my number is {}",
    "{}",
    "phone: {}",
    "reach me at {} after six",
    "tel {}",
    "mobile {} thanks",
]
TEXTS = [
    "My bag never came. {} Thanks",
    "{}",
    "Nobody answers ({}) since Monday!",
    "late again; {}",
    "@FernwingAir flight FW1234, {}.",
    "I paid $340.50 for order 4155550123, {}",
    "please help\n{}\nregards",
]


def digits(r: random.Random, n: int) -> str:
    return "".join(r.choice("0123456789") for _ in range(n))


def phone(r: random.Random) -> str:
    form = r.choice(PHONES[r.choice(list(PHONES))].split("|"))
    area = r.choice("201 202 303 415 512 617 718 808 914".split())
    parts = {"a": area, "n": digits(r, 2), "k": digits(r, 2), "m": digits(r, 3), "o": digits(r, 3), "e": digits(r, 3)}
    return r.choice(CALLED).format(form.format(**parts, m2=digits(r, 5)))


def email(r: random.Random) -> str:
    first, last = r.choice("tamsin ambrose jo ottoline piet".split()), r.choice("vole marrow brackwater kessel".split())
    local = r.choice(
        ["{f}.{l}", "{f}{n}", "{f}_{l}", "{f[0]}{l}", "{l}-{f}", "{f}+air", "{f}.{l}{n}", "{F}.{L}", "{f}'{l}"]
    )
    local = local.format(f=first, l=last, n=r.randint(1, 99), F=first.upper(), L=last.title())
    host, end = (
        r.choice("mail postbox my-firm quill".split()),
        r.choice("com org net example co.uk de museum io".split()),
    )
    plain = [
        f"{local}@{host}.{end}",
        f"<{local}@{host}.{end}>",
        f"mailto:{local}@{host}.{end}",
        f"{local}@eu.{host}.{end}",
    ]
    if r.random() < 0.6:
        return r.choice(plain)
    name, end = f"{first}.{last}", r.choice("com org net".split())
    hidden = [
        "{0} (at) {1} dot {2}",
        "{0} [at] {1}.{2}",
        "{0}(at){1}(dot){2}",
        "{0} at {1} dot {2}",
        "{0} @ {1}.{2}",
        "{0} AT {1} DOT {2}",
        "{0} [at] {1} [dot] {2}",
        "{0}@{1} dot {2}",
        "{0}＠{1}.{2}",
        "{0}[at]{1}[dot]{2}",
        "{0} {{at}} {1} {{dot}} {2}",
        "{0} @{1}.{2}",
        "{0} (a) {1}.{2}",
        "{0}@{1}(dot){2}",
        "{0} at {1}.{2}",
    ]
    return r.choice(hidden).format(name, host, end)


def card(r: random.Random) -> str:
    start, length = r.choice(
        [("4", 16), ("51", 16), ("55", 16), ("2221", 16), ("6011", 16), ("37", 15), ("34", 15), ("36", 14)]
    )
    body = start + digits(r, length - 1 - len(start))
    total = sum(sum(divmod(int(d) * (2 - i % 2), 10)) for i, d in enumerate(reversed(body)))
    number = body + str(-total % 10)
    fours = [number[i : i + 4] for i in range(0, length, 4)]
    groups = fours if length == 16 else [number[:4], number[4:10], number[10:]]
    joint = r.choice(["", " ", "-", ".", " - ", "  ", "–", "\u00a0", "_", "/"])
    frame = r.choice(["{}", "card {}", "card number: {}", "visa {} exp 12/27", "charged to {}!", "({})"])
    return frame.format(joint.join(groups))


def handle(r: random.Random) -> str:
    name = r.choice("tamsin_vole jo.doe Ambrose99 ottoline_b_ x the.real.piet _marrow piet__k TamsinVoleWrites".split())
    frame = r.choice(
        [
            "@{}",
            ".@{}",
            "hey @{}: look",
            "(@{})",
            "@{}!",
            "cc @{} @{}",
            "RT @{}:",
            "＠{}",
            "@{}'s bag",
            "“@{}”",
            "twitter.com/{}",
            "https://instagram.com/{}/",
            "https://www.tiktok.com/@{}",
            "insta: @{}",
        ]
    )
    return frame.format(name, name + "2")


def _order(r: random.Random) -> str:
    n = digits(r, r.randint(7, 12))
    forms = [
        "order {}",
        "order number {}",
        "Order #{}",
        "order no. {}",
        "order id: {}",
        "ref {}",
        "booking {}",
        "case #{}",
        "ticket number {}",
        "tracking number {}",
        "invoice {}",
        "reservation {}",
        "confirmation number {}",
        "claim number is {}",
        "PO {}",
        "order nr {}",
        "parcel {}",
        "my order ({})",
        "order: {}",
        "#{}",
        "account number {}",
        "order numbers {} and {}",
        "membership no {}",
    ]
    return r.choice(forms).format(n, digits(r, len(n)))


def _store_order(r: random.Random) -> str:
    forms = [
        f"order {digits(r, 3)}-{digits(r, 7)}-{digits(r, 7)}",
        f"Order # {digits(r, 3)}-{digits(r, 7)}-{digits(r, 7)}",
        f"1Z999AA1{digits(r, 10)}",
        f"PNR {r.choice('QXZK')}{digits(r, 2)}AB{r.randint(1, 9)}",
        f"SKU {digits(r, 8)}",
        f"INV-{digits(r, 8)}",
        f"FW{digits(r, 8)}",
        f"tracking {digits(r, 20)}",
    ]
    return r.choice(forms)


def _flight(r: random.Random) -> str:
    number = r.randint(1, 9999)
    forms = [
        f"FW{number}",
        f"FW {number}",
        f"flight {number}",
        f"flights {number} and {r.randint(1, 999)}",
        f"UA{number}",
        f"flt {number}",
        f"flight #{number}",
        f"BA0{number % 1000:03}",
        f"flight {number}/{r.randint(1, 999)}",
    ]
    return r.choice(forms)


def _amount(r: random.Random) -> str:
    n = r.randint(1000, 9_999_999)
    forms = [
        f"${n:,}",
        f"${n:,}.99",
        f"{n} USD",
        f"€{n}",
        f"{n:,} euros".replace(",", "."),
        f"EUR {n:,}.00",
        f"£ {n:,}.50",
        f"{n:,} miles",
        f"{n} points",
        f"{n} dollars",
        f"Rs {n}",
        f"{n:,} €".replace(",", " "),
    ]
    return r.choice(forms)


def _date(r: random.Random) -> str:
    y, m, d = r.randint(2001, 2029), r.randint(1, 12), r.randint(1, 28)
    forms = [
        f"{y}-{m:02}-{d:02}",
        f"{d:02}.{m:02}.{y}",
        f"{m:02}/{d:02}/{y}",
        f"{d}/{m}/{y}",
        f"{y}{m:02}{d:02}",
        f"{y}-{m:02}-{d:02} 10:30:00",
        f"{d:02}-{m:02}-{y}",
        f"{d:02}.{m:02}.{y} 14:05",
        f"from {d:02}.{m:02}. to {d:02}.{m:02}.{y}",
        f"{y}-{m:02}-{d:02}T10:30:00Z",
        f"{m}/{d}/{y % 100:02}",
    ]
    return r.choice(forms)


def _other(r: random.Random) -> str:
    forms = [
        f"version 10.{r.randint(1, 9)}.{r.randint(1, 99999)}",
        f"GB{r.randint(10, 99)} WEST 0000 0000 0000 0{r.randint(0, 9)}",
        f"{r.randint(1, 99)}:{r.randint(10, 59)}",
        "24/7",
        f"seat {r.randint(1, 60)}A",
        f"zip {digits(r, 5)}-{digits(r, 4)}",
        f"{r.randint(0, 89)}.{digits(r, 6)}, {r.randint(0, 99)}.{digits(r, 6)}",
        f"ISBN 978-3-16-{digits(r, 6)}-{r.randint(0, 9)}",
        f"IMEI {digits(r, 15)}",
        "scores 10 9 8 7 6 5 4",
        f"192.168.{r.randint(0, 9)}.{r.randint(10, 99)}",
        f"{r.randint(1, 9)} of 10",
        f"model {digits(r, 4)}-{digits(r, 3)}",
        "2023-2024",
        f"{r.randint(1, 99)}%",
    ]
    return r.choice(forms)


PERSONAL: dict[str, Callable[[random.Random], str]] = {"email": email, "phone": phone, "card": card, "handle": handle}
KEPT: dict[str, Callable[[random.Random], str]] = {
    "order": _order,
    "store order": _store_order,
    "flight": _flight,
    "amount": _amount,
    "date": _date,
    "other": _other,
}
