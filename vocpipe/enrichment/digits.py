"""Phone numbers, payment cards and bank accounts in a text, told from all the other numbers that customers write.

A number is a card if its digits pass the Luhn check and it begins and is as long as the cards of a brand; an account
(IBAN) if it passes the mod-97 check. It is a phone number if it is written as one: with + or 00 and a country, in the
groups of a North American number, with a leading 0 in groups, as a bare ten-digit number; or if a word before it says
so ("call me on"). It is not, if a word before it says that it is an order, a booking, a flight or the like.
"""

from __future__ import annotations

import re

_MAYBE = re.compile(r"\d(?:\D{0,3}\d){6}")  # seven digits not far apart: anything less is no number of a person
_GAP = r"(?:[ \u00a0\u202f).\-/–‑_]{0,3}|[ \u00a0]?\(0\)[ \u00a0]?)"
_S = r"[ \u00a0\u202f.\-–‑]"
_EXTENSION = r"(?:\s?(?:x|ext\.?|extension)\s?\d{1,5})?"
# A run of digits with few other characters between; not inside a word, an amount, a hashtag or an address. A bracket
# opens at its start or after a country's code, so that "order 12345678 (202 555 0143)" is two runs.
_RUN = re.compile(
    rf"(?<![\w#$€£¥])(?<![$€£¥][ \u00a0])(?<!\d[.,:/-])(?<![\w/]/)(?<![=&_])"
    rf"\+?(?:\(?\d{{1,3}}\)?{_S}?\()?\(?\d(?:{_GAP}\d){{6,30}}{_EXTENSION}"
    r"(?!\w)(?!,\d)(?![ \u00a0]?(?:[$€£¥%]|(?:usd|eur|gbp|dollars|euros?)\b))",
    re.I,
)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,4})?\b")
_SECURITY_CODE = re.compile(
    r"\b((?:cvv2?|cvc2?|security code)\W{0,3}(?:(?:is|was|number|code)\W{1,2})?)\d{3,4}\b", re.I
)
_DATE = re.compile(
    r"(?<!\d)(?:(?:19|20)\d\d([-./ ])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])"
    r"|(?:0?[1-9]|[12]\d|3[01])([-./ ])(?:0?[1-9]|[12]\d|3[01])\2(?:19|20)\d\d"
    r"|(?:0?[1-9]|[12]\d|3[01])([-./])(?:0?[1-9]|[12]\d|3[01])\3\d\d(?!\3))(?!\d)"
)
_PLUS = re.compile(rf"\+\(?\d{{1,3}}\)?{_S}?\(?\d(?:{_GAP}\d){{5,12}}{_EXTENSION}", re.I)
_ZEROS = re.compile(rf"(?<!\d)00[1-9](?:{_GAP}\d){{7,13}}{_EXTENSION}", re.I)
_AMERICAN = re.compile(
    rf"(?<!\d)(?:1{_S}?)?(?:(?:\([2-9]\d\d\)[ \u00a0]{{0,2}}{_S}?|[2-9]\d\d{_S}{{1,3}}|[2-9]\d\d/)"
    rf"\d{{3}}{_S}{{1,3}}\d{{4}}|\([2-9]\d\d\)[ \u00a0]?\d{{7}})(?!\d){_EXTENSION}",
    re.I,
)
# 06 12 34 56 78; 020 7946 0958; 030/1234567; (0171) 123 45 67; 098765 43210; in Brazil (11) 91234-5678
_NATIONAL = re.compile(
    rf"(?<!\d)(?:(?:\(0\d{{1,4}}\)|0\d{{1,5}})(?:{_S}|/){{1,2}}\d{{2,8}}(?:{_S}\d{{2,6}}){{0,4}}"
    rf"|\([1-9]\d\)[ \u00a0]?9?\d{{4}}-\d{{4}})(?!\d){_EXTENSION}",
    re.I,
)
_BARE = re.compile(rf"(?<!\d)(?:1?[2-9]\d\d[2-9]\d{{6}}|0[1-9]\d{{8,9}})(?!\d){_EXTENSION}", re.I)
_ANY = re.compile(rf"(?<!\d)(?:\(\d{{1,5}}\){_S}?)?\d(?:{_GAP}\d){{3,14}}(?!\d){_EXTENSION}", re.I)
_PHONE_WORD = re.compile(
    r"\b(?:call(?:ed|ing)?|phone|tel|telephone|mobile|mob|cell|cellphone|whatsapp|text me|sms|fax|reach(?:ed)?|ring"
    r"|dial|contact (?:me|us|number)|my (?:number|no|nr)|handy|callback|number is)\b[^\d\n]{0,22}$",
    re.I,
)
_THING = (
    r"order|po|booking|reservation|confirmation|conf|ticket|e-?ticket|flight|flights|ref|reference|case|claim|invoice|"
    r"tracking|parcel|shipment|account|acct|member|membership|customer|policy|serial|model|sku|item|isbn|imei|pnr"
    r"|record|locator|transaction|receipt|file|bag|tag|incident|request|id|code|pin|miles"
    r"|flyer|zip|vat|gate"
)
_THING_NUMBER = re.compile(
    rf"(?:\b(?:{_THING})s?\W{{0,3}}(?:number|numbers|num|no|nr|id|code|#)?\W{{0,3}}(?:is|are|was|:)?\W{{0,3}}|#\s?|\bno\W{{0,2}})$",
    re.I,
)
# The same, but said outright: an order's number may look like a phone number only if it is called a number.
_THING_SAID = re.compile(
    rf"\b(?:{_THING})s?\W{{0,3}}(?:number|numbers|num|no|nr|id|code|#|:|is)\W{{0,3}}(?:is|are|was|:)?\W{{0,3}}"
    r"(?:[\d\s,;/&-]|and |or )*$",  # "tag numbers 0016 123456, 0016 123457 and"
    re.I,
)
# Numbers that are no phone's after such a word, and those of a large shop anywhere.
_THING_FORM = re.compile(r"\d+|\d{5}-\d{4}")
_SHOP_ORDER = re.compile(r"\d{3}-\d{7}-\d{7}")
_PLACEHOLDER = re.compile(r"\[[a-z]+\]")
# Prefixes and lengths of payment cards: Visa, Mastercard, American Express, Discover, Diners, JCB, UnionPay, Maestro.
_CARD = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}"
    r"|6(?:011|4[4-9]\d|5\d\d)\d{12}|3(?:0[0-5]|[689]\d)\d{11}|35(?:2[89]|[3-8]\d)\d{12}|62\d{14,17}"
    r"|(?:5018|5020|5038|5893|6304|6759|676[1-3])\d{8,15}"
)


