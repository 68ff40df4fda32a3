"""Birth dates in a text: those of the customer records, and any date that a word before it says to be one.

A date may be written in digits in any order, or with the month in words (English, German, French, Spanish, Italian,
Portuguese, Dutch). Other dates stay: when a flight went is what the text is about.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import date

TAG = "[birthdate]"
# Months by how their names begin, in any of the languages.
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan ene gen", "feb fev fév", "mar mär mrz maa", "apr avr abr", "may mai mei mag", "jun juin giu",
         "jul juil lug", "aug aou aoû ago", "sep set", "oct okt ott out", "nov", "dec dez déc dic"), 1)
    for name in names.split()
}  # fmt: skip
_G = r"[ \u00a0./,–-]{1,3}"  # between the parts of a date
_NTH = r"(?:st|nd|rd|th|er|º)?"
_M = rf"(?:{'|'.join(_MONTHS)})[^\W\d_]{{0,7}}"
_DATE = re.compile(
    rf"(?<!\w)(?:(?P<y1>\d{{4}}){_G}(?P<m1>\d{{1,2}}|{_M}){_G}(?P<d1>\d{{1,2}}){_NTH}"
    rf"|(?P<d2>\d{{1,2}}){_NTH}{_G}(?:of |de |di )?(?P<m2>\d{{1,2}}|{_M}){_G}(?:of |de |di |del )?(?P<y2>\d{{4}}|\d\d)"
    rf"|(?P<m3>{_M}){_G}(?:the )?(?P<d3>\d{{1,2}}){_NTH}{_G}(?P<y3>\d{{4}}|\d\d)"
    r"|(?P<compact>\d{8}))(?!\w)",
    re.IGNORECASE,
)
_BIRTH_WORD = re.compile(
    r"(?:\bborn|\bd\.?o\.?b|date of birth|\bbirth ?da(?:te|y)s?|geboren|geburtsdatum|geburtstag|\bgeb\b|\bnée?\b"
    r"|naissance|nacid[oa]|nacimiento|\bnat[oa]\b|nascita|nascimento|geboortedatum|verjaardag)"
    r"\W{0,3}(?:[^\W\d_]{1,6}\W{1,3}){0,3}$",
    re.IGNORECASE,
)


def redact_births(text: str, known: Collection[str]) -> str:
    """The text with [birthdate] for birth dates; ``known`` are those of the customer records (YYYY-MM-DD)."""
    if not any(century in text for century in ("19", "20")) and not _says_birth(text):
        return text
    return _DATE.sub(lambda found: TAG if _is_birth(found, known) else found.group(), text)


def _says_birth(text: str) -> bool:
    lower = text.lower()
    return any(sign in lower for sign in ("birth", "born", "dob", "d.o.b", "geb", "né", "nac", "nat", "nasc", "verj"))


def _is_birth(found: re.Match[str], known: Collection[str]) -> bool:
    dates = [f"{day:%Y-%m-%d}" for day in _readings(found)]
    if any(day in known for day in dates) and len(found["y2"] or found["y3"] or "four") == 4:
        return True  # of two digits alone the year may be that of a flight
    return bool(dates) and bool(_BIRTH_WORD.search(found.string, max(0, found.start() - 48), found.start()))


def _readings(found: re.Match[str]) -> Iterator[date]:
    """Every date that the digits may mean."""
    if digits := found["compact"]:
        parts = [(digits[:4], digits[4:6], digits[6:]), (digits[4:], digits[2:4], digits[:2]),
                 (digits[4:], digits[:2], digits[2:4])]  # fmt: skip
    else:
        year = found["y1"] or found["y2"] or found["y3"]
        month, day = found["m1"] or found["m2"] or found["m3"], found["d1"] or found["d2"] or found["d3"]
        parts = [(year, month, day), (year, day, month)]
    for year, month, day in parts:
        number = _month(month)
        for whole in (year,) if len(year) == 4 else (f"19{year}", f"20{year}"):
            if number and day.isdecimal():
                try:
                    yield date(int(whole), number, int(day))
                except ValueError:
                    continue  # no such day: the next reading


def _month(written: str) -> int:
    """The number of a month written in digits or words; 0 for none."""
    if written.isdecimal():
        return int(written) if 1 <= int(written) <= 12 else 0
    lower = written.lower()
    return _MONTHS.get(lower[:4], 0) or _MONTHS.get(lower[:3], 0)
