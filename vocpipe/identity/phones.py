"""Phone numbers: from the many ways of writing one to E.164, through Google's numbering plans (`phonenumbers`)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

import phonenumbers

from vocpipe.contracts import UsageError

DIGITS = re.compile(r"[^0-9+]")
PLAIN = re.compile(r"[0-9+ ().\-]+")
RUNS = "01234567890123456789"  # what people type into a required field


def check_region(region: str) -> None:
    """Raises UsageError unless ``region`` is empty or a region that has a numbering plan (ISO 3166-1, upper case)."""
    if region and region not in phonenumbers.SUPPORTED_REGIONS:
        raise UsageError(
            f'phone_region "{region}" is no region with a numbering plan: write two capital letters such as "DE" or'
            ' "US", or "" where every number carries its country code.'
        )


def e164(written: str, region: str) -> str | None:
    """Returns the number in E.164 form, with ``;ext=`` where it has an extension; None if it cannot be a number.

    ``region`` is where numbers without a country code belong; empty: such numbers cannot be read. A number must be
    possible (its length fits the plan), not assigned: plans change faster than libraries.
    """
    try:
        number = phonenumbers.parse(written, region or None)
    except phonenumbers.NumberParseException:
        return None
    national = phonenumbers.national_significant_number(number)
    if not phonenumbers.is_possible_number(number) or len(set(national)) == 1 or national in RUNS:
        return None
    extension = f";ext={number.extension}" if number.extension else ""
    return f"+{number.country_code}{national}{extension}"


def read_all(written: Iterable[str], region: str) -> list[str | None]:
    """Returns ``e164`` of each; spellings that differ only in spaces, dots, dashes and brackets are parsed once."""
    parse = cache(lambda text: e164(text, region))
    return [parse(DIGITS.sub("", text) if PLAIN.fullmatch(text) else text) for text in written]
