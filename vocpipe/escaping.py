"""Makes texts of vendors harmless on a terminal: what would steer it or turn the writing direction is shown."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

KEPT = "\n\t\u200c\u200d"  # the last two join letters and emoji

# Signs with which spreadsheets begin a formula, the wide ones of East Asian fonts included.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def escaped(text: str) -> str:
    r"""The text with control and format characters written out, as in ``\x1b`` or ``\u202e``."""
    if text.isprintable():
        return text
    return "".join(c if _is_harmless(c) else c.encode("unicode_escape").decode("ascii") for c in text)


def as_cell(value: Any) -> Any:
    """A value for a CSV file: a text that a spreadsheet would take for a formula gets an apostrophe before it, signs
    that steer a terminal are written out; all else is as it is."""
    if not isinstance(value, str):
        return value
    text = escaped(value)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text


def as_json(content: Any) -> str:
    """JSON for people and programs; times as ISO 8601, control and format characters as JSON's own escapes."""
    written = json.dumps(content, default=str, ensure_ascii=False, indent=1)
    return "".join(c if _is_harmless(c) else json.dumps(c)[1:-1] for c in written)


def _is_harmless(character: str) -> bool:
    return character.isprintable() or character in KEPT or unicodedata.category(character) == "Zs"