def redact_numbers(text: str) -> str:
    """The text with [card] and [phone] for cards, accounts and phone numbers."""
    if not _MAYBE.search(text):
        return _SECURITY_CODE.sub(r"\1[card]", text) if _may_hold_code(text) else text
    text = _IBAN.sub(_account, text)
    if _may_hold_code(text):
        text = _SECURITY_CODE.sub(r"\1[card]", text)
    return _RUN.sub(_run, text)


def _may_hold_code(text: str) -> bool:
    return "cv" in text or "CV" in text or "ecurity" in text


def _account(found: re.Match[str]) -> str:
    written = found.group().replace(" ", "")
    digits = "".join(str(int(c, 36)) for c in written[4:] + written[:4])
    return "[card]" if 15 <= len(written) <= 34 and int(digits) % 97 == 1 else found.group()


def _run(found: re.Match[str]) -> str:
    """A run of digits, cards first: what is left between them may be phone numbers."""
    run = found.group()
    before = _PLACEHOLDER.sub(" ", found.string[max(0, found.start() - 60) : found.start()])
    if _SHOP_ORDER.fullmatch(run):
        return run
    if run[0] == "+" and _PLUS.fullmatch(run):  # what begins with a country is no card, whatever its check digit
        return "[phone]"
    if span := _find_card(run):
        start, end = span
        return _phones(run[:start], before) + "[card]" + _phones(run[end:], before)
    return _phones(run, before)


def _find_card(run: str) -> tuple[int, int] | None:
    """The first group of whole digit groups in a run that is a card's number."""
    groups = [group.span() for group in re.finditer(r"\d+", run)]
    for i, (start, _) in enumerate(groups):
        digits = ""
        for first, end in groups[i:]:
            digits += run[first:end]
            if len(digits) >= 12 and _CARD.fullmatch(digits) and _luhn(digits):
                return start, end
            if len(digits) > 19:
                break
    return None


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _phones(run: str, before: str) -> str:
    if sum(map(str.isdigit, run)) < 7:
        return run
    run = _PLUS.sub("[phone]", run)
    if _THING_SAID.search(before):
        return run
    if _THING_FORM.fullmatch(run) and _THING_NUMBER.search(before):
        return run
    run = _ZEROS.sub("[phone]", run)
    if _DATE.search(run):
        return run if not _PHONE_WORD.search(before) else _AMERICAN.sub("[phone]", run)
    run = _NATIONAL.sub(_national, _AMERICAN.sub("[phone]", run))
    if _PHONE_WORD.search(before):
        return _ANY.sub("[phone]", run)
    return run if _THING_NUMBER.search(before) else _BARE.sub("[phone]", run)


def _national(found: re.Match[str]) -> str:
    """With a leading 0 and in groups: nine to twelve digits, or it is something else."""
    digits = sum(map(str.isdigit, found.group()))
    return "[phone]" if 9 <= digits <= 12 else found.group()
