"""How every model reads a text: the same words, whatever the channel did to them."""

from __future__ import annotations

import html
import re

_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"'})
_USER = re.compile(r"(?<!\w)@\w+|\[handle\]")
_LINK = re.compile(r"(?:https?://|www\.)\S+|\bhttp\b|\[link\]|\[url\]")
_RUN = re.compile(r"(.)\1{3,}")
# Skin tones, variation selectors and joiners change how an emoji is drawn, not what it says.
_DRAWING = re.compile("[\U0001f3fb-\U0001f3ff\ufe0f\ufe0e\u200d]")
_SPACE = re.compile(r"\s+")


def plain(text: str) -> str:
    """The text as models read it: HTML entities undone (twice: exports escape twice), straight quotes, ``@user`` for
    handles, ``http`` for links, no more than three equal characters in a row, single blanks."""
    text = html.unescape(html.unescape(text)).translate(_QUOTES)
    text = _LINK.sub("http", _USER.sub("@user", text))
    text = _RUN.sub(r"\1\1\1", _DRAWING.sub("", text))
    return _SPACE.sub(" ", text).strip()
