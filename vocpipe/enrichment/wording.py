"""How a model reads a text: the same wording whether it came from an export of tweets, tickets or a survey tool."""

from __future__ import annotations

import html
import re

_USER = re.compile(r"(?<!\w)@\w+|\[handle\]")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\bhttp\b|\[link\]|\[url\]")
_UNSEEN = re.compile("[\U0001f3fb-\U0001f3ff\ufe0f\ufe0e\u200d]")  # skin tones, variation selectors, joiner
_RUN = re.compile(r"(.)\1{3,}")
_BLANKS = re.compile(r"\s+")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"'})


def plain(text: str) -> str:
    """The text as every model reads it and was trained on it.

    HTML entities are undone twice (exports escape what was escaped); curly quotes are straight; handles are ``@user``,
    addresses ``http``; skin tones, variation selectors and joiners are gone; of a run of equal characters three stay;
    blanks are single.
    """
    text = html.unescape(html.unescape(text)).translate(_QUOTES)
    text = _ADDRESS.sub("http", _USER.sub("@user", text))
    text = _RUN.sub(r"\1\1\1", _UNSEEN.sub("", text))
    return _BLANKS.sub(" ", text).strip()
