"""Takes out of a text what names or reaches a person: e-mails, phone numbers, payment cards, handles and names.

Each is replaced by a placeholder ([email], [phone], [card], [handle], [name], [birthdate]); the rest of the text stays
as it is, addresses of web pages too (what is personal within them is replaced). Order numbers, booking references,
flight numbers, amounts, other dates and times stay. Redacting twice changes nothing: a text is passed through until it
is stable.

Numbers are in ``digits.py``, names in ``names.py``, birth dates in ``births.py``; what the customer records hold is
found by ``marks.py``, however it is written.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence

from vocpipe.enrichment.digits import redact_numbers
from vocpipe.enrichment.marks import MarkFinder

RULES = "4"
_LOCAL = r"[\w.+%'’*!~^-]{0,63}[\w+%*~^-]"
_HOST = r"(?:[\w-]{1,63}\.){1,8}[^\W\d_][\w-]{0,62}"
_EMAIL = re.compile(rf"@?(?:mailto:)?{_LOCAL}(?:[@＠﹫]|%40){_HOST}", re.IGNORECASE)
# With spaces between, only endings that are no words.
_ENDINGS = r"(?:com|org|net|edu|gov|info|biz|example|co\s?\.\s?uk|com\s?\.\s?au)"
# "jo . doe @ mail . example", "jo.doe (at) mail (dot) example", "jo at mail dot com"
_SPACED = re.compile(
    rf"\b[\w+-]+(?:\s?\.\s?[\w+-]+){{0,3}}\s?[@＠﹫]\s?[\w-]+(?:\s?\.\s?[\w-]+){{0,2}}\s?\.\s?{_ENDINGS}\b",
    re.IGNORECASE,
)
_AT_CLOSED = r"\s{0,2}[\[({<]\s?(?:at|a|@)\s?[\])}>]\s{0,2}"
_DOT_CLOSED = r"\s{0,2}[\[({<]\s?(?:dot|\.)\s?[\])}>]\s{0,2}"
_SPELT = re.compile(
    rf"\b[\w.+-]{{1,64}}(?:{_AT_CLOSED}[\w-]+(?:(?:\.|{_DOT_CLOSED}|\sdot\s)[\w-]+)+"
    rf"|\s?[@＠﹫]\s?[\w-]+(?:(?:\.|{_DOT_CLOSED}|\sdot\s)[\w-]+){{0,2}}(?:{_DOT_CLOSED}|\sdot\s){_ENDINGS}\b)"
    rf"|\b[\w+-]+(?:(?:\.|\sdot\s)[\w+-]+){{0,3}}\sat\s[\w-]+(?:\sdot\s[\w-]+){{0,2}}\sdot\s{_ENDINGS}\b"
    # Words with a dot or an underscore between letters: "ask jo.doe at mail.com" is one, "the one at shop.com" is none.
    rf"|\b(?=[\w.+-]{{0,62}}[^\W\d_][._+][^\W\d_])[\w.+-]{{3,64}}(?<=\w)\sat\s[\w-]{{1,63}}(?:\.[\w-]{{1,63}}){{0,2}}"
    r"\.(?:com|org|net|co\.uk)\b",
    re.IGNORECASE,
)
_HANDLE = re.compile(r"(?<![\w])[@＠﹫](\w[\w.-]{0,48}\w|\w)")
_PROFILE = re.compile(
    r"\b((?:twitter|x|instagram|facebook|tiktok|t|linkedin|threads)\.(?:com|me|net)/(?:in/|@)?)(\w[\w.-]*)",
    re.IGNORECASE,
)
_NOT_PROFILES = frozenset(
    "i in search hashtag share intent home p reel stories pages groups events watch photo photo.php company status"
    " explore joinchat s".split()
)
# Cheap signs without which the slow patterns need not be tried.
_CLOSED_AT = re.compile(r"[aA@][tT]?\s?[)\]}>]|\w\sat\s[\w-]{1,63}\.[a-z]", re.IGNORECASE)
_ENDING = re.compile(r"\.\s?(?:com|org|net|edu|co|info|biz|gov|example)", re.IGNORECASE)
_WIDE_AT = re.compile("[＠﹫]")


class Redactor:
    """Redacts texts; knows the full names of the customer records and the handles of the brand, which stay.

    ``full_names`` are "Given Family"; single words among them are not used, because they are too common as words.
    ``marks`` are what else the records hold, and names too: pairs of ``marks.Mark``.
    ``rules`` changes with the rules and the handles, ``version`` with the names and marks too.
    """

    def __init__(
        self, full_names: Iterable[str] = (), brand_handles: Iterable[str] = (), marks: Iterable[tuple[str, str]] = ()
    ) -> None:
        self._brands = frozenset(handle.lstrip("@").lower() for handle in brand_handles)
        held = [*(("name", name) for name in full_names), *marks]
        self._marks = MarkFinder(mark for mark in held if mark[0] != "handle" or mark[1] not in self._brands)
        self.rules = f"redaction-{RULES}-{hashlib.sha256(str(sorted(self._brands)).encode()).hexdigest()[:8]}"
        told = hashlib.sha256(f"{self._marks.digest}{sorted(self._brands)}".encode()).hexdigest()[:8]
        self.version = f"redaction-{RULES}-{told}"

    def redact(self, texts: Sequence[str | None], own_names: Sequence[Sequence[str]] | None = None) -> list[str | None]:
        """The texts without personal data, in the same order; None stays None.

        ``own_names`` holds, per text, the writer's given and family names; they are taken out where they are written
        with a capital letter, next to each other, or as a sign-off. Raises ValueError if the lengths differ.
        """
        if own_names is None:
            return [None if text is None else self._stable(text, ()) for text in texts]
        pairs = zip(texts, own_names, strict=True)
        return [None if text is None else self._stable(text, own) for text, own in pairs]

    def _stable(self, text: str, own: Sequence[str]) -> str:
        """Passed through until nothing changes: each pass that changes a text leaves fewer words in it, so this ends;
        and what is stable is, by definition, not changed by another pass."""
        if not text.isascii() and (whole := unicodedata.normalize("NFC", text)) != text:
            redacted = self._stable(whole, own)
            return text if redacted == whole else redacted
        while (redacted := self._once(text, own)) != text:
            text = redacted
        return text

    def _once(self, text: str, own: Sequence[str]) -> str:
        if _may_spell(text):
            text = _SPELT.sub("[email]", text)
        if "@" in text or "%40" in text or (not text.isascii() and _WIDE_AT.search(text)):
            text = self._addresses(text)
        if "/" in text:
            text = _PROFILE.sub(self._profile, text)
        return self._marks.without_phones(redact_numbers(self._marks.redact(text, own)))

    def _addresses(self, text: str) -> str:
        if _joined(text):
            text = _EMAIL.sub("[email]", text)
        if "@ " in text or _ENDING.search(text):
            text = _SPACED.sub("[email]", text)
        return _HANDLE.sub(self._handle, text)

    def _handle(self, found: re.Match[str]) -> str:
        handle = found.group(1)
        # Dots and dashes end a handle of X, but not of Instagram: "@brand." keeps its dot either way.
        if handle.lower() in self._brands or re.split(r"[.-]", handle, maxsplit=1)[0].lower() in self._brands:
            return found.group()
        return "[handle]"

    def _profile(self, found: re.Match[str]) -> str:
        name = found.group(2).lower()
        return found.group() if name in _NOT_PROFILES or name in self._brands else found.group(1) + "[handle]"


def _joined(text: str) -> bool:
    """Whether something stands right before an @: without that it is a handle."""
    if not text.isascii() or "%40" in text:
        return True
    return any(before and not before[-1].isspace() for before in text.split("@")[:-1])


def _may_spell(text: str) -> bool:
    """Whether an address may be spelt out: "(at)", "dot", "jo.doe at mail.com"."""
    if "dot" in text or "DOT" in text or "Dot" in text:
        return True
    closed = ")" in text or "]" in text or "}" in text or ">" in text
    return (closed or " at " in text or " AT " in text) and bool(_CLOSED_AT.search(text))
